//! What is asked of a column, and what is answered.

/// What is known of a column.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Its name: a header, or the path of a key such as `name.first`.
    pub name: &'a str,
    /// The type that the pipeline declares.
    pub declared: Option<Declared>,
    /// A sample of its values, as they are in the file. Missing ones are left out.
    pub values: &'a [&'a str],
    /// In how many records it has a value.
    pub filled: u64,
    /// How many records there are.
    pub records: u64,
    /// How many different values it has, exact or estimated.
    pub distinct: u64,
}

/// A type that a pipeline declares, as far as it says something of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Declared {
    /// A person's name, or a part of it.
    PersonName,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A day.
    Date,
    /// A moment.
    Timestamp,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A UUID.
    Uuid,
    /// An amount of money.
    Money,
    /// A postal address, or a line of it.
    Address,
    /// A postcode.
    Postcode,
    /// A country.
    Country,
    /// The name of a company.
    Company,
    /// A web address.
    Url,
    /// An IP address.
    Ip,
    /// Any text.
    Text,
}

/// What the values of a column tell of a person or a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The record's own identifier. It differs in every record and is no evidence.
    Key,
    /// A whole name.
    FullName,
    /// A given name.
    FirstName,
    /// Names between the first and the last one.
    MiddleName,
    /// A family name.
    LastName,
    /// What follows a name: `Jr`, `III`.
    Suffix,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A date of birth.
    BirthDate,
    /// The year of it alone.
    BirthYear,
    /// The month of it alone.
    BirthMonth,
    /// The day of the month alone.
    BirthDay,
    /// A number that one person has in all sources: passport, licence, tax id, social security, loyalty card.
    PersonId,
    /// The house number alone.
    HouseNumber,
    /// A line of an address.
    Street,
    /// A whole address.
    Address,
    /// A postcode.
    Postcode,
    /// A town, or a part of one.
    City,
    /// A state, province or region.
    State,
    /// A country.
    Country,
    /// The name of a company.
    Company,
    /// Gender or sex.
    Gender,
    /// Another short code. It recurs.
    Code,
    /// Another text that may be evidence, such as an occupation or a place of birth.
    Text,
    /// Nothing about who it is: amounts, times of records, statuses, web addresses, notes, constants.
    Ignore,
}

/// A role, how sure it is, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// What the column is for.
    pub role: Role,
    /// From 0 to 1.
    pub confidence: f32,
    /// Why, in a short sentence without a full stop.
    pub because: String,
}

impl Guess {
    pub(super) fn new(role: Role, confidence: f32, because: String) -> Self {
        Self {
            role,
            confidence: confidence.clamp(0.0, 1.0),
            because,
        }
    }
}

impl Role {
    /// What values of this role are called in a sentence.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Key => "identifiers of records",
            Self::FullName => "whole names",
            Self::FirstName | Self::MiddleName | Self::LastName => "names",
            Self::Suffix => "suffixes of names",
            Self::Email => "e-mail addresses",
            Self::Phone => "telephone numbers",
            Self::BirthDate => "dates",
            Self::BirthYear => "years",
            Self::BirthMonth => "months",
            Self::BirthDay => "days of a month",
            Self::PersonId => "numbers of persons",
            Self::HouseNumber => "house numbers",
            Self::Street => "streets",
            Self::Address => "addresses",
            Self::Postcode => "postcodes",
            Self::City => "places",
            Self::State => "states",
            Self::Country => "countries",
            Self::Company => "names of companies",
            Self::Gender => "genders",
            Self::Code => "codes",
            Self::Text => "texts",
            Self::Ignore => "values that say nothing about who it is",
        }
    }
}
