//! What the head of an input tells: how its text is encoded, and how its records are written.

use std::io::Cursor;
use std::sync::{Arc, OnceLock};

use onefold_spec::model::{InputFormat, Source};

use crate::delimited::{self, Remark};
use crate::error::{Error, Kind};
use crate::input::{self, Footer, Opened, Stream, WithoutFooter};
use crate::json::{self, Layout, Preamble};
use crate::label::Label;
use crate::shown::shown_text;
use crate::workbook;

/// Bytes of a text that are looked at to tell how its records are written.
pub(crate) const HEAD: usize = 1 << 20;

/// The text of an input, and its first bytes.
pub(crate) struct Decoded {
    pub(crate) reader: Box<dyn Stream>,
    pub(crate) head: Vec<u8>,
    /// For a sheet: the last row with something in it, of each column.
    pub(crate) last_filled: Option<Vec<Option<u32>>>,
    /// What was found out before any record was read.
    pub(crate) remarks: Vec<Remark>,
    /// What is left out at its end, once that has been read.
    pub(crate) footer: Option<Arc<OnceLock<Footer>>>,
}

/// The decoded stream of an input, or the text of its sheet, and its first bytes.
pub(crate) fn decoded(
    opened: Opened,
    source: &Source,
    format: InputFormat,
    label: &Label,
) -> Result<Decoded, Error> {
    let mut decoded = match format.is_workbook() {
        true => sheet(opened, source, format, label)?,
        false => {
            let declared = source.encoding.as_ref().map(|label| input::encoding(label));
            Decoded {
                reader: opened.decode(declared.transpose()?, label)?,
                head: Vec::new(),
                last_filled: None,
                remarks: Vec::new(),
                footer: None,
            }
        }
    };
    let lines = source.dialect.footer;
    if lines > 0 && format != InputFormat::Json {
        let footer = Arc::default();
        let reader = WithoutFooter::new(decoded.reader, lines, Arc::clone(&footer));
        decoded.reader = Box::new(reader);
        decoded.footer = Some(footer);
    }
    let read = decoded.reader.append(HEAD, &mut decoded.head);
    read.map_err(|e| label.corrupt(e))?;
    Ok(decoded)
}

/// The text of a sheet.
pub(crate) fn sheet(
    opened: Opened,
    source: &Source,
    format: InputFormat,
    label: &Label,
) -> Result<Decoded, Error> {
    let bytes = opened.bytes(workbook::MAX_FILE, label)?;
    let wanted = source.sheet.as_ref().map(|sheet| sheet.value.as_str());
    let workbook::Read { sheet, passed_over } = workbook::read(bytes, format, wanted, label)?;
    let mut remarks = Vec::new();
    remarks.extend(passed_over.map(|sheets| Remark::Sheets(sheets.to_string())));
    remarks.extend((sheet.unvalued > 0).then_some(Remark::Unvalued(sheet.unvalued)));
    Ok(Decoded {
        reader: Box::new(Cursor::new(sheet.text)),
        head: Vec::new(),
        last_filled: Some(sheet.last_filled),
        remarks,
        footer: None,
    })
}

/// How a delimited file is written, or the rows of a sheet are laid out. A header cannot be set aside like a record: if it cannot be read,
/// neither can the file.
pub(crate) fn dialect(
    decoded: &Decoded,
    source: &Source,
    label: &Label,
    expected: &[Vec<String>],
) -> Result<Option<delimited::Dialect>, Error> {
    let head = decoded.head.as_slice();
    let is_whole = head.len() < HEAD;
    let found = match &decoded.last_filled {
        None => delimited::sniff(head, is_whole, &source.dialect, expected),
        Some(last) => delimited::sniff_sheet(head, is_whole, last, &source.dialect, expected),
    };
    let found = found
        .map_err(|_| label.unreadable("no line in its first MiB holds the text of `skip_until`"))?;
    if let Some(found) = &found
        && found.layout.header_at < found.layout.data
    {
        if found.layout.data == head.len() && !is_whole {
            return Err(label.unreadable("its first line, the header, is longer than 1 MiB"));
        }
        if let Err(e) = std::str::from_utf8(&head[found.layout.header_at..found.layout.data]) {
            let encoding = source
                .encoding
                .as_ref()
                .map_or("UTF-8", |label| label.as_str());
            let error = label.unreadable(format_args!(
                "its header is not valid {encoding} at byte {}",
                found.layout.header_at + e.valid_up_to() + 1
            ));
            return Err(
                error.hint("name the encoding of the file, such as `encoding: windows-1252`")
            );
        }
    }
    Ok(found)
}

/// Finds the first record of a JSON file and how the file is written, reading on as far as that takes.
pub(crate) fn json_start(
    reader: &mut Box<dyn Stream>,
    head: &mut Vec<u8>,
    source: &Source,
    label: &Label,
) -> Result<(usize, Layout), Error> {
    let path = &source.records;
    let mut whole = head.len() < HEAD;
    loop {
        match json::preamble(head, path, whole) {
            Preamble::Found { start, layout } => return Ok((start, layout)),
            Preamble::More => {
                let have = head.len();
                head.resize(have + have.max(HEAD), 0);
                let n = input::fill(reader, &mut head[have..]).map_err(|e| label.corrupt(e))?;
                whole = n < head.len() - have;
                head.truncate(have + n);
            }
            Preamble::NoArray { at, keys } => {
                let error = Error::new(
                    Kind::Declaration,
                    format!("`{}` has no array under `{at}`", label.name),
                );
                let last = path.last().map_or("", String::as_str);
                return Err(
                    match onefold_spec::nearest(last, keys.iter().map(String::as_str)) {
                        Some(near) => error.hint(format!("did you mean `{near}`?")),
                        None if keys.is_empty() => {
                            error.hint("`records:` names the key of an array")
                        }
                        None => error.hint(format!(
                            "`records:` names the key of an array; the keys there are {}",
                            quoted(&keys)
                        )),
                    },
                );
            }
            Preamble::Broken(what) => {
                return Err(
                    label.unreadable(format_args!("no array under `{}`: {what}", path.join(".")))
                );
            }
        }
    }
}

/// Names for a hint, the first of many.
pub(super) fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut list: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|n| format!("`{}`", shown_text(n)))
        .collect();
    if names.len() > SHOWN {
        list.push(format!("and {} more", names.len() - SHOWN));
    }
    list.join(", ")
}
