//! What a file is if it is not text: told by marks in its bytes, which its name cannot overrule.
//!
//! A mark is the beginning that a format prescribes for its files. Some marks are letters that a header may also begin with (`PARENT,CHILD`,
//! `BM,name`): these count only if the bytes around them are not text.

use std::borrow::Cow;

use onefold_spec::model::InputFormat;

use super::encodings::utf16_without_bom;

/// What a file is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Completes "it is ".
    pub(super) what: Cow<'static, str>,
    pub(super) hint: Cow<'static, str>,
}

impl Foreign {
    fn new(what: &'static str, hint: &'static str) -> Self {
        Foreign {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

const DECOMPRESS: &str = "decompress it first; gzip and zstd are read as they are";
const UNPACK: &str = "unpack it first; a folder or a pattern reads all of its files";
const SHEET: &str = "save the sheet as CSV (UTF-8) and read that";
const OLD_SHEET: &str = "open it with a spreadsheet program, save it as .xlsx, and read that";
const NO_TABLE: &str = "it holds no records; export the data as CSV and read that";
const EXPORT: &str = "export the data as CSV or Parquet with the program that wrote it";
const AVRO: &str =
    "convert it first, such as with DuckDB: COPY (FROM read_avro('FILE')) TO 'OUT.parquet'";
const ORC: &str =
    "convert it first, such as with Python: pandas.read_orc('FILE').to_parquet('OUT.parquet')";
const ARROW: &str =
    "convert it first, such as with Polars: polars.read_ipc('FILE').write_parquet('OUT.parquet')";
const ARROW_STREAM: &str = "convert it first, such as with Polars: polars.read_ipc_stream('FILE').write_parquet('OUT.parquet')";
const FEATHER: &str =
    "convert it first, such as with Python: pandas.read_feather('FILE').to_parquet('OUT.parquet')";
const SQLITE: &str =
    "export a table of it, such as with: sqlite3 -header -csv FILE 'SELECT * FROM t' > OUT.csv";
const DUCKDB: &str = "export a table of it with DuckDB: COPY t TO 'OUT.parquet'";

/// How sure a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// No text begins so.
    Yes,
    /// Text may begin so.
    IfBinary,
}

struct Mark {
    at: usize,
    bytes: &'static [u8],
    sure: Sure,
    what: &'static str,
    hint: &'static str,
}

const fn mark(bytes: &'static [u8], what: &'static str, hint: &'static str) -> Mark {
    Mark {
        at: 0,
        bytes,
        sure: Sure::Yes,
        what,
        hint,
    }
}

const fn letters(bytes: &'static [u8], what: &'static str, hint: &'static str) -> Mark {
    Mark {
        at: 0,
        bytes,
        sure: Sure::IfBinary,
        what,
        hint,
    }
}

/// In the middle of text the same bytes are chance.
const fn later(at: usize, bytes: &'static [u8], what: &'static str, hint: &'static str) -> Mark {
    Mark {
        at,
        bytes,
        sure: Sure::IfBinary,
        what,
        hint,
    }
}

/// In the order in which they are tried.
static MARKS: &[Mark] = &[
    // Compression.
    mark(b"\x1f\x8b", "gzip", DECOMPRESS),
    mark(b"\x28\xb5\x2f\xfd", "zstd", DECOMPRESS),
    letters(b"BZh", "bzip2-compressed", DECOMPRESS),
    mark(b"\xfd7zXZ\0", "xz-compressed", DECOMPRESS),
    mark(b"\x04\x22\x4d\x18", "lz4-compressed", DECOMPRESS),
    mark(b"\x02\x21\x4c\x18", "lz4-compressed", DECOMPRESS),
    mark(b"\xff\x06\0\0sNaPpY", "snappy-compressed", DECOMPRESS),
    mark(b"\x1f\x9d", "compressed by `compress`", DECOMPRESS),
    mark(b"\x1f\xa0", "compressed by `compress`", DECOMPRESS),
    letters(b"LZIP", "lzip-compressed", DECOMPRESS),
    mark(b"\x89LZO\0\r\n\x1a\n", "lzop-compressed", DECOMPRESS),
    // Archives.
    Mark {
        at: 257,
        ..mark(b"ustar", "a tar archive", UNPACK)
    },
    mark(b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    mark(b"!<arch>\n", "an ar archive", UNPACK),
    mark(b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    mark(b"MSCF\0\0\0\0", "a cabinet archive", UNPACK),
    // Tables.
    letters(b"ORC", "an ORC file", ORC),
    mark(b"Obj\x01", "an Avro file", AVRO),
    mark(b"ARROW1\0\0", "an Arrow IPC file (Feather)", ARROW),
    mark(b"\xff\xff\xff\xff", "an Arrow IPC stream", ARROW_STREAM),
    letters(b"FEA1", "a Feather file of version 1", FEATHER),
    mark(b"SQLite format 3\0", "a SQLite database", SQLITE),
    later(8, b"DUCK", "a DuckDB database", DUCKDB),
    later(4, b"Standard Jet DB", "an Access database", EXPORT),
    later(4, b"Standard ACE DB", "an Access database", EXPORT),
    mark(b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    mark(b"\x0e\x03\x13\x01", "an HDF4 file", EXPORT),
    mark(b"MATLAB 5.0 MAT-file", "a Matlab file", EXPORT),
    mark(b"\x93NUMPY", "a NumPy file", EXPORT),
    mark(b"$FL2@(#)", "an SPSS file", EXPORT),
    mark(b"$FL3@(#)", "an SPSS file", EXPORT),
    mark(b"<stata_dta>", "a Stata file", EXPORT),
    later(
        12,
        b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\0\x09\xc7\x31\x8c",
        "a SAS data set",
        EXPORT,
    ),
    letters(b"RDX", "an R data file", EXPORT),
    letters(b"X\n\0\0\0", "an R data file", EXPORT),
    mark(b"SEQ\x06", "a Hadoop sequence file", EXPORT),
    mark(b"RCF\x01", "an RCFile", EXPORT),
    mark(b"\x80\x02", "a Python pickle", EXPORT),
    mark(b"\x80\x03", "a Python pickle", EXPORT),
    mark(b"\x80\x04\x95", "a Python pickle", EXPORT),
    mark(b"\x80\x05\x95", "a Python pickle", EXPORT),
    letters(b"bplist00", "a binary property list", EXPORT),
    letters(b"PGDMP", "a PostgreSQL dump", EXPORT),
    // Documents and pictures.
    mark(b"%PDF-", "a PDF document", NO_TABLE),
    mark(b"{\\rtf", "an RTF document", NO_TABLE),
    mark(b"\x89PNG\r\n\x1a\n", "a PNG picture", NO_TABLE),
    mark(b"\xff\xd8\xff", "a JPEG picture", NO_TABLE),
    letters(b"GIF87a", "a GIF picture", NO_TABLE),
    letters(b"GIF89a", "a GIF picture", NO_TABLE),
    mark(b"II*\0", "a TIFF picture", NO_TABLE),
    mark(b"MM\0*", "a TIFF picture", NO_TABLE),
    letters(b"BM", "a BMP picture", NO_TABLE),
    later(8, b"WEBPVP8", "a WebP picture", NO_TABLE),
    letters(b"RIFF", "a sound or a film", NO_TABLE),
    letters(b"OggS", "a sound or a film", NO_TABLE),
    letters(b"ID3", "a sound", NO_TABLE),
    later(4, b"ftyp", "a picture or a film", NO_TABLE),
    // Programs.
    mark(b"\x7fELF", "a program (ELF)", NO_TABLE),
    letters(b"MZ", "a program (Windows)", NO_TABLE),
    mark(b"\xcf\xfa\xed\xfe", "a program (macOS)", NO_TABLE),
    mark(b"\xca\xfe\xba\xbe", "a program (Java or macOS)", NO_TABLE),
    mark(b"\0asm", "a program (WebAssembly)", NO_TABLE),
];

/// What the first bytes of a file are, unless they are text or Parquet.
pub(super) fn foreign(head: &[u8], directory: &[u8]) -> Option<Foreign> {
    if head.starts_with(b"PK\x03\x04")
        || head.starts_with(b"PK\x05\x06")
        || head.starts_with(b"PK\x07\x08")
    {
        return Some(zip(head, directory));
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Some(compound(head));
    }
    let is = |mark: &Mark| {
        let rest = head.get(mark.at..).unwrap_or_default();
        rest.starts_with(mark.bytes) && (mark.sure == Sure::Yes || is_binary(head))
    };
    let found = MARKS.iter().find(|mark| is(mark))?;
    Some(Foreign::new(found.what, found.hint))
}

/// Whether a file is a workbook that can be read. `directory`: the end of a zip archive, which has the names of its parts.
pub(super) fn workbook(head: &[u8], directory: &[u8]) -> Option<InputFormat> {
    if !head.starts_with(b"PK\x03\x04") {
        return None;
    }
    // The first part is not compressed, so that it can be seen here.
    let first = head.get(..256).unwrap_or(head);
    if has_text(
        first,
        "mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
    ) {
        return Some(InputFormat::Ods);
    }
    let has = |text: &str| has_text(head, text) || has_text(directory, text);
    let is_excel = has("xl/workbook.xml") || has("xl/worksheets/") || has("xl\\worksheets\\");
    let is_other = has("xl/workbook.bin") || has("word/document") || has("ppt/presentation");
    (is_excel && !is_other).then_some(InputFormat::Xlsx)
}

fn has_text(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// A zip archive: most office documents are one, and the names in it tell which.
fn zip(head: &[u8], directory: &[u8]) -> Foreign {
    let has = |text: &str| has_text(head, text) || has_text(directory, text);
    let sheet = |what| Foreign::new(what, SHEET);
    let text = |what| Foreign::new(what, NO_TABLE);
    match () {
        () if has("xl/workbook.bin") => Foreign::new("a binary Excel workbook (.xlsb)", OLD_SHEET),
        () if has("application/vnd.oasis.opendocument.spreadsheet") => {
            sheet("an OpenDocument spreadsheet (.ods)")
        }
        () if has("application/vnd.oasis.opendocument") => text("an OpenDocument document"),
        () if has("xl/workbook") || has("xl/worksheets") || has("xl/sharedStrings") => {
            sheet("an Excel workbook (.xlsx)")
        }
        () if has("word/") => text("a Word document (.docx)"),
        () if has("ppt/") => text("a PowerPoint presentation (.pptx)"),
        () if has("[Content_Types].xml") => sheet("an Office document (such as .xlsx)"),
        () if has("Index/Document.iwa") || has("Index/Tables") => {
            sheet("a Numbers or Pages document")
        }
        () if has(".npy") => Foreign::new("a NumPy archive (.npz)", EXPORT),
        () => Foreign::new("a zip archive", UNPACK),
    }
}

/// A compound file: Office documents before 2007, and those that a password protects.
fn compound(head: &[u8]) -> Foreign {
    let has = |text: &str| {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memchr::memmem::find(head, &wide).is_some()
    };
    match () {
        () if has("EncryptedPackage") => Foreign::new(
            "an Office document that a password protects",
            "open it with its password, and save it without",
        ),
        () if has("Workbook") => Foreign::new("an old Excel workbook (.xls)", OLD_SHEET),
        () if has("WordDocument") => Foreign::new("an old Word document (.doc)", NO_TABLE),
        () => Foreign::new("an old Office document (such as .xls)", OLD_SHEET),
    }
}

/// Bytes that are looked at to tell whether a file is text.
const SAMPLE: usize = 4096;

/// Bytes of which at least one is odd where a file is not text. A header of text may stand before records with bytes of any kind in
/// them: those are theirs to answer for.
const START: usize = 64;

/// Whether the first bytes are no text in any encoding that is told without being declared: zero bytes among many others that text does
/// not have. A few zeros in a text, and zeros that fill its end, are left to its records.
pub(super) fn is_binary(head: &[u8]) -> bool {
    let sample = &head[..head.len().min(SAMPLE)];
    if is_utf16(sample) || sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff") {
        return false;
    }
    let end = sample.iter().rposition(|b| *b != 0).map_or(0, |i| i + 1);
    let body = &sample[..end];
    // Zeros alone.
    if body.is_empty() {
        return sample.len() >= 16;
    }
    let is_control = |b: &u8| matches!(b, 1..=8 | 0x0e..=0x19 | 0x1c..=0x1f | 0x7f);
    let zeros = body.iter().filter(|b| **b == 0).count();
    let controls = body.iter().filter(|b| is_control(b)).count();
    if !body.iter().take(START).any(|b| *b == 0 || is_control(b)) {
        return false;
    }
    let high = body.iter().filter(|b| **b >= 0x80).count();
    let broken = if simdutf8::basic::from_utf8(body).is_ok() {
        0
    } else {
        high
    };
    let odd = zeros + controls + broken;
    // Compressed pages have hardly a zero among them, but every control character.
    let has_zeros =
        zeros > 0 && odd * 10 >= body.len() * 3 && (controls + broken) * 20 >= body.len();
    let has_controls = controls * 25 >= body.len() && broken * 4 >= body.len();
    // A name, then a header of fixed width.
    let has_line = body
        .iter()
        .take(4 * START)
        .any(|b| matches!(b, b'\n' | b'\r'));
    let is_padded = body.len() >= START && zeros * 2 >= body.len() && !has_line;
    body.len() >= 8 && (has_zeros || has_controls || is_padded)
}

/// ASCII text in UTF-16 has a zero in every other byte.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    utf16_without_bom(head).is_some()
}

/// Text in UTF-32 has two zeros or more in every four bytes.
pub(super) fn is_utf32(head: &[u8]) -> bool {
    if head.starts_with(&[0xff, 0xfe, 0, 0]) || head.starts_with(&[0, 0, 0xfe, 0xff]) {
        return true;
    }
    let sample = &head[..head.len().min(512) & !3];
    let all = |ascii: usize, zeros: [usize; 3]| {
        let mut letters = sample.chunks(4);
        letters.all(|c| matches!(c[ascii], 1..=0x7f) && zeros.iter().all(|i| c[*i] == 0))
    };
    sample.len() >= 16 && (all(0, [1, 2, 3]) || all(3, [0, 1, 2]))
}

/// Whether text is markup: an HTML page or an XML document. What it is.
pub(super) fn markup(head: &[u8]) -> Option<&'static str> {
    // UTF-16 has zeros between the letters, UTF-8 may have a mark in front.
    let start: Vec<u8> = head
        .iter()
        .filter(|b| **b != 0 && !matches!(b, 0xef | 0xbb | 0xbf | 0xfe | 0xff))
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take(512)
        .map(|b| b.to_ascii_lowercase())
        .collect();
    let after = start.strip_prefix(b"<")?;
    let page = [
        &b"!doctype html"[..],
        b"html",
        b"head>",
        b"body",
        b"table",
        b"script",
        b"meta ",
    ];
    let ends = |tag: &[u8]| {
        let next = after.get(tag.len());
        !tag.last().is_some_and(u8::is_ascii_alphabetic)
            || next.is_none_or(|b| matches!(b, b'>' | b' ' | b'\t' | b'\r' | b'\n' | b'/'))
    };
    if page.iter().any(|tag| after.starts_with(tag) && ends(tag)) {
        return Some("an HTML page");
    }
    if after.starts_with(b"?xml") || after.starts_with(b"!doctype") || after.starts_with(b"!--") {
        return Some(match memchr::memmem::find(&start, b"<html").is_some() {
            true => "an HTML page",
            false => "an XML document",
        });
    }
    // A tag and right behind it the next one.
    let name = after
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || b"_:-.".contains(b));
    let name = name.count();
    if name == 0 || !after[0].is_ascii_alphabetic() {
        return None;
    }
    let rest = &after[name..];
    let closed = memchr::memchr(b'>', rest)?;
    let attributes = &rest[..closed];
    let plain =
        attributes.is_empty() || attributes[0].is_ascii_whitespace() && attributes.contains(&b'=');
    let next = rest[closed + 1..].iter().find(|b| !b.is_ascii_whitespace());
    (plain && next == Some(&b'<') && !attributes.contains(&b',')).then_some("an XML document")
}

#[cfg(test)]
mod tests;
