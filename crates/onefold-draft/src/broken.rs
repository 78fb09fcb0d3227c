//! Records that could not be read, for whoever is to mend them.

use onefold_read::Reject;

/// Records that could not be read and are told of one by one.
const MOST_BROKEN: usize = 5;

/// Longest value of a broken record that is told, in characters.
const MOST_OF_VALUE: usize = 200;

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its file.
    pub file: String,
    /// The line on which it starts, from 1.
    pub line: u64,
    /// The column at fault, where it is one.
    pub column: Option<String>,
    /// Stable code of the rule.
    pub code: String,
    /// What is wrong, for people.
    pub reason: String,
    /// The value, or else the beginning of the record.
    pub value: String,
}

impl Broken {
    fn of(reject: &Reject) -> Self {
        let error = reject.errors.first();
        let column = error.map(|error| error.column.as_str());
        let value = error.and_then(|error| error.value.as_deref());
        let value = value.unwrap_or(&reject.raw);
        Self {
            file: reject.file.to_string(),
            line: reject.line,
            column: column.filter(|name| !name.is_empty()).map(str::to_owned),
            code: reject.code.to_string(),
            reason: reject.reason.clone(),
            value: value.chars().take(MOST_OF_VALUE).collect(),
        }
    }
}

/// Notes broken records, as long as there is room.
pub(crate) fn note(known: &mut Vec<Broken>, rejects: &[Reject]) {
    let room = MOST_BROKEN.saturating_sub(known.len());
    known.extend(rejects.iter().take(room).map(Broken::of));
}

/// Gives columns their names: while they are looked at, they have numbers.
pub(crate) fn name(known: &mut [Broken], fields: &[Vec<String>]) {
    for column in known.iter_mut().filter_map(|broken| broken.column.as_mut()) {
        let number = column
            .strip_prefix('c')
            .and_then(|number| number.parse().ok());
        if let Some(path) = number.and_then(|number: usize| fields.get(number)) {
            *column = path.join(".");
        }
    }
}
