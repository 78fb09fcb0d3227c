//! What a person says of a file in place of what was guessed: its name as a source, and types and roles of its columns.

use crate::hints::Role;

/// What a person has chosen for a file.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// The name of the source; `None`: from the name of the file.
    pub name: Option<String>,
    /// For columns of it.
    pub columns: Vec<ColumnChoice>,
}

/// What a person has chosen for a column.
#[derive(Debug, Clone)]
pub struct ColumnChoice {
    /// Its name; several where it is nested.
    pub path: Vec<String>,
    /// It is left out.
    pub is_ignored: bool,
    /// `None`: as the values say.
    pub as_type: Option<TypeChoice>,
    /// `None`: as name and values say.
    pub role: Option<RoleChoice>,
}

impl Choices {
    pub(crate) fn column(&self, path: &[String]) -> Option<&ColumnChoice> {
        self.columns.iter().find(|column| column.path == path)
    }

    pub(crate) fn ignores(&self, path: &[String]) -> bool {
        self.column(path).is_some_and(|column| column.is_ignored)
    }
}

/// A type that can be chosen for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeChoice {
    word: &'static str,
    label: &'static str,
}

/// A role that can be chosen for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleChoice {
    word: &'static str,
    label: &'static str,
    role: Option<Role>,
}

const TYPES: &[(&str, &str)] = &[
    ("text", "text"),
    ("integer", "whole number"),
    ("decimal", "amount"),
    ("float", "number"),
    ("boolean", "yes or no"),
    ("date", "date"),
    ("date_day_first", "date, the day first"),
    ("date_month_first", "date, the month first"),
    ("timestamp", "time"),
    ("timestamp_day_first", "time, the day first"),
    ("timestamp_month_first", "time, the month first"),
    ("email", "e-mail address"),
    ("phone", "telephone number"),
    ("person_name", "name of a person"),
    ("country", "country"),
    ("postcode", "postcode"),
    ("address", "postal address"),
    ("url", "web address"),
    ("ip", "IP address"),
    ("uuid", "UUID"),
    ("json", "JSON"),
];

const ROLES: &[(&str, &str, Option<Role>)] = &[
    ("none", "none", None),
    ("id", "identifier", Some(Role::Id)),
    ("customer", "identifier of a customer", Some(Role::Owner)),
    ("session", "identifier of a visit", Some(Role::Session)),
    ("email", "e-mail address", Some(Role::Email)),
    ("phone", "telephone number", Some(Role::Phone)),
    ("first_name", "first name", Some(Role::FirstName)),
    ("last_name", "last name", Some(Role::LastName)),
    ("full_name", "full name", Some(Role::FullName)),
    ("birth_date", "date of birth", Some(Role::BirthDate)),
    ("street", "street", Some(Role::Street)),
    ("postcode", "postcode", Some(Role::Postcode)),
    ("city", "city", Some(Role::City)),
    ("country", "country", Some(Role::Country)),
    ("amount", "amount", Some(Role::Amount)),
    ("time", "time of the event", Some(Role::Time)),
    ("flag", "yes or no", Some(Role::Flag)),
];

impl TypeChoice {
    /// All types, for a list to choose from.
    pub fn all() -> impl Iterator<Item = Self> {
        TYPES.iter().map(|&(word, label)| Self { word, label })
    }

    /// A type by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|choice| choice.word == word)
    }

    /// The word, for programs.
    pub fn word(self) -> &'static str {
        self.word
    }

    /// The same for people.
    pub fn label(self) -> &'static str {
        self.label
    }
}

impl RoleChoice {
    /// All roles, for a list to choose from; the first is that there is none.
    pub fn all() -> impl Iterator<Item = Self> {
        ROLES
            .iter()
            .map(|&(word, label, role)| Self { word, label, role })
    }

    /// A role by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|choice| choice.word == word)
    }

    pub(crate) fn of(role: Role) -> Option<Self> {
        Self::all().find(|choice| choice.role == Some(role))
    }

    pub(crate) fn role(self) -> Option<Role> {
        self.role
    }

    /// The type that values of the role have, where it has one.
    pub(crate) fn its_type(self) -> Option<TypeChoice> {
        TypeChoice::parse(match self.role? {
            Role::Id | Role::Owner | Role::Session => "text",
            Role::Email => "email",
            Role::Phone => "phone",
            Role::FirstName | Role::LastName | Role::FullName => "person_name",
            Role::BirthDate => "date",
            Role::Amount => "decimal",
            Role::Time => "timestamp",
            Role::Flag => "boolean",
            Role::Street | Role::Postcode | Role::City | Role::Country => return None,
        })
    }

    /// The word, for programs.
    pub fn word(self) -> &'static str {
        self.word
    }

    /// The same for people.
    pub fn label(self) -> &'static str {
        self.label
    }
}
