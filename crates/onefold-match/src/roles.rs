//! What each column of a table of people or companies is for, guessed from its name and its values.
//!
//! A declared type decides what it can. Otherwise the name hints at a role, and the values must bear it out. A column whose name says
//! nothing is judged by its values alone, cautiously. At last the columns are seen together: `name` beside `first_name` is a family
//! name, the only date may be of birth, and a table whose only names are names of companies is a table of companies.
//!
//! The guesses depend on nothing but what is given. At most 1000 values of a column are looked at.

mod column;
mod forms;
mod header;
mod lists;
mod named;
mod role;
mod shape;
mod table;
mod values;
mod words;

pub use role::{Declared, Guess, Role, Seen};

use column::Column;
use values::by_values;
use words::Hint;

/// What a column is for if its name alone tells. `None` where the name says nothing, or nothing about who it is.
pub(crate) fn by_name(name: &str) -> Option<Role> {
    Some(match header::hint(name)? {
        Hint::Is(Role::Key | Role::Ignore) => return None,
        Hint::Is(role) => role,
        Hint::Name | Hint::FirstOrFull | Hint::LastOrFull | Hint::Whoever => Role::FullName,
        Hint::Birth => Role::BirthDate,
        Hint::Address => Role::Address,
        Hint::Employer => Role::Company,
        _ => return None,
    })
}

/// The role of each column, in their order.
pub fn guess(columns: &[Seen<'_>]) -> Vec<Guess> {
    let mut columns: Vec<Column<'_>> = columns.iter().copied().map(alone).collect();
    table::correct(&mut columns);
    columns.into_iter().map(|column| column.guess).collect()
}

/// A column with the role that it has by itself.
fn alone(seen: Seen<'_>) -> Column<'_> {
    let mut column = Column::of(seen);
    if let Some(found) = column.by_declaration() {
        column.guess = found;
        return column;
    }
    match column.by_name() {
        Ok(found) => column.guess = found,
        Err(doubt) => {
            column.is_by_values = true;
            column.guess = by_values(&column);
            if let Some(doubt) = doubt {
                column.guess.confidence *= 0.8;
                column.guess.because = format!("{doubt}; {}", column.guess.because);
            }
        }
    }
    column
}
