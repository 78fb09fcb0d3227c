//! Matching by likeness: the columns of the records as texts, the comparisons made of them, and what the model found.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Date32Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use onefold_match::roles::{Declared, Guess, Role, Seen, guess};
use onefold_match::{Comparison, Input, Kind, Link, Matched, Texts, auto};
use onefold_rows::parallel::map_items;
use onefold_values::civil::write_date;
use std::collections::HashSet;
use std::fmt::Write;

use crate::error::{Error, Kind as Wrong};
use crate::match_groups::{Link as Pair, MatchGroups};
use crate::options::{Compare, Compared, Likeness};
use crate::records::{Column, Records};
use crate::union_find::UnionFind;

/// How reports call the links of a model.
pub const MODEL: &str = "model";

/// Values of a column that are looked at to guess its role.
const SEEN: usize = 4000;

/// What the model found.
pub struct Found {
    /// The clusters, links, and the model itself.
    pub matched: Matched,
    /// What each column was taken for, where that was guessed.
    pub columns: Vec<Used>,
    /// Comparisons, with the names of their columns.
    pub compared: Vec<Compared>,
}

/// What a column was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// The column.
    pub column: String,
    /// The guess.
    pub guess: Guess,
}

/// A column as texts.
struct Texted<'a> {
    records: &'a Records,
    chunks: Cow<'a, [ArrayRef]>,
}

impl<'a> Texted<'a> {
    /// Values that are no texts are written when they are asked for.
    fn new(records: &'a Records, column: &'a Column) -> Self {
        Self {
            records,
            chunks: Cow::Borrowed(&column.chunks),
        }
    }

    /// Values that are no texts are written at once, since all of them will be asked for.
    fn written(records: &'a Records, column: &'a Column, threads: usize) -> Self {
        let is_text = column.field.data_type() == &DataType::Utf8View;
        Self {
            records,
            chunks: match is_text {
                true => Cow::Borrowed(&column.chunks),
                false => map_items(threads, column.chunks.iter().collect(), written).into(),
            },
        }
    }
}

/// An array as texts; as it is where it cannot be written.
fn written(chunk: &ArrayRef) -> ArrayRef {
    if let Some(days) = chunk.as_primitive_opt::<Date32Type>() {
        return Arc::new(dates(days));
    }
    let options = FormatOptions::default();
    let Ok(formatter) = ArrayFormatter::try_new(chunk.as_ref(), &options) else {
        return ArrayRef::clone(chunk);
    };
    let mut texts = StringViewBuilder::with_capacity(chunk.len());
    let mut text = String::new();
    for row in 0..chunk.len() {
        text.clear();
        let is_written = !chunk.is_null(row) && write!(text, "{}", formatter.value(row)).is_ok();
        texts.append_option(is_written.then_some(&text));
    }
    Arc::new(texts.finish())
}

/// Dates as [`write_date`] writes them: of the years 0 to 9999 as Arrow does.
fn dates(days: &Date32Array) -> StringViewArray {
    let mut texts = StringViewBuilder::with_capacity(days.len());
    let mut text = Vec::new();
    for day in days {
        let Some(day) = day else {
            texts.append_null();
            continue;
        };
        text.clear();
        write_date(day, &mut text);
        // Nothing but ASCII is written.
        texts.append_option(std::str::from_utf8(&text).ok());
    }
    texts.finish()
}

impl Texts for Texted<'_> {
    fn get<'a>(&'a self, record: u32, buffer: &'a mut String) -> Option<&'a str> {
        let at = self.records.at(record);
        text(&self.chunks[at.part as usize], at.row as usize, buffer)
    }
}

/// The text of a value; it may be written into `buffer`.
fn text<'a>(chunk: &'a ArrayRef, row: usize, buffer: &'a mut String) -> Option<&'a str> {
    if chunk.is_null(row) {
        return None;
    }
    if *chunk.data_type() == DataType::Utf8View {
        return Some(chunk.as_string_view().value(row));
    }
    buffer.clear();
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(chunk.as_ref(), &options).ok()?;
    write!(buffer, "{}", formatter.value(row)).ok()?;
    Some(buffer)
}

