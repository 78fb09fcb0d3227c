//! Where the rows of a table differ from the expected ones.

use onefold_spec::model::TestRow;
use serde::Serialize;

use crate::texts::Rows;

/// Most pairs of rows that are compared to align the two sides; beyond, what lies between the first and the last difference differs.
const MAX_PAIRS: usize = 4_000_000;
/// Most differing rows that are listed.
const MAX_LISTED: u64 = 50;

/// One row of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    /// Which side it is on.
    pub side: Side,
    /// Its number on that side, from 1; of a row on both, that of the table.
    pub row: u64,
    /// Its values by column, `None` where one is missing.
    #[serde(serialize_with = "as_object")]
    pub values: Vec<(String, Option<String>)>,
}

fn as_object<S: serde::Serializer>(
    values: &[(String, Option<String>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(values.iter().map(|(name, value)| (name, value)))
}

/// On which side of a difference a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// On both.
    Both,
    /// It is expected, and not in the table.
    Expected,
    /// It is in the table, and not expected.
    Found,
}

/// One step of an alignment, with row numbers from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Both(usize),
    Expected(usize),
    Found(usize),
}

/// Differing rows, each with the row before and after, and how many are not listed. None where all are as expected.
pub(super) fn difference(expected: &[TestRow], found: &Rows) -> (Vec<DiffLine>, u64) {
    let columns = columns(expected, found);
    let steps = align(expected.len(), found.len(), &|e, f| {
        matches(&expected[e], found, f)
    });
    let differs = |step: &Step| !matches!(step, Step::Both(_));
    let (mut listed, mut more) = (0, 0);
    let mut lines = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let near = &steps[place.saturating_sub(1)..steps.len().min(place + 2)];
        if !near.iter().any(differs) {
            continue;
        }
        if listed >= MAX_LISTED {
            more += u64::from(differs(step));
            continue;
        }
        listed += u64::from(differs(step));
        lines.push(match step {
            Step::Both(row) => found_line(Side::Both, *row, found, &columns),
            Step::Found(row) => found_line(Side::Found, *row, found, &columns),
            Step::Expected(row) => DiffLine {
                side: Side::Expected,
                row: *row as u64 + 1,
                values: expected[*row]
                    .iter()
                    .map(|(name, value)| (name.value.clone(), value.text().map(str::to_owned)))
                    .collect(),
            },
        });
    }
    (lines, more)
}

/// The columns that the expected rows name; all where they name none.
fn columns(expected: &[TestRow], found: &Rows) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for (name, _) in expected.iter().flatten() {
        if !named.contains(&name.value) {
            named.push(name.value.clone());
        }
    }
    match named.is_empty() {
        true => found.names().map(str::to_owned).collect(),
        false => named,
    }
}

fn found_line(side: Side, row: usize, found: &Rows, columns: &[String]) -> DiffLine {
    let value = |column: &String| {
        let value = found
            .column(column)
            .and_then(|place| found.value(row, place));
        (column.clone(), value.map(str::to_owned))
    };
    DiffLine {
        side,
        row: row as u64 + 1,
        values: columns.iter().map(value).collect(),
    }
}

fn matches(expected: &TestRow, found: &Rows, row: usize) -> bool {
    expected.iter().all(|(name, value)| {
        let cell = found.column(name).and_then(|place| found.value(row, place));
        value.text().unwrap_or_default() == cell.unwrap_or_default()
    })
}

/// The longest way through both sides on which rows match (Wagner and Fischer 1974, insertions and deletions only), after what is
/// alike at the beginning and the end.
fn align(expected: usize, found: usize, same: &dyn Fn(usize, usize) -> bool) -> Vec<Step> {
    let shorter = expected.min(found);
    let head = (0..shorter).take_while(|row| same(*row, *row)).count();
    let tail = (0..shorter - head)
        .take_while(|back| same(expected - 1 - back, found - 1 - back))
        .count();
    let (rows, columns) = (expected - head - tail, found - head - tail);
    let mut steps: Vec<Step> = (0..head).map(Step::Both).collect();
    if rows.saturating_mul(columns) > MAX_PAIRS {
        steps.extend((head..head + rows).map(Step::Expected));
        steps.extend((head..head + columns).map(Step::Found));
    } else {
        middle(head, rows, columns, same, &mut steps);
    }
    steps.extend((found - tail..found).map(Step::Both));
    steps
}

fn middle(
    head: usize,
    rows: usize,
    columns: usize,
    same: &dyn Fn(usize, usize) -> bool,
    steps: &mut Vec<Step>,
) {
    // `best[e][f]`: most matches among the expected rows from `e` and the found rows from `f`.
    let width = columns + 1;
    let mut best = vec![0_u32; (rows + 1) * width];
    let mut equal = vec![false; rows * columns];
    for e in (0..rows).rev() {
        for f in (0..columns).rev() {
            equal[e * columns + f] = same(head + e, head + f);
            best[e * width + f] = match equal[e * columns + f] {
                true => best[(e + 1) * width + f + 1] + 1,
                false => best[(e + 1) * width + f].max(best[e * width + f + 1]),
            };
        }
    }
    let (mut e, mut f) = (0, 0);
    let (mut missing, mut surplus) = (Vec::new(), Vec::new());
    while e < rows || f < columns {
        if e < rows && f < columns && equal[e * columns + f] {
            pair(&mut missing, &mut surplus, steps);
            steps.push(Step::Both(head + f));
            (e, f) = (e + 1, f + 1);
        } else if f == columns || (e < rows && best[(e + 1) * width + f] >= best[e * width + f + 1])
        {
            missing.push(Step::Expected(head + e));
            e += 1;
        } else {
            surplus.push(Step::Found(head + f));
            f += 1;
        }
    }
    pair(&mut missing, &mut surplus, steps);
}

/// Expected rows and those found in their place: one below the other where they are as many.
fn pair(missing: &mut Vec<Step>, surplus: &mut Vec<Step>, steps: &mut Vec<Step>) {
    if missing.len() == surplus.len() {
        steps.extend(
            missing
                .drain(..)
                .zip(surplus.drain(..))
                .flat_map(|(m, s)| [m, s]),
        );
    } else {
        steps.append(missing);
        steps.append(surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(expected: &str, found: &str) -> String {
        let (e, f) = (expected.as_bytes(), found.as_bytes());
        let show = |step: Step| match step {
            Step::Both(row) => format!("{}", f[row] as char),
            Step::Expected(row) => format!("-{}", e[row] as char),
            Step::Found(row) => format!("+{}", f[row] as char),
        };
        let steps = align(e.len(), f.len(), &|a, b| e[a] == b'.' || e[a] == f[b]);
        steps.into_iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn rows_are_aligned() {
        let cases = [
            ("", "", ""),
            ("abc", "abc", "a b c"),
            ("abc", "bc", "-a b c"),
            ("bc", "abc", "+a b c"),
            ("abc", "axc", "a -b +x c"),
            ("abcd", "axyd", "a -b +x -c +y d"),
            ("abcd", "axd", "a -b -c +x d"),
            ("", "ab", "+a +b"),
            ("ab", "", "-a -b"),
            ("abcde", "bcxe", "-a b c -d +x e"),
            ("aab", "ab", "a -a b"),
            ("..", "xyz", "x y +z"),
        ];
        for (expected, found, answer) in cases {
            assert_eq!(steps(expected, found), answer, "{expected} {found}");
        }
    }
}
