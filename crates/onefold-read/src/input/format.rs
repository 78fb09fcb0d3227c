//! What a file is. Its content decides; its name counts only where the content leaves a doubt.
//!
//! In this order:
//!
//! 1. a mark of a binary format decides, whatever the name and the pipeline say, and so do the names of the parts in a zip archive;
//! 2. `format:` overrules the name;
//! 3. a name that only a binary format has (`.parquet`, `.xlsx`) is believed: text under it is a damaged file;
//! 4. bytes that are not text are refused, and so are HTML pages and XML, unless `format: csv` or an `encoding:` says what they are;
//! 5. the first characters tell JSON from delimited text; if they cannot, the name does.

use onefold_spec::model::{InputFormat, Source};

use super::marks;
use super::open::{END, Opened};
use crate::error::Error;
use crate::label::Label;

const PARQUET: &[u8] = b"PAR1";
const ENCRYPTED: &[u8] = b"PARE";

/// Endings of names that text does not have, and the format that has them. `.xls` is not among them: many programs write text or a page
/// under that name.
const BINARY_NAMES: &[(&str, &str)] = &[
    (".parquet", "Parquet"),
    (".parq", "Parquet"),
    (".pq", "Parquet"),
    (".orc", "ORC"),
    (".avro", "Avro"),
    (".arrow", "Arrow IPC"),
    (".feather", "Arrow IPC"),
    (".xlsx", "an Excel workbook"),
    (".xlsm", "an Excel workbook"),
    (".xlsb", "an Excel workbook"),
    (".ods", "an OpenDocument spreadsheet"),
    (".sqlite", "a SQLite database"),
    (".sqlite3", "a SQLite database"),
    (".duckdb", "a DuckDB database"),
    (".h5", "HDF5"),
    (".hdf5", "HDF5"),
    (".npy", "NumPy"),
    (".npz", "NumPy"),
    (".pkl", "a Python pickle"),
    (".pickle", "a Python pickle"),
    (".sas7bdat", "a SAS data set"),
    (".sav", "SPSS"),
    (".pdf", "PDF"),
];

/// What a file of a source is.
///
/// # Errors
/// It is something that is not read, or is damaged.
pub(crate) fn format(
    opened: &Opened,
    source: &Source,
    label: &Label,
) -> Result<InputFormat, Error> {
    let head = &opened.head;
    let refused = |what: &str| label.unreadable(format_args!("it is {what}"));
    let name = plain_name(&label.name);
    let binary_name = BINARY_NAMES.iter().find(|(end, _)| name.ends_with(end));
    let is_text_by_declaration =
        matches!(source.format, Some(InputFormat::Csv | InputFormat::Json));

    let says_parquet = source.format == Some(InputFormat::Parquet)
        || binary_name.is_some_and(|(_, format)| *format == "Parquet");
    match parquet(opened, says_parquet && !is_text_by_declaration) {
        Parquet::No => {}
        Parquet::Damaged(what) => {
            return Err(refused(&format!("a damaged Parquet file: {what}"))
                .hint("fetch or write the file again"));
        }
        Parquet::Encrypted => {
            return Err(
                refused("an encrypted Parquet file").hint("write it again without encryption")
            );
        }
        Parquet::Yes => {
            if let Some(packed) = opened.packed {
                let what = format!("a Parquet file inside {packed} compression");
                return Err(
                    refused(&what).hint("decompress it first: Parquet compresses by itself")
                );
            }
            if is_text_by_declaration {
                return Err(
                    refused("a Parquet file, and the source declares another `format`")
                        .hint("declare `format: parquet`, or leave `format` out"),
                );
            }
            return Ok(InputFormat::Parquet);
        }
    }
    if let Some(found) = marks::workbook(head, &opened.directory) {
        let (what, word) = match found {
            InputFormat::Ods => ("an OpenDocument spreadsheet", "ods"),
            _ => ("an Excel workbook", "xlsx"),
        };
        if source.format.is_some_and(|declared| declared != found) {
            let what = format!("{what}, and the source declares another `format`");
            let hint = format!("declare `format: {word}`, or leave `format` out");
            return Err(refused(&what).hint(hint));
        }
        return Ok(found);
    }
    if let Some(found) = marks::foreign(head, &opened.directory) {
        let error = match opened.packed {
            Some(_) if matches!(found.what.as_ref(), "gzip" | "zstd") => {
                return Err(refused("compressed twice").hint("decompress it once first"));
            }
            Some(packed) => refused(&format!("{} inside {packed} compression", found.what)),
            None => refused(&found.what),
        };
        return Err(error.hint(found.hint));
    }
    match source.format {
        Some(InputFormat::Parquet) => return Ok(InputFormat::Parquet),
        Some(declared) if declared.is_workbook() => {
            let what = match head.is_empty() {
                true => "it is empty".to_owned(),
                false => format!("it begins with `{}`", beginning(head)),
            };
            let error = label.unreadable(format_args!("it is not a workbook: {what}"));
            return Err(error.hint("leave `format` out, and the content decides"));
        }
        Some(_) => {}
        None => {
            if let Some((end, format)) = binary_name {
                let what = match head.is_empty() {
                    true => "it is empty".to_owned(),
                    false => format!("it begins with `{}`", beginning(head)),
                };
                let error =
                    label.unreadable(format_args!("its name says {format} (`{end}`), but {what}"));
                return Err(error.hint(
                    "the file is damaged; if it is text under that name, declare `format: csv` or `format: json`",
                ));
            }
        }
    }
    if source.encoding.is_none() && !marks::is_utf32(head) && marks::is_binary(head) {
        let what = match head.iter().all(|b| *b == 0) {
            true => "nothing but zero bytes, as a copy that broke off leaves them".to_owned(),
            false => format!("not text: it begins with `{}`", beginning(head)),
        };
        return Err(refused(&what).hint(
            "export the data as CSV, JSON or Parquet; if it is text, name its encoding, such as `encoding: utf-16le`",
        ));
    }
    if source.format != Some(InputFormat::Csv)
        && let Some(what) = marks::markup(head)
    {
        let error = match what {
            "an HTML page" => refused(
                "an HTML page, such as a login page or an error that was saved in place of the data",
            )
            .hint("fetch the data again, or export it as CSV; `format: csv` reads the page as lines of text"),
            _ => refused(what).hint(
                "convert it to CSV or JSON first; `format: csv` reads it as lines of text",
            ),
        };
        return Err(error);
    }
    Ok(source.format.unwrap_or_else(|| text_format(head, name)))
}

