//! How the bytes of a source are written.

/// What the bytes of a source are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFormat {
    /// Delimited text: comma, tab, pipe, any single byte.
    Csv,
    /// JSON in any framing: one array, an array under a path, lines, objects one after another.
    Json,
    /// Apache Parquet.
    Parquet,
    /// A workbook of Excel since 2007.
    Xlsx,
    /// An OpenDocument spreadsheet.
    Ods,
}

impl InputFormat {
    /// Whether it has sheets.
    pub fn is_workbook(self) -> bool {
        matches!(self, Self::Xlsx | Self::Ods)
    }
}

/// How delimited text is written, as far as the pipeline says; the content decides the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialect {
    /// What separates fields; `None`: the content decides.
    pub delimiter: Option<Delimiter>,
    /// What stands around fields that hold delimiters; `None`: the content decides.
    pub quote: Option<Quote>,
    /// The character that makes the one after it plain; `None`: the content decides.
    pub escape: Option<u8>,
    /// Lines that begin with this character are not read.
    pub comment: Option<u8>,
    /// Where the column names come from.
    pub header: Header,
    /// What stands before the header or the first record.
    pub skip: Skip,
    /// Lines at the end that are not records.
    pub footer: u64,
    /// A record with too few fields is filled up with missing values.
    pub pad: bool,
    /// Whether records may have empty fields beyond the header's; `None`: where all records of a file have them.
    pub trailing_delimiter: Option<TrailingDelimiter>,
    /// What a line without a character is.
    pub blank_lines: BlankLines,
}

/// What separates fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiter {
    /// The separator.
    pub byte: u8,
    /// Spaces after it do not belong to the field.
    pub spaces: bool,
}

impl Delimiter {
    /// A separator without spaces.
    pub fn plain(byte: u8) -> Self {
        Self {
            byte,
            spaces: false,
        }
    }
}

/// What stands around fields that hold delimiters or line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// Nothing: every character stands for itself.
    None,
    /// This character.
    Character(u8),
}

/// Where the column names of delimited text come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Header {
    /// The first record that looks like a header.
    #[default]
    Found,
    /// So many records at the start, their texts joined column by column.
    Rows(u8),
    /// There is none; columns are `column_1`, `column_2`, ...
    None,
    /// There is none; the pipeline gives the names.
    Names(Vec<String>),
}

/// Lines of delimited text before the header or the first record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Skip {
    /// The content tells.
    #[default]
    Found,
    /// So many lines.
    Lines(u64),
    /// All lines before the first that holds this text.
    Until(String),
}

/// Whether records may have empty fields beyond the header's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrailingDelimiter {
    /// They are passed over.
    Allow,
    /// The record has too many fields.
    Reject,
}

/// What a line of delimited text without a character is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BlankLines {
    /// Nothing.
    #[default]
    Skip,
    /// A record with one empty field.
    Record,
}
