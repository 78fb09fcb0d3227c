//! What a column of Splink's is for.

use crate::roles::{Role, by_name};

/// What the comparison that uses a column says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use<'a> {
    pub(super) column: &'a str,
    /// The description of the comparison, which is the name of Splink's own ones: `NameComparison`.
    pub(super) description: &'a str,
    pub(super) is_date: bool,
    pub(super) is_email: bool,
}

/// What a column is for: as its comparison says, then as its own name does.
pub(super) fn role(of: Use<'_>) -> Role {
    match of.description {
        _ if of.is_email => return Role::Email,
        _ if of.is_date => return Role::BirthDate,
        "EmailComparison" => return Role::Email,
        "DateOfBirthComparison" => return Role::BirthDate,
        "PostcodeComparison" => return Role::Postcode,
        _ => {}
    }
    match (by_name(of.column), of.description) {
        (Some(role), _) => role,
        (None, "NameComparison" | "ForenameSurnameComparison") => Role::FullName,
        (None, _) => Role::Text,
    }
}
