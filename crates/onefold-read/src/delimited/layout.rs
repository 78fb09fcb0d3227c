//! Where the header of a file is, what it says, and how wide the records are.

use onefold_spec::model::{self, Header, TrailingDelimiter};

use super::syntax::{Field, Row, Syntax};
use crate::lines::line_end;
use crate::shown::shown_text;

/// Records that are looked at.
const SAMPLE: usize = 200;

/// A header is looked for among so many records.
const SEARCHED: usize = 64;

/// At most so many records make one header that is found.
const HEADER_ROWS: usize = 3;

/// At most so many records that look like any other may stand above the record that has the columns of the pipeline.
const ABOVE: usize = 2;

/// What a file shows that its reader should know of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Remark {
    /// Records before the header that are not read; the text of the first.
    Title { lines: usize, first: String },
    /// The header has several rows.
    HeaderRows(usize),
    /// The header did not fit the records; what mended it.
    Mended(&'static str),
    /// The header does not fit the records: the columns are those of the fields, in their order.
    ByOrder,
    /// What stands as the header looks like a record.
    LooksLikeData,
    /// Lines at the end that are not read; the text of the first.
    Footer { lines: u64, first: String },
    /// Sheets of a workbook that are not read.
    Sheets(String),
    /// Formulas of a sheet that have no value.
    Unvalued(u64),
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Remark::Title { lines: 1, first } => {
                write!(f, "the line `{first}` before the header is not read")
            }
            Remark::Title { lines, first } => {
                write!(f, "{lines} lines before the header are not read; the first is `{first}`")
            }
            Remark::HeaderRows(rows) => write!(f, "{rows} rows make the header"),
            Remark::Mended(how) => {
                write!(f, "the header does not fit the records and was read {how}")
            }
            Remark::Footer { lines: 1, first } => {
                write!(f, "the last line, `{first}`, is not read")
            }
            Remark::Footer { lines, first } => {
                write!(f, "the last {lines} lines are not read; the first is `{first}`")
            }
            Remark::Sheets(sheets) => f.write_str(sheets),
            Remark::Unvalued(1) => f.write_str(
                "a formula has no stored value and is read as missing; open the file in a spreadsheet program and save it",
            ),
            Remark::Unvalued(formulas) => write!(
                f,
                "{formulas} formulas have no stored value and are read as missing; open the file in a spreadsheet program and save it"
            ),
            Remark::ByOrder => f.write_str(
                "the header does not fit the records; the columns are taken in the order of the fields",
            ),
            Remark::LooksLikeData => f.write_str(
                "the first record looks like data but names the columns; `header: false` reads it as a record",
            ),
        }
    }
}

/// How the records of one file are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Column names, made unique: an empty one becomes `column_N`, a repeated one gets `_2`, `_3`, ...
    pub(crate) names: Vec<String>,
    /// The header's fields as written, to recognise it among the records; `None` where it is not sure to be a header.
    pub(crate) header: Option<Vec<String>>,
    /// Offset of the header, and of the first record.
    pub(crate) header_at: usize,
    pub(crate) data: usize,
    /// Empty fields beyond the header's are passed over.
    pub(crate) trailing: bool,
    /// Columns of a sheet in which nothing stands from the header on, by number.
    pub(crate) unused: Vec<usize>,
    pub(crate) remarks: Vec<Remark>,
}

impl Layout {
    /// Names of the columns that hold anything.
    pub(crate) fn used_names(&self) -> impl Iterator<Item = &String> {
        let names = self.names.iter().enumerate();
        names
            .filter(|(column, _)| self.unused.binary_search(column).is_err())
            .map(|(_, name)| name)
    }
}

/// The records that are looked at; the first begins at `start`.
pub(super) fn sample(head: &[u8], start: usize, is_whole: bool, syntax: &Syntax) -> Vec<Row> {
    syntax.sample(head, start, SAMPLE, is_whole)
}

/// Gives the rows of a sheet their empty cells at the end, so that they have one width. Rows above the first that fills a good part of it
/// stay as they are: they are lines of a title.
pub(super) fn level(rows: &mut [Row], width: usize) {
    let widest = rows.iter().map(Row::width).max().unwrap_or(0);
    let is_full = |row: &Row| row.filled() >= 2 && row.filled() * 3 > widest;
    let first = rows.iter().position(is_full).unwrap_or(0);
    for row in rows.iter_mut().skip(first) {
        let at = row.next;
        row.fields.resize_with(row.width().max(width), || Field {
            text: String::new(),
            is_quoted: false,
            is_stray: false,
            at,
        });
    }
}

