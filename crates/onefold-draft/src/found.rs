//! What was found in a source, for whoever is to judge it.

use crate::choice::RoleChoice;
use crate::source::{Class, Source};

/// What was found in a source.
#[derive(Debug, Clone)]
pub struct FoundSource {
    /// Its name in the draft.
    pub name: String,
    /// What its records are, for people.
    pub records_are: &'static str,
    /// The field that identifies a record.
    pub key: Option<String>,
    /// Its fields.
    pub fields: Vec<FoundField>,
}

/// What was found in a column.
#[derive(Debug, Clone)]
pub struct FoundField {
    /// The column.
    pub path: Vec<String>,
    /// Its name in the draft.
    pub name: String,
    /// Its type, as the pipeline file writes it.
    pub type_name: String,
    /// Further options of the field, as the pipeline file writes them.
    pub options: Vec<(&'static str, String)>,
    /// What it is for.
    pub role: Option<RoleChoice>,
    /// Values that the type reads.
    pub fits: usize,
    /// Values that there are in the sample.
    pub of: usize,
    /// What a person should know.
    pub note: Option<String>,
}

impl FoundSource {
    pub(crate) fn of(source: &Source) -> Self {
        let fields = source.fields.iter().map(|field| FoundField {
            path: field.path.clone(),
            name: field.name.clone(),
            type_name: field.guess.name.trim_matches('"').to_owned(),
            options: field.guess.options.clone(),
            role: field.role.and_then(RoleChoice::of),
            fits: field.guess.fits,
            of: field.guess.of,
            note: field.guess.note.clone(),
        });
        let key = source.key.and_then(|key| source.fields.get(key));
        Self {
            name: source.name.clone(),
            records_are: match source.class {
                Class::People => "people",
                Class::Transactions => "transactions",
                Class::Events => "events",
                Class::Others => "records",
            },
            key: key.map(|field| field.name.clone()),
            fields: fields.collect(),
        }
    }
}