/// What the model is told.
pub(crate) struct Told {
    /// The links of the rules.
    pub(crate) must: Vec<(u32, u32)>,
    /// Pairs that are decided to be the same.
    pub(crate) same: Vec<(u32, u32)>,
    /// Pairs that are decided to be different.
    pub(crate) different: Vec<(u32, u32)>,
}

/// Runs the model over all records.
pub(crate) fn find(
    records: &Records,
    likeness: &Likeness,
    told: Told,
    threads: usize,
) -> Result<Found, Error> {
    let (matched, columns, compared) =
        asked(records, likeness, told, threads, onefold_match::find)?;
    Ok(Found {
        matched,
        columns,
        compared,
    })
}

/// Asks the model about all records: `ask` gets them, and what is to be compared. Its answer, what each column was taken for, and the
/// comparisons.
pub(crate) fn asked<T>(
    records: &Records,
    likeness: &Likeness,
    told: Told,
    threads: usize,
    ask: impl FnOnce(&Input<'_>, &onefold_match::Options) -> Result<T, String>,
) -> Result<(T, Vec<Used>, Vec<Compared>), Error> {
    let (mut compared, columns) = match &likeness.compare {
        Compare::Auto(declared) => chosen(records, declared, threads),
        Compare::Given(compared) => (compared.clone(), Vec::new()),
        Compare::Nothing => (Vec::new(), Vec::new()),
    };
    if let (Compare::Auto(_), Some(model)) = (&likeness.compare, &likeness.learned) {
        // What the model knows nothing of is not compared.
        let labels = || {
            model
                .comparisons
                .iter()
                .map(|learned| learned.label.as_str())
        };
        compared.retain(|one| labels().any(|label| label == one.label));
    }
    let is_used = |column: &Column| {
        let of_comparisons = compared.iter().flat_map(|one| &one.columns);
        let mut used = of_comparisons.chain(&likeness.never);
        used.any(|name| name == column.field.name())
    };
    let texts: Vec<Texted<'_>> = records
        .columns
        .iter()
        .map(|column| match is_used(column) {
            true => Texted::written(records, column, threads),
            false => Texted::new(records, column),
        })
        .collect();
    let mut comparisons = Vec::with_capacity(compared.len());
    for one in &compared {
        let columns = one
            .columns
            .iter()
            .map(|name| column(records, name, &one.label));
        comparisons.push(Comparison {
            label: one.label.clone(),
            kind: one.kind,
            columns: columns.collect::<Result<_, _>>()?,
            identifies: one.identifies,
            implied_by: one
                .given
                .as_ref()
                .and_then(|given| compared.iter().position(|other| other.label == *given)),
            weighs: true,
        });
    }
    let mut never = Vec::with_capacity(likeness.never.len());
    for name in &likeness.never {
        never.push(comparisons.len());
        comparisons.push(Comparison {
            label: name.clone(),
            kind: Kind::Text,
            columns: vec![column(records, name, "`never`")?],
            identifies: false,
            implied_by: None,
            weighs: false,
        });
    }
    let sources: Vec<u16> = match likeness.distinct.is_empty() {
        true => Vec::new(),
        false => (0..records.len() as u32)
            .map(|record| records.source_at(records.at(record)) as u16)
            .collect(),
    };
    let input = Input {
        records: records.len() as u32,
        columns: texts.iter().map(|texted| texted as &dyn Texts).collect(),
        sources: &sources,
    };
    let options = onefold_match::Options {
        comparisons,
        threshold: likeness.threshold,
        possible: likeness.possible,
        must: told.must,
        decided: told.same,
        apart: told.different,
        distinct: likeness
            .distinct
            .iter()
            .map(|source| *source as u16)
            .collect(),
        never,
        model: likeness.learned.clone(),
        threads,
    };
    let answer = ask(&input, &options).map_err(Wrong::Model)?;
    Ok((answer, columns, compared))
}

fn column(records: &Records, name: &str, used_by: &str) -> Result<usize, Error> {
    records.column_index(name).ok_or_else(|| {
        Wrong::UnknownColumn {
            column: name.to_owned(),
            used_by: format!("comparison `{used_by}`"),
        }
        .into()
    })
}

/// The comparisons that the columns suggest, and what each column was taken for.
fn chosen(
    records: &Records,
    declared: &[(String, Declared)],
    threads: usize,
) -> (Vec<Compared>, Vec<Used>) {
    let step = (records.len() / SEEN).max(1);
    let samples = map_items(threads, records.columns.iter().collect(), |column| {
        let (texted, mut buffer) = (Texted::new(records, column), String::new());
        let (mut sample, mut looked) = (Vec::new(), 0u64);
        for record in (0..records.len()).step_by(step) {
            looked += 1;
            if let Some(text) = texted.get(record as u32, &mut buffer)
                && !text.trim().is_empty()
            {
                sample.push(text.to_owned());
            }
        }
        let filled = sample.len() as u64 * records.len() as u64;
        (sample, filled.checked_div(looked).unwrap_or(0))
    });
    let values: Vec<Vec<&str>> = samples
        .iter()
        .map(|(sample, _)| sample.iter().map(String::as_str).collect())
        .collect();
    let mut seen = Vec::new();
    for ((column, values), (_, filled)) in records.columns.iter().zip(&values).zip(&samples) {
        let name = column.field.name();
        let distinct = values.iter().collect::<HashSet<_>>().len() as u64;
        // All values of the sample differ: so do those of the column.
        let distinct = match distinct == values.len() as u64 {
            true => *filled,
            false => distinct,
        };
        seen.push(Seen {
            name,
            declared: declared
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, ty)| *ty),
            values,
            filled: *filled,
            records: records.len() as u64,
            distinct,
        });
    }
    let guesses = guess(&seen);
    let names: Vec<&str> = seen.iter().map(|column| column.name).collect();
    // The key of a source says which record it is, not who.
    let of = |(guess, name): (&Guess, &&str)| match records.is_key(name) {
        true => Role::Key,
        false => guess.role,
    };
    let roles: Vec<Role> = guesses.iter().zip(&names).map(of).collect();
    let made = auto::comparisons(&names, &roles);
    let compared = Compared::named(&made, &names);
    let columns = names.iter().zip(guesses).map(|(name, guess)| Used {
        column: (*name).to_owned(),
        guess,
    });
    (compared, columns.collect())
}