/// Finds the layout of records by the first of them; `None` where there is no record and none is declared. `expected` are sets of
/// columns of which the file should have one whole, in the order in which the pipeline declares them.
pub(super) fn layout(
    head: &[u8],
    rows: Vec<Row>,
    syntax: &Syntax,
    declared: &model::Dialect,
    expected: &[Vec<String>],
) -> Option<Layout> {
    let first = rows.first()?;
    let may_trail = |width: usize, records: &[Row]| match declared.trailing_delimiter {
        Some(decided) => decided == TrailingDelimiter::Allow,
        None => all_trail(width, records),
    };
    let without_header = |names: Vec<String>| Layout {
        trailing: may_trail(names.len(), &rows),
        names: unique(&names),
        header: None,
        header_at: first.start,
        data: first.start,
        unused: Vec::new(),
        remarks: Vec::new(),
    };
    let find = |count: usize| match declared.skip {
        model::Skip::Found => find_header(&rows, expected, count),
        _ => 0,
    };
    let (at, count) = match &declared.header {
        Header::None => {
            let width = commonest_width(&rows);
            return Some(without_header(vec![String::new(); width]));
        }
        Header::Names(names) => return Some(without_header(names.clone())),
        Header::Rows(count) => {
            let count = usize::from(*count).min(rows.len());
            (find(count).min(rows.len() - count), count)
        }
        Header::Found => {
            let at = find(1);
            (at, header_rows(&rows, at, expected))
        }
    };
    let mut remarks = Vec::new();
    if at > 0 {
        let first = &head[first.start..first.next];
        remarks.push(Remark::Title {
            lines: at,
            first: shown(first),
        });
    }
    if declared.header == Header::Found && count > 1 {
        remarks.push(Remark::HeaderRows(count));
    }
    let header = rows.get(at..at + count)?;
    let records = rows.get(at + count..)?;
    let mut data = header.last()?.next;
    let mut names = joined(header);
    let width = settled_width(records);
    let trailing = may_trail(names.len(), records);
    let is_sure = !expected.is_empty()
        || matches!(declared.header, Header::Rows(_))
        || is_header(&header[0], records);
    if let Some(width) = width
        && width != names.len()
        && !(trailing && width > names.len())
    {
        // A quote that is never closed runs on into the records.
        let end = line_end(head, header[0].start).1;
        let line = &head[header[0].start..end];
        if count == 1
            && let Some((read_so, remark)) =
                mended(syntax, line, &names, width).or_else(|| by_order(line, width, expected))
        {
            names = read_so;
            data = end;
            remarks.push(remark);
        }
    } else if expected.is_empty()
        && declared.header == Header::Found
        && is_data(&header[0], records)
    {
        remarks.push(Remark::LooksLikeData);
    }
    Some(Layout {
        names: unique(&names),
        header: (is_sure && count == 1).then(|| header[0].texts()),
        header_at: header[0].start,
        data,
        trailing,
        unused: Vec::new(),
        remarks,
    })
}

/// The record that is the header: one that has the expected columns; else the first that is not a title.
fn find_header(rows: &[Row], expected: &[Vec<String>], count: usize) -> usize {
    let searched = rows.len().min(SEARCHED);
    let has_expected = |at: &usize| {
        let names = joined(&rows[*at..rows.len().min(at + count)]);
        fits(&names, expected)
    };
    let is_title =
        |row: &Row, width: usize| row.width() != width || (row.filled() <= 1 && width > 2);
    let after_titles = |at: &usize| {
        let width = rows[*at].width();
        rows[..*at].iter().all(|row| is_title(row, width))
    };
    if !expected.is_empty()
        && let Some(found) = (0..searched).find(has_expected)
        && (found <= ABOVE || after_titles(&found))
    {
        return found;
    }
    let width = commonest_width(rows);
    let agree = rows.iter().filter(|row| row.width() == width).count();
    if agree < 2 || agree * 2 <= rows.len() {
        return 0;
    }
    let sure = (0..searched)
        .find(|at| rows[*at].width() == width && is_header(&rows[*at], &rows[at + 1..]))
        .filter(after_titles);
    let plainly_a_title = |row: &Row| match row.width() == width {
        true => row.filled() <= 1 && width > 2,
        false => row.filled() <= 1 || row.filled() * 3 <= width,
    };
    sure.unwrap_or_else(|| {
        let titles = rows[..searched]
            .iter()
            .take_while(|row| plainly_a_title(row));
        let at = titles.count();
        // Something has to stand below a header. Where what is below titles is data, the last of them is a header that is damaged.
        match rows.get(at) {
            Some(row) if row.width() == width && at + 1 < rows.len() => {
                at - usize::from(at > 0 && is_data(row, &rows[at + 1..]))
            }
            _ => 0,
        }
    })
}

