//! A source as it is drafted: its fields with their types, its key, and what kind of records it has.

use std::collections::{HashMap, HashSet};

use crate::choice::Choices;
use crate::column::Column;
use crate::footer::Footer;
use crate::guess::{self, Context, Guess, Kind, Values};
use crate::sample::Sampled;
use crate::words::{self, Role};

/// What the records of a source are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// They can be told to be the same person: by an e-mail address, a telephone number, a name with a date of birth.
    People,
    /// Somebody, an amount, a time.
    Transactions,
    /// Somebody and a time.
    Events,
    /// All else.
    Others,
}

/// A field and its type.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
    pub(crate) role: Option<Role>,
    pub(crate) guess: Guess,
    /// Rows that have a value.
    pub(crate) present: usize,
    /// Its values in their standard form, with how many rows have each; only of what may identify something.
    pub(crate) values: HashMap<String, u32>,
    /// A record without it is of no use.
    pub(crate) is_needed: bool,
}

/// How many rows are like an earlier one.
fn repeated(columns: &[&Column], rows: usize) -> usize {
    let row = |row: usize| {
        let values = columns.iter().map(|column| column.values.get(row));
        values.collect::<Vec<_>>()
    };
    let mut seen = HashSet::new();
    (0..rows).filter(|at| !seen.insert(row(*at))).count()
}

/// A source and its fields.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) files: usize,
    pub(crate) encoding: Option<&'static str>,
    pub(crate) has_header: bool,
    pub(crate) records: Vec<String>,
    pub(crate) footer: Option<Footer>,
    pub(crate) rows: usize,
    pub(crate) broken: u64,
    /// How many sets of columns its files have.
    pub(crate) forms: usize,
    pub(crate) is_whole: bool,
    pub(crate) fields: Vec<Field>,
    /// Columns that nobody wants.
    pub(crate) ignored: Vec<Vec<String>>,
    /// The field that identifies a record.
    pub(crate) key: Option<usize>,
    pub(crate) class: Class,
    /// Rows that are like an earlier one in every column; counted of events only.
    pub(crate) repeated: usize,
}

impl Field {
    /// Every row has a value of its own.
    fn is_key(&self, rows: usize) -> bool {
        rows > 0 && self.present == rows && self.values.len() == rows
    }

    /// Some value is in several rows.
    fn repeats(&self) -> bool {
        self.values.values().any(|count| *count > 1)
    }

    /// Values that no two rows share.
    pub(crate) fn is_distinct(&self) -> bool {
        !self.values.is_empty() && !self.repeats()
    }
}

impl Source {
    pub(crate) fn of(sampled: &Sampled, name: String, choices: &Choices) -> Self {
        let (ignored, columns): (Vec<&Column>, Vec<&Column>) = sampled
            .columns
            .iter()
            .partition(|column| choices.ignores(&column.path));
        let fields = fields(&columns, sampled.is_whole, &name, choices);
        let mut source = Self {
            name,
            path: sampled.path.clone(),
            files: sampled.files.len(),
            encoding: sampled.encoding,
            has_header: sampled.has_header,
            records: sampled.records.clone(),
            footer: sampled.footer.clone(),
            rows: sampled.rows,
            broken: sampled.broken,
            forms: sampled.forms,
            is_whole: sampled.is_whole,
            fields,
            ignored: ignored.iter().map(|column| column.path.clone()).collect(),
            key: None,
            class: Class::Others,
            repeated: 0,
        };
        source.key = source.identifying();
        source.class = source.classified();
        if source.class == Class::Events {
            source.leave_names_of_sessions();
            source.repeated = repeated(&columns, sampled.rows);
        }
        source
    }

    /// Records without a value in this field are rejected from now on, if each of those that were looked at has one.
    pub(crate) fn need(&mut self, name: &str) {
        let rows = self.rows;
        for field in &mut self.fields {
            if field.name == name {
                field.is_needed = field.guess.of == rows;
            }
        }
    }

    /// Sessions have columns of their own beside those of their events.
    fn leave_names_of_sessions(&mut self) {
        let mut taken: HashSet<String> = self.fields.iter().map(|f| f.name.clone()).collect();
        for field in &mut self.fields {
            if matches!(
                field.name.as_str(),
                "session_id" | "session_start" | "session_end" | "event_count"
            ) {
                field.name = free(&taken, &format!("given_{}", field.name));
                taken.insert(field.name.clone());
            }
        }
    }

    pub(crate) fn find(&self, is_it: impl Fn(&Field) -> bool) -> Option<&Field> {
        self.fields.iter().find(|field| is_it(field))
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> Option<&Field> {
        self.find(|field| field.guess.kind == kind)
    }

    pub(crate) fn of_role(&self, role: Role) -> Option<&Field> {
        self.find(|field| field.role == Some(role))
    }

    /// Whom a record is of: a customer, a user.
    pub(crate) fn owner(&self) -> Option<&Field> {
        let mut owners = self
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.role == Some(Role::Owner) && field.present > 0);
        let first = owners.clone().find(|(number, _)| Some(*number) != self.key);
        first.or_else(|| owners.next()).map(|(_, field)| field)
    }

