//! A column, and what is asked of it again and again.

use super::header::hint;
use super::role::{Guess, Role, Seen};
use super::shape::{Shape, Trait};
use super::words::Hint;

/// A column with what is thought of it so far.
#[derive(Debug)]
pub(super) struct Column<'a> {
    pub(super) seen: Seen<'a>,
    pub(super) hint: Option<Hint>,
    pub(super) shape: Shape,
    pub(super) guess: Guess,
    /// The role rests on the values alone.
    pub(super) is_by_values: bool,
}

impl<'a> Column<'a> {
    pub(super) fn of(seen: Seen<'a>) -> Self {
        Self {
            seen,
            hint: hint(seen.name),
            shape: Shape::of(seen.values),
            guess: Guess::new(Role::Ignore, 0.0, String::new()),
            is_by_values: false,
        }
    }

    /// Its name, as reports write it.
    pub(super) fn name(&self) -> &'a str {
        self.seen.name.trim()
    }

    pub(super) fn share(&self, of: Trait) -> f32 {
        self.shape.share(of)
    }

    /// Gives it another role, for this reason.
    pub(super) fn change(&mut self, role: Role, confidence: f32, because: &str) {
        let named = match self.hint {
            Some(_) => format!("named `{}`; {because}", self.seen.name.trim()),
            None => because.to_owned(),
        };
        self.guess = Guess::new(role, confidence, named);
    }

    /// How many different values there are for one filled record. Above 1 if the counts contradict.
    pub(super) fn distinct_share(&self) -> f32 {
        let said = self.seen.filled as f32 * (1.0 - self.shape.missing);
        self.seen.distinct as f32 / said.max(1.0)
    }

    /// Whether each filled record has a value of its own, as far as an estimate can tell.
    pub(super) fn is_distinct(&self) -> bool {
        self.seen.filled > 1
            && self.shape.missing == 0.0
            && self.seen.distinct + self.seen.distinct / 100 >= self.seen.filled
    }

    /// Whether it identifies the record: each has a value, and no two the same.
    pub(super) fn is_key(&self) -> bool {
        self.is_distinct() && self.seen.filled >= self.seen.records
    }

    pub(super) fn is_constant(&self) -> bool {
        self.seen.distinct <= 1 && self.seen.filled > 2
    }

    /// One word a value is a given name or a family name; the commonest of the world tell.
    pub(super) fn given_or_family(&self) -> Role {
        let (given, family) = (self.share(Trait::Given), self.share(Trait::Family));
        match given >= family {
            true => Role::FirstName,
            false => Role::LastName,
        }
    }

    pub(super) fn line_or_address(&self) -> Role {
        match self.share(Trait::Parts) >= 0.3 {
            true => Role::Address,
            false => Role::Street,
        }
    }
}
