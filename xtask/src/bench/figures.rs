//! The figures of a result, counted in the files that a program has written.
//!
//! Text is counted here; the columns of the Parquet file are added up by onefold itself, for itself and its peers alike.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, anyhow, bail};
use memchr::memmem::Finder;

use super::generate::Facts;

/// Counts the outputs of a job in `folder`; `onefold` is the program that reads Parquet.
///
/// # Errors
/// An output that is missing or is not what it should be.
pub(super) fn figures(job: &str, folder: &Path, onefold: &Path) -> anyhow::Result<Facts> {
    match job {
        "clickstream" => clickstream(folder),
        "stream" => stream(folder),
        "sessions" => sessions(folder),
        "master" => master(folder),
        "c360" => c360(folder, onefold),
        _ => bail!("no figures for `{job}`"),
    }
}

fn clickstream(folder: &Path) -> anyhow::Result<Facts> {
    let [id, email, campaign] = [r#""event_id":"#, r#""email":"#, r#""campaign_id":"#]
        .map(|key| Finder::new(key).into_owned());
    let mut file = open(folder, "unified_data.json")?;
    let mut record = Vec::new();
    let (mut events, mut with_email, mut people_sum) = (0, 0, 0);
    let (mut with_campaign, mut campaign_sum) = (0, 0);
    while file.read_until(b'}', &mut record)? > 0 {
        events += u64::from(text_after(&id, &record).is_some());
        if let Some(email) = text_after(&email, &record) {
            with_email += 1;
            people_sum += number_at_end(email.split(|b| *b == b'@').next().unwrap_or_default())?;
        }
        if let Some(campaign) = text_after(&campaign, &record) {
            with_campaign += 1;
            campaign_sum += number_at_end(campaign)?;
        }
        record.clear();
    }
    Ok(vec![
        ("events", events),
        ("with_email", with_email),
        ("people_sum", people_sum),
        ("with_campaign", with_campaign),
        ("campaign_sum", campaign_sum),
    ])
}

fn stream(folder: &Path) -> anyhow::Result<Facts> {
    let (mut with_region, mut low) = (0, 0);
    let wanted = ["region", "amount_category"];
    let transactions = rows(
        folder,
        "unified_customer_transactions.csv",
        ',',
        &wanted,
        |row| {
            with_region += u64::from(!row[0].is_empty());
            low += u64::from(row[1] == b"low");
            Ok(())
        },
    )?;
    let (mut matched, mut gap_seconds) = (0, 0);
    let wanted = ["event_time", "timestamp"];
    let events = rows(
        folder,
        "real_time_enriched_dataset.csv",
        ',',
        &wanted,
        |row| {
            if !row[1].is_empty() {
                matched += 1;
                gap_seconds += second_of_month(row[0])?.abs_diff(second_of_month(row[1])?);
            }
            Ok(())
        },
    )?;
    Ok(vec![
        ("transactions", transactions),
        ("with_region", with_region),
        ("low", low),
        ("events", events),
        ("matched", matched),
        ("gap_seconds", gap_seconds),
    ])
}

fn sessions(folder: &Path) -> anyhow::Result<Facts> {
    let mut unique_events = 0;
    let users = rows(folder, "sessions.csv", ',', &["event_count"], |row| {
        unique_events += number(row[0])?;
        Ok(())
    })?;
    let rejected = rows(folder, "skipped.csv", ',', &[], |_| Ok(()))?;
    Ok(vec![
        ("rejected", rejected),
        ("unique_events", unique_events),
        ("users", users),
    ])
}

fn master(folder: &Path) -> anyhow::Result<Facts> {
    Ok(vec![
        (
            "customers",
            rows(folder, "customer_master.csv", ',', &[], |_| Ok(()))?,
        ),
        (
            "merged",
            rows(folder, "duplicate_report.csv", ',', &[], |_| Ok(()))?,
        ),
    ])
}

fn c360(folder: &Path, onefold: &Path) -> anyhow::Result<Facts> {
    const SUMS: [&str; 7] = [
        "rows",
        "lead_sum",
        "completed_count",
        "completed_cents",
        "pending_count",
        "pending_cents",
        "page_views",
    ];
    let mut facts = vec![(
        "rejected",
        rows(folder, "rejected_transactions.log", '|', &[], |_| Ok(()))?,
    )];
    let counted = Command::new(onefold)
        .arg("run")
        .arg(crate::workspace::root().join("bench/figures/c360.yaml"))
        .arg("--in")
        .arg(folder)
        .arg("--out")
        .arg(folder)
        .output()?;
    if !counted.status.success() {
        bail!("{}", String::from_utf8_lossy(&counted.stderr));
    }
    rows(folder, "figures.csv", ',', &SUMS, |row| {
        for (name, sum) in SUMS.iter().zip(row) {
            facts.push((name, number(sum)?));
        }
        Ok(())
    })?;
    Ok(facts)
}

fn open(folder: &Path, name: &str) -> anyhow::Result<BufReader<File>> {
    let file = File::open(folder.join(name)).with_context(|| format!("could not read {name}"))?;
    Ok(BufReader::with_capacity(1 << 20, file))
}

/// Calls `each` with the wanted columns of every row, and returns how many rows there are. Columns after one in quotes that hold
/// the delimiter cannot be wanted, and a row is a line: that suffices for what the jobs write. ClickHouse writes all texts in quotes.
fn rows(
    folder: &Path,
    name: &str,
    delimiter: char,
    wanted: &[&str],
    mut each: impl FnMut(&[&[u8]]) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let mut file = open(folder, name)?;
    let mut line = String::new();
    file.read_line(&mut line)?;
    let header: Vec<&[u8]> = line
        .trim_end()
        .split(delimiter)
        .map(|column| without_quotes(column.as_bytes()))
        .collect();
    let places: Vec<usize> = wanted
        .iter()
        .map(|column| {
            let place = header.iter().position(|h| *h == column.as_bytes());
            place.with_context(|| format!("{name} has no column `{column}`"))
        })
        .collect::<Result<_, _>>()?;
    let mut count = 0;
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        count += 1;
        if !places.is_empty() {
            let text = line.trim_ascii_end();
            let mut fields: Vec<&[u8]> = vec![b""; wanted.len()];
            let ends = memchr::memchr_iter(delimiter as u8, text).chain([text.len()]);
            let mut start = 0;
            for (column, end) in ends.enumerate() {
                if let Some(at) = places.iter().position(|place| *place == column) {
                    fields[at] = without_quotes(&text[start..end]);
                }
                start = end + 1;
            }
            each(&fields)?;
        }
        line.clear();
    }
    Ok(count)
}