    /// When something happened: a moment, or else a day.
    pub(crate) fn time(&self) -> Option<&Field> {
        let named = |kind| self.find(|f| f.guess.kind == kind && f.role == Some(Role::Time));
        named(Kind::Timestamp)
            .or_else(|| self.of_kind(Kind::Timestamp))
            .or_else(|| named(Kind::Date))
    }

    /// The moment that is there about as often as another field.
    pub(crate) fn time_beside(&self, field: &Field) -> Option<&Field> {
        let times = self.fields.iter();
        let times = times.filter(|time| time.guess.kind == Kind::Timestamp);
        times.min_by_key(|time| time.present.abs_diff(field.present))
    }

    /// How much somebody paid.
    pub(crate) fn amount(&self) -> Option<&Field> {
        let is_number =
            |f: &Field| matches!(f.guess.kind, Kind::Decimal | Kind::Float | Kind::Integer);
        self.find(|f| f.role == Some(Role::Amount) && is_number(f))
            .or_else(|| self.of_kind(Kind::Decimal))
    }

    /// The field that identifies a record, by its name and by its values.
    fn identifying(&self) -> Option<usize> {
        let may = |field: &Field| {
            matches!(field.role, Some(Role::Id | Role::Owner)) && field.is_key(self.rows)
        };
        self.fields.iter().position(may)
    }

    fn classified(&self) -> Class {
        let has_own_key = |owner: &Field| {
            let key = self.key.and_then(|key| self.fields.get(key));
            key.is_some_and(|key| key.name != owner.name)
        };
        let owner = self.owner();
        let email = self.of_kind(Kind::Email);
        let is_repeated = |field: Option<&Field>| field.is_some_and(Field::repeats);
        let is_of_somebody = is_repeated(owner)
            || is_repeated(email)
            || email.is_none() && owner.is_some_and(has_own_key);
        if self.amount().is_some() && self.time().is_some() && is_of_somebody {
            return Class::Transactions;
        }
        let is_moment = self
            .time()
            .is_some_and(|time| time.guess.kind == Kind::Timestamp);
        let somebody = owner.or_else(|| self.of_role(Role::Session));
        if is_moment && is_repeated(somebody) {
            return Class::Events;
        }
        match !self.identities().is_empty() {
            true => Class::People,
            false => Class::Others,
        }
    }

    /// The fields that each tell a person: an e-mail address, a telephone number; or else those that do together.
    pub(crate) fn identities(&self) -> Vec<&Field> {
        let contacts: Vec<&Field> = self
            .fields
            .iter()
            .filter(|f| matches!(f.guess.kind, Kind::Email | Kind::Phone) && f.present > 0)
            .collect();
        match contacts.is_empty() {
            true => self.person().unwrap_or_default(),
            false => contacts,
        }
    }

    /// Name and date of birth.
    pub(crate) fn person(&self) -> Option<Vec<&Field>> {
        let born = self.of_role(Role::BirthDate)?;
        let first_and_last = self
            .of_role(Role::FirstName)
            .zip(self.of_role(Role::LastName));
        match (first_and_last, self.of_role(Role::FullName)) {
            (Some((first, last)), _) => Some(vec![first, last, born]),
            (None, Some(name)) => Some(vec![name, born]),
            (None, None) => None,
        }
    }
}

fn fields(columns: &[&Column], is_whole: bool, source: &str, choices: &Choices) -> Vec<Field> {
    let roles: Vec<Option<Role>> = columns
        .iter()
        .map(|column| {
            let chosen = choices.column(&column.path).and_then(|choice| choice.role);
            chosen.map_or_else(|| words::role(&column.path), |choice| choice.role())
        })
        .collect();
    let all_words: Vec<Vec<String>> = columns
        .iter()
        .map(|c| c.path.iter().flat_map(|p| words::words(p)).collect())
        .collect();
    let mut context = Context {
        is_people: words::names_people(source)
            || roles.iter().flatten().any(|role| {
                matches!(
                    role,
                    Role::Email | Role::Phone | Role::FirstName | Role::LastName | Role::BirthDate
                )
            }),
        ..Context::default()
    };
    let views: Vec<Values<'_>> = columns
        .iter()
        .zip(roles.iter().zip(&all_words))
        .map(|(column, (role, words))| Values {
            role: *role,
            words,
            texts: guess::present(&column.values),
            is_whole,
        })
        .collect();
    context.order = views.iter().find_map(guess::order_of);
    context.has_decimal_comma = views.iter().any(guess::has_decimal_comma);
    let is_mail = |view: &&Values<'_>| view.role == Some(Role::Email);
    if let Some(view) = views.iter().find(is_mail) {
        context.regions = guess::email_regions(view.texts.iter().copied());
    }
    let mut names = FieldNames::new(columns);
    columns
        .iter()
        .zip(&views)
        .map(|(column, view)| {
            let guess = guessed(column, view, &context, choices);
            let choice = choices.column(&column.path);
            let told = choice.and_then(|choice| choice.as_type.and(told_by(guess.kind)));
            let identifies = matches!(view.role, Some(Role::Id | Role::Owner | Role::Session))
                || matches!(guess.kind, Kind::Email | Kind::Phone | Kind::Uuid);
            Field {
                name: names.take(&column.path),
                path: column.path.clone(),
                role: role_of(view.role, guess.kind).or(told),
                present: view.texts.len(),
                is_needed: false,
                values: match identifies {
                    true => standard(&guess, &view.texts),
                    false => HashMap::new(),
                },
                guess,
            }
        })
        .collect()
}

