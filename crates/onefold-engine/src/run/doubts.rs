//! What looks wrong about a source that was read to its end, and what it may come from.
//!
//! Rejects are data, and a source without records is none the worse for it. But where most of a source is rejected it is mostly declared
//! wrongly, and one code says in what way.

use onefold_read::{Scan, Summary};
use onefold_spec::model::Source;

use crate::report::RejectCount;

/// Files that are named; the report has all of them.
const NAMED: usize = 3;

/// The doubts about a source, as sentences that name it.
pub(super) fn doubts(
    source: &Source,
    summary: &Summary,
    counts: &[RejectCount],
    cause: Option<&str>,
) -> Vec<String> {
    let without_records = without_records(summary);
    let without_elements = without_elements(source, summary);
    let found = without_records.into_iter().chain(without_elements);
    let found = found.chain(rejected(summary, counts, cause));
    let named = found.map(|doubt| format!("source {}: {doubt}", source.name.value));
    named.collect()
}

/// What most rejects of a source may come from, where most of its records are rejected.
pub(super) fn likely_cause(
    source: &Source,
    scan: &Scan,
    summary: &Summary,
    counts: &[RejectCount],
) -> Option<String> {
    let top = counts.first()?;
    match summary.rejected * 2 > summary.accepted + summary.rejected {
        true => cause(source, top, scan, summary),
        false => None,
    }
}

fn without_records(summary: &Summary) -> Option<String> {
    let files = summary.files.iter();
    let empty: Vec<&str> = files
        .filter(|file| file.records == 0)
        .map(|file| file.name.as_str())
        .collect();
    if empty.is_empty() {
        return None;
    }
    let mut names: Vec<String> = empty
        .iter()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    if let Some(more) = empty.len().checked_sub(NAMED + 1) {
        names.push(format!("and {} more", more + 1));
    }
    let names = names.join(", ");
    Some(match (summary.files.len(), empty.len()) {
        (1, _) => format!("there are no records in {names}"),
        (all, empty) if all == empty => {
            format!("there are no records in any of its {all} files: {names}")
        }
        (all, empty) => format!("there are no records in {empty} of its {all} files: {names}"),
    })
}

/// A path to explode that no record has is another one, as a rule.
fn without_elements(source: &Source, summary: &Summary) -> Option<String> {
    let path = source.explode.as_ref()?.path.join(".");
    if summary.empty == 0 || summary.accepted + summary.rejected > 0 {
        return None;
    }
    let unknown = summary.drift.iter().map(|drift| drift.column.as_str());
    let advice = match onefold_spec::nearest(&path, unknown) {
        Some(near) => format!("the files have `{near}`"),
        None => "`explode` names the array by its path from the record".to_owned(),
    };
    Some(format!("no record has an element in `{path}`; {advice}"))
}

/// That most records are rejected, with the reason of most rejects.
fn rejected(summary: &Summary, counts: &[RejectCount], cause: Option<&str>) -> Option<String> {
    let (read, rejected) = (summary.accepted + summary.rejected, summary.rejected);
    let top = counts.first()?;
    if rejected * 2 <= read {
        return None;
    }
    let share = match (summary.accepted, read) {
        (0, 1) => "its only record is rejected".to_owned(),
        (0, _) => format!("all {read} records are rejected"),
        _ => format!("{rejected} of {read} records are rejected"),
    };
    let of_them = match top.records == rejected {
        true => String::new(),
        false => format!(", {} of them", top.records),
    };
    let cause = cause.map(|cause| format!("; {cause}")).unwrap_or_default();
    let RejectCount { code, reason, .. } = top;
    Some(format!("{share}{of_them}: {reason} ({code}){cause}"))
}

/// What mostly leads to rejects of one code, and what to do.
fn cause(source: &Source, top: &RejectCount, scan: &Scan, summary: &Summary) -> Option<String> {
    let fixed = match top.code.as_str() {
        "too_many_fields" | "too_few_fields" => {
            "the first line may not be the header (a title, or a damaged one), or another `delimiter` is meant"
        }
        "unterminated_quote" => "quotes may be characters of the text in these files",
        "invalid_encoding" => {
            return Some(match scan.likely_encoding() {
                Some(label) => format!("the bytes fit `encoding: {label}`"),
                None => "declare the `encoding` of the files".to_owned(),
            });
        }
        "invalid_json" => "the files may not be JSON, or not whole",
        "not_an_array" => "`explode` names the array by its path from the record",
        "not_an_object" if source.explode.is_some() => {
            "a field whose `from` is the path of `explode` reads elements that are values"
        }
        "not_an_object" => "`records` names the key of the array that holds the records",
        "missing_value" => return Some(missing(top, summary)),
        "ambiguous_date" | "ambiguous_timestamp" => {
            "declare which comes first, with `order: day_first` or `order: month_first`"
        }
        "invalid_date" | "invalid_timestamp" => "declare how the files write it, with `formats`",
        "invalid_decimal" | "invalid_integer" | "invalid_float" => {
            "the files may write numbers in another way, such as with a decimal comma"
        }
        "ambiguous_amount" => {
            "declare which mark is before the fraction, with `decimal_comma: true` or `false`"
        }
        "other_currency" => {
            "declare their `currency`, or `currency: any` and a field of type `currency` beside it"
        }
        "invalid_boolean" => "declare their words, with `true_values` and `false_values`",
        "decimal_too_precise" | "decimal_out_of_range" => "declare a decimal of more digits",
        "invalid_phone" => "declare the `region` of numbers without a country code",
        _ => return None,
    };
    Some(fixed.to_owned())
}

/// A required field that most records lack has another name in the files, as a rule.
fn missing(top: &RejectCount, summary: &Summary) -> String {
    let field = top.reason.strip_prefix("missing ").unwrap_or_default();
    let unknown = summary.drift.iter().map(|drift| drift.column.as_str());
    match onefold_spec::nearest(field, unknown) {
        Some(near) => format!(
            "no column is called `{field}`; the files have `{near}`: read it with `from: {near}`"
        ),
        None => "the files may call the field otherwise: name the column with `from`".to_owned(),
    }
}