/// The merges of the model as the links of a rule: each record with the first of those that the model joined it with.
pub(crate) fn groups(found: &Found) -> MatchGroups {
    let Matched {
        clusters, links, ..
    } = &found.matched;
    let records = clusters.len();
    let mut joined = match links.iter().any(|link| link.is_told) {
        false => UnionFind::of_firsts(clusters.clone()),
        // The clusters are those of all links, told ones too.
        true => {
            let mut joined = UnionFind::new(records as u32);
            by_likeness(links).for_each(|link| joined.union(link.a, link.b));
            joined
        }
    };
    let mut groups = MatchGroups::default();
    let mut is_first_seen = vec![false; records];
    for record in 0..records as u32 {
        let first = joined.root(record);
        if first == record {
            continue;
        }
        if !std::mem::replace(&mut is_first_seen[first as usize], true) {
            groups.values += 1;
        }
        groups.links.push(Pair { record, first });
    }
    groups.present = records as u64 - found.matched.report.empty;
    groups.records = groups.values + groups.links.len() as u64;
    groups
}

/// The links that the evidence made, not a rule.
pub(crate) fn by_likeness(links: &[Link]) -> impl Iterator<Item = &Link> {
    links.iter().filter(|link| !link.is_told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_four_digit_years_are_written_as_arrow_writes_them() {
        let days = [Some(0), None, Some(-719_528), Some(2_932_896), Some(19_782)];
        let chunk: ArrayRef = Arc::new(Date32Array::from(days.to_vec()));
        let mut buffer = String::new();
        let one_by_one = (0..days.len()).map(|row| {
            let text = text(&chunk, row, &mut buffer);
            text.map(str::to_owned)
        });
        let one_by_one: Vec<Option<String>> = one_by_one.collect();
        let at_once = written(&chunk);
        let at_once = at_once.as_string_view().iter();
        assert!(at_once.eq(one_by_one.iter().map(Option::as_deref)));
        assert_eq!(one_by_one[2].as_deref(), Some("0000-01-01"));
    }
}