/// The type of a column: as chosen, or as its values are. A role that was chosen makes its type of what the values leave open.
fn guessed(column: &Column, view: &Values<'_>, context: &Context, choices: &Choices) -> Guess {
    let choice = choices.column(&column.path);
    if let Some(as_type) = choice.and_then(|choice| choice.as_type) {
        return guess::chosen(as_type, view, context);
    }
    let guess = guess::guess(view, context);
    let role = choice.and_then(|choice| choice.role);
    match role.and_then(|role| role.its_type()) {
        Some(its_type) if role_of(view.role, guess.kind).is_none() => {
            guess::chosen(its_type, view, context)
        }
        _ => guess,
    }
}

/// What a type says of the role.
fn told_by(kind: Kind) -> Option<Role> {
    match kind {
        Kind::Email => Some(Role::Email),
        Kind::Phone => Some(Role::Phone),
        _ => None,
    }
}

/// What a column is for, now that its type is known: a hint that its values do not bear out is none.
fn role_of(hint: Option<Role>, kind: Kind) -> Option<Role> {
    let is_borne_out = match hint? {
        Role::Email => kind == Kind::Email,
        Role::Phone => kind == Kind::Phone,
        Role::BirthDate | Role::Time => matches!(kind, Kind::Date | Kind::Timestamp),
        Role::Amount => matches!(kind, Kind::Decimal | Kind::Integer | Kind::Float),
        Role::Flag => kind == Kind::Boolean,
        Role::FirstName | Role::LastName | Role::FullName => kind == Kind::PersonName,
        Role::Id | Role::Owner | Role::Session => matches!(kind, Kind::Text | Kind::Uuid),
        _ => true,
    };
    is_borne_out.then_some(hint?)
}

/// Values in the form in which a run compares them.
fn standard(guess: &Guess, texts: &[&str]) -> HashMap<String, u32> {
    let region = guess
        .options
        .iter()
        .find(|(key, _)| *key == "region")
        .map(|(_, value)| value.as_str());
    let phones = onefold_values::PhoneRules::new(region, onefold_values::PhoneFormat::E164).ok();
    let mut values = HashMap::new();
    for text in texts {
        let mut value = String::new();
        let is_read = match (guess.kind, &phones) {
            (Kind::Email, _) => onefold_values::email::standardise(text, &mut value).is_ok(),
            (Kind::Uuid, _) => onefold_values::uuid::standardise(text, &mut value).is_ok(),
            (Kind::Phone, Some(rules)) => rules.standardise(text, &mut value).is_ok(),
            _ => {
                value.push_str(text);
                true
            }
        };
        if is_read {
            *values.entry(value).or_insert(0) += 1;
        }
    }
    values
}

/// Names for the fields of a source: that of the column where it can be written in SQL as it is.
struct FieldNames {
    taken: HashSet<String>,
    /// Last parts of paths that are there once.
    single: HashSet<String>,
}

impl FieldNames {
    fn new(columns: &[&Column]) -> Self {
        let mut count: HashMap<&str, u32> = HashMap::new();
        for last in columns.iter().filter_map(|column| column.path.last()) {
            *count.entry(last).or_default() += 1;
        }
        let single = count
            .into_iter()
            .filter(|(_, n)| *n == 1)
            .map(|(name, _)| name.to_owned())
            .collect();
        // The name of a hidden column.
        let taken = HashSet::from(["_at".to_owned()]);
        Self { taken, single }
    }

    fn take(&mut self, path: &[String]) -> String {
        let last = path.last().map(String::as_str).unwrap_or_default();
        let says_enough = path.len() == 1
            || self.single.contains(last)
                && !matches!(last, "id" | "type" | "name" | "first" | "last");
        let name = match says_enough {
            true => plain_name(last),
            false => plain_name(&path.join("_")),
        };
        let name = free(&self.taken, &name);
        self.taken.insert(name.clone());
        name
    }
}

/// A name that is not taken yet.
pub(crate) fn free(taken: &HashSet<String>, name: &str) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while taken.contains(&free) {
        free = format!("{name}_{number}");
        number += 1;
    }
    free
}

/// A name of letters, digits and `_` in ASCII; what is one already stays.
pub(crate) fn plain_name(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if is_plain && text != "_" {
        return text.to_owned();
    }
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        let before = name.len();
        words::fold(c, &mut name);
        let folded = name.split_off(before);
        match folded.chars().all(|c| c.is_ascii_alphanumeric()) {
            true => name.push_str(&folded),
            false if name.ends_with('_') || name.is_empty() => {}
            false => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        None => "column".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("n{name}"),
        Some(_) => name.to_owned(),
    }
}