fn without_quotes(field: &[u8]) -> &[u8] {
    let inner = field.strip_prefix(b"\"");
    inner
        .and_then(|inner| inner.strip_suffix(b"\""))
        .unwrap_or(field)
}

/// The text that follows a key and its colon in a JSON object; nothing where it is missing or null.
fn text_after<'a>(key: &Finder<'_>, record: &'a [u8]) -> Option<&'a [u8]> {
    let value = &record[key.find(record)? + key.needle().len()..];
    let text = value.trim_ascii_start().strip_prefix(b"\"")?;
    Some(&text[..memchr::memchr(b'"', text)?])
}

fn number(text: &[u8]) -> anyhow::Result<u64> {
    let parsed = std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| anyhow!("`{}` is not a whole number", String::from_utf8_lossy(text)))
}

fn number_at_end(text: &[u8]) -> anyhow::Result<u64> {
    let digits = text.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    number(&text[text.len() - digits..])
}

/// `2025-07-02 10:00:00`, with whatever stands between date and time and after them.
fn second_of_month(time: &[u8]) -> anyhow::Result<u64> {
    let part = |at: usize| number(time.get(at..at + 2).unwrap_or_default());
    Ok(((part(8)? * 24 + part(11)?) * 60 + part(14)?) * 60 + part(17)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_around_a_field_are_not_part_of_it() {
        for (field, text) in [
            (r#""low""#, "low"),
            (r#""""#, ""),
            ("low", "low"),
            ("", ""),
            (r#"""#, r#"""#),
        ] {
            assert_eq!(without_quotes(field.as_bytes()), text.as_bytes(), "{field}");
        }
    }
}