/// How many records at `at` make the header.
fn header_rows(rows: &[Row], at: usize, expected: &[Vec<String>]) -> usize {
    let counts = 2..=HEADER_ROWS.min(rows.len() - at);
    if !expected.is_empty() {
        let fit = |count: usize| fits(&joined(&rows[at..at + count]), expected);
        return match fit(1) {
            true => 1,
            false => counts.into_iter().find(|count| fit(*count)).unwrap_or(1),
        };
    }
    let records = |count: usize| rows.get(at + count..).unwrap_or_default();
    let is_one_more = |count: usize| {
        let row = &rows[at + count - 1];
        let header = &rows[at];
        let columns = typed_columns(records(count), row.width());
        columns.len() >= 2
            && row.width() == header.width()
            && row.texts() != header.texts()
            && is_header(row, records(count))
            && is_header(header, records(count))
    };
    let more = counts.take_while(|count| is_one_more(*count));
    more.last().unwrap_or(1)
}

fn fits(names: &[String], expected: &[Vec<String>]) -> bool {
    let names: Vec<&str> = names.iter().map(|name| bare(name)).collect();
    expected
        .iter()
        .any(|set| set.iter().all(|name| names.contains(&name.as_str())))
}

/// The names that rows of a header make, column by column.
fn joined(rows: &[Row]) -> Vec<String> {
    let width = rows.iter().map(Row::width).max().unwrap_or(0);
    let name = |column: usize| {
        let parts = rows.iter().filter_map(|row| row.fields.get(column));
        let parts = parts.map(|field| bare(&field.text));
        parts
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    match rows {
        [row] => row.texts(),
        _ => (0..width).map(name).collect(),
    }
}

/// The width that nearly all records have.
fn settled_width(records: &[Row]) -> Option<usize> {
    let width = commonest_width(records);
    let agree = records.iter().filter(|row| row.width() == width).count();
    (records.len() >= 2 && agree * 10 >= records.len() * 8).then_some(width)
}

/// The width that most records have; the first of several.
pub(super) fn commonest_width(rows: &[Row]) -> usize {
    let mut widths: Vec<(usize, usize)> = Vec::new();
    for row in rows {
        match widths.iter_mut().find(|(width, _)| *width == row.width()) {
            Some((_, rows)) => *rows += 1,
            None => widths.push((row.width(), 1)),
        }
    }
    let most = widths.iter().map(|(_, rows)| *rows).max();
    let found = widths.iter().find(|(_, rows)| Some(*rows) == most);
    found.map_or(0, |(width, _)| *width)
}

/// Whether all records have fields beyond a width, and all these are empty. Of a single record nobody can tell.
fn all_trail(width: usize, records: &[Row]) -> bool {
    let beyond = |row: &Row| {
        row.width() > width
            && row.fields[width..]
                .iter()
                .all(|field| field.text.is_empty())
    };
    records.len() > 1 && records.iter().all(beyond)
}

/// Columns in which nearly all values are numbers, dates or addresses.
fn typed_columns(records: &[Row], width: usize) -> Vec<usize> {
    (0..width)
        .filter(|column| is_typed_column(records, *column))
        .collect()
}

/// Whether nearly all values of a column are numbers, dates or addresses, and there are enough to tell.
pub(super) fn is_typed_column(records: &[Row], column: usize) -> bool {
    let cells = records.iter().filter_map(|row| row.fields.get(column));
    let filled = cells.map(|f| f.text.trim()).filter(|text| !text.is_empty());
    let (mut all, mut typed) = (0, 0);
    for text in filled {
        all += 1;
        typed += usize::from(is_typed(text));
    }
    all * 2 >= records.len() && all > 0 && typed * 10 >= all * 8
}

/// Whether a text is a number, an amount, a date, a time, an address of e-mail or web: what a column is not called.
fn is_typed(text: &str) -> bool {
    let is_mark = |c: char| c.is_ascii_digit() || " .,:;/+-%()$€£¥'".contains(c);
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    let without_t = text.trim_end_matches('Z').replacen('T', " ", 1);
    (has_digit && (text.chars().all(is_mark) || without_t.chars().all(is_mark)))
        || text.starts_with("http://")
        || text.starts_with("https://")
        || (text.contains('@') && !text.contains(' '))
        || is_uuid(text)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// Whether a record names columns: in each column of numbers or dates it has a text that is neither.
fn is_header(row: &Row, records: &[Row]) -> bool {
    let columns = typed_columns(records, row.width());
    let names = |column: &usize| {
        let text = row.fields[*column].text.trim();
        !text.is_empty() && !is_typed(text) && !onefold_values::NullTokens::default().is_null(text)
    };
    !columns.is_empty() && columns.iter().all(names)
}

/// Whether what stands as the header has a number or a date in each column of such.
fn is_data(row: &Row, records: &[Row]) -> bool {
    let columns = typed_columns(records, row.width());
    !columns.is_empty() && columns.iter().all(|c| is_typed(row.fields[*c].text.trim()))
}

/// The names of a damaged header, where one way to read its line has as many as the records have fields.
fn mended(
    syntax: &Syntax,
    line: &[u8],
    names: &[String],
    width: usize,
) -> Option<(Vec<String>, Remark)> {
    let filled = names.iter().filter(|name| !bare(name).is_empty());
    let filled: Vec<String> = filled.cloned().collect();
    if names.len() > width && filled.len() == width {
        return Some((filled, Remark::Mended("without its empty names")));
    }
    let row = syntax.row(line, 0)?;
    let stray = row.fields.iter().find(|field| field.is_stray);
    let unquoted = syntax.row_with(line, 0, stray.map(|field| field.at));
    let unquoted = unquoted.map(|row| (row, "with a quote that is never closed as a character"));
    let delimiters = b" ,;\t|".iter().filter(|b| **b != syntax.delimiter);
    let others = delimiters.filter_map(|delimiter| {
        let other = Syntax {
            delimiter: *delimiter,
            ..*syntax
        };
        let how = "with another delimiter than the records";
        Some((other.row(line, 0)?, how))
    });
    let fits = |row: &Row| row.width() == width && row.filled() == width;
    let found = unquoted
        .into_iter()
        .chain(others)
        .find(|(row, _)| fits(row));
    found.map(|(row, how)| (row.texts(), Remark::Mended(how)))
}

/// The declared columns in their order, where they are as many as the records have fields and half of them stand in the header.
fn by_order(line: &[u8], width: usize, expected: &[Vec<String>]) -> Option<(Vec<String>, Remark)> {
    let [declared] = expected else { return None };
    let line = String::from_utf8_lossy(line);
    let found = declared.iter().filter(|name| line.contains(*name)).count();
    let fits = declared.len() == width && found * 2 >= width;
    fits.then(|| (declared.clone(), Remark::ByOrder))
}

/// A name without what does not belong to it.
fn bare(name: &str) -> &str {
    name.trim().trim_start_matches('\u{feff}').trim()
}

fn unique(names: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(names.len());
    let mut taken = std::collections::HashSet::new();
    for (i, name) in names.iter().enumerate() {
        let name = bare(name);
        let base = if name.is_empty() {
            format!("column_{}", i + 1)
        } else {
            name.to_owned()
        };
        let mut candidate = base.clone();
        let mut n = 2;
        while !taken.insert(candidate.clone()) {
            candidate = format!("{base}_{n}");
            n += 1;
        }
        out.push(candidate);
    }
    out
}

/// The first line of a text, cut for a message.
pub(crate) fn shown(text: &[u8]) -> String {
    const SHOWN: usize = 60;
    let text = String::from_utf8_lossy(text);
    let line = shown_text(text.lines().next().unwrap_or_default());
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line.into_owned(),
    }
}