/// Whether a name is one that only a binary format has, so that text under it is refused unless `format` says what it is.
pub fn is_binary_name(name: &str) -> bool {
    let name = plain_name(name);
    BINARY_NAMES.iter().any(|(end, _)| name.ends_with(end))
}

/// A name in small letters, without the ending of its compression.
fn plain_name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let packed = [".gz", ".zst", ".zstd"];
    let plain = packed.iter().find_map(|end| name.strip_suffix(end));
    plain.map_or_else(|| name.clone(), str::to_owned)
}

/// JSON or delimited text: the content decides, the name only where the content does not.
fn text_format(head: &[u8], name: String) -> InputFormat {
    let named_json = [".json", ".jsonl", ".ndjson", ".geojson"]
        .iter()
        .any(|e| name.ends_with(e));
    let named_text = [".csv", ".tsv", ".txt", ".psv"]
        .iter()
        .any(|e| name.ends_with(e));
    let printable = head.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(head);
    let mut marks = printable
        .iter()
        .filter(|b| !b.is_ascii_whitespace() && **b != 0);
    let json = match (marks.next(), marks.next()) {
        (Some(b'{'), Some(b'"' | b'}')) => true,
        (Some(b'['), Some(b'{' | b'[' | b'"' | b']')) => true,
        (Some(b'{' | b'['), _) => !named_text,
        _ => false,
    };
    if json || named_json {
        InputFormat::Json
    } else {
        InputFormat::Csv
    }
}

/// Whether decoded text holds nothing: white space alone.
pub(crate) fn is_blank(text: &[u8]) -> bool {
    let text = text.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(text);
    text.iter().all(u8::is_ascii_whitespace)
}

enum Parquet {
    Yes,
    No,
    Damaged(&'static str),
    Encrypted,
}

/// Whether a file is Parquet, which has its mark at both ends. `PAR1` and `PARE` may begin the header of a text too.
fn parquet(opened: &Opened, says_so: bool) -> Parquet {
    let head = &opened.head;
    let (size, end) = &opened.end;
    let starts = |mark| head.starts_with(mark);
    // The end of what is compressed is not the end of the file.
    let known_end = opened.packed.is_none() && end.len() == END;
    let (length, mark) = end.split_at(end.len().min(4));
    let footer = length
        .try_into()
        .map(u32::from_le_bytes)
        .unwrap_or(u32::MAX);
    let marked = |wanted: &[u8]| known_end && mark == wanted;
    // No text ends so: the length of the footer stands before the mark.
    let ends = |wanted: &[u8]| marked(wanted) && u64::from(footer) + 12 <= *size;
    if starts(PARQUET) {
        let binary = says_so || marks::is_binary(head);
        return match (binary, !known_end || marked(PARQUET)) {
            (true, true) => Parquet::Yes,
            (true, false) => Parquet::Damaged("its end is missing, so it was cut off"),
            (false, _) if ends(PARQUET) => Parquet::Yes,
            (false, _) => Parquet::No,
        };
    }
    if starts(ENCRYPTED) && (ends(ENCRYPTED) || marks::is_binary(head)) {
        return Parquet::Encrypted;
    }
    if ends(PARQUET) || ends(ENCRYPTED) {
        return Parquet::Damaged("its first bytes are not those of Parquet");
    }
    Parquet::No
}

/// The first bytes for a message: what can be printed as it is, the rest as numbers.
fn beginning(head: &[u8]) -> String {
    const SHOWN: usize = 16;
    let mut text = String::new();
    for byte in head.iter().take(SHOWN) {
        match byte {
            b' '..=b'~' if *byte != b'`' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    if head.len() > SHOWN {
        text.push_str("...");
    }
    text
}
