//! Keys that meet: columns of one source whose values are in the key of another.

use crate::guess::Kind;
use crate::source::{Class, Field, Source};
use crate::words::{self, Role};
use crate::written::grouped;

/// Values that have to meet, in percent, before two columns are joined.
const LEAST_OVERLAP: usize = 30;

/// A column of one source whose values are in the key of another.
pub(crate) struct Meeting {
    /// Number of the source that looks up, and its field.
    pub(crate) left: (usize, usize),
    /// Number of the source that is looked up, and its field.
    pub(crate) right: (usize, usize),
    /// Values that meet, of how many.
    pub(crate) met: (usize, usize),
}

impl Meeting {
    /// The fields that meet, with their sources: the one that looks up, and the one that is looked up.
    pub(crate) fn ends<'s>(&self, sources: &'s [Source]) -> Option<[(&'s Source, &'s Field); 2]> {
        let end = |(source, field): (usize, usize)| {
            let source: &'s Source = sources.get(source)?;
            Some((source, source.fields.get(field)?))
        };
        Some([end(self.left)?, end(self.right)?])
    }

    /// How many values meet, for people.
    pub(crate) fn note(&self, sources: &[Source]) -> Option<String> {
        let [(source, field), (other, key)] = self.ends(sources)?;
        let (both, all) = (grouped(self.met.0), grouped(self.met.1));
        Some(format!(
            "{both} of {all} values of {}.{} are in {}.{}",
            source.name, field.name, other.name, key.name
        ))
    }
}

/// All columns that meet the key of another source, the best first for each column.
pub(crate) fn meetings(sources: &[Source]) -> Vec<Meeting> {
    let mut found = Vec::new();
    for (left, source) in sources.iter().enumerate() {
        for (field_number, field) in source.fields.iter().enumerate() {
            let mut best: Option<Meeting> = None;
            for (right, other) in sources
                .iter()
                .enumerate()
                .filter(|(right, _)| *right != left)
            {
                for (other_number, key) in other.fields.iter().enumerate() {
                    let Some(met) = met(field, other, key) else {
                        continue;
                    };
                    // Two keys of the same: the later source adds to the earlier.
                    if source.key == Some(field_number) && field.is_distinct() && right < left {
                        continue;
                    }
                    if best
                        .as_ref()
                        .is_none_or(|best| met.0 * best.met.1 > best.met.0 * met.1)
                    {
                        best = Some(Meeting {
                            left: (left, field_number),
                            right: (right, other_number),
                            met,
                        });
                    }
                    // What is not a person may be looked up beside a person.
                    if other.class == Class::Others {
                        found.extend(best.take());
                    }
                }
            }
            found.extend(best);
        }
    }
    found
}

/// How many values of a column are in a key of another source: enough, and by their names or their shape no chance.
fn met(field: &Field, other: &Source, key: &Field) -> Option<(usize, usize)> {
    let identifies =
        |f: &Field| matches!(f.role, Some(Role::Id | Role::Owner)) || f.guess.kind == Kind::Uuid;
    let is_key = key.is_distinct() && key.present * 10 >= other.rows * 9;
    if !identifies(field)
        || !identifies(key)
        || !is_key
        || field.values.is_empty()
        || field.guess.kind != key.guess.kind
    {
        return None;
    }
    let is_small = |value: &String| value.len() < 9 && value.bytes().all(|b| b.is_ascii_digit());
    let is_chance = field.values.keys().all(is_small) && !alike(field, other, key);
    let both = field
        .values
        .keys()
        .filter(|value| key.values.contains_key(*value))
        .count();
    (!is_chance && both * 100 >= field.values.len() * LEAST_OVERLAP)
        .then_some((both, field.values.len()))
}

/// Whether a column names the key of a source: by the same name, or by the name of the source (`customer_id` and `customers.id`).
fn alike(field: &Field, other: &Source, key: &Field) -> bool {
    let of = |name: &str| {
        words::words(name)
            .into_iter()
            .filter(|word| !matches!(word.as_str(), "id" | "nr" | "no" | "uuid"))
            .collect()
    };
    let (ours, theirs): (Vec<String>, Vec<String>) = (of(&field.name), of(&key.name));
    let source: Vec<String> = words::words(&other.name);
    let is_of_source = |word: &String| {
        source
            .iter()
            .any(|s| s.trim_end_matches('s') == word.trim_end_matches('s'))
    };
    match theirs.is_empty() {
        true => !ours.is_empty() && ours.iter().all(is_of_source),
        false => ours == theirs,
    }
}
