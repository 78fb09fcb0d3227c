//! A workbook of Excel, a sheet a table.
//!
//! # Cells
//! A text is a text whatever it looks like: never a formula, a link, a number. Its cell also has the format *text*, so that it stays one
//! when somebody edits it. A number of at most 15 digits, a day from March 1900 and a moment in whole milliseconds are what Excel calls a
//! number and a date. Excel would show less than all of any other, so those are texts, as CSV has them. A missing value is an empty
//! cell, and so is an empty text.
//!
//! # Memory
//! One row a sheet. The rows of a sheet lie in a file without a name, which nobody else can open and which is gone when the process
//! ends, until the workbook is whole.
//!
//! # Bytes
//! The same tables give the same bytes: the workbook names a fixed time as that of its making, and its formats have fixed numbers.

use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, IgnoreError, Workbook as Book, Worksheet, XlsxError,
};

use crate::error::{Cause, Error};
use crate::text::{Cell, Cells, check_batch, check_types};

/// Most rows of a sheet, the names of the columns among them.
pub(crate) const MAX_ROWS: u64 = 1_048_576;
/// Most columns of a sheet.
pub(crate) const MAX_COLUMNS: usize = 16_384;
/// Most characters of a cell, as UTF-16 counts them.
pub(crate) const MAX_CHARACTERS: usize = 32_767;

/// Days from Excel's day 0 to 1970-01-01.
const EPOCH: i64 = 25_569;
const MILLIS_A_DAY: f64 = 86_400_000.0;

/// Most digits behind the point that a number format has.
const MAX_SCALE: i8 = 30;

/// Widths of columns, in characters.
const NARROWEST: usize = 8;
const WIDEST: usize = 60;

/// Bytes of a sheet, estimated from above, from which on the file needs the form for large ones.
const LARGE: u64 = 3 << 30;

/// A workbook that is being made.
pub struct Workbook {
    book: Book,
    formats: Formats,
}

/// A sheet of a [`Workbook`] that is being filled.
pub struct Sheet {
    sheet: Worksheet,
    schema: SchemaRef,
    formats: Formats,
    rows: u64,
    /// Characters of the widest cell of each column.
    widths: Vec<usize>,
    /// Estimated from above.
    bytes: u64,
    buffer: Vec<u8>,
}

#[derive(Clone)]
struct Formats {
    name: Format,
    text: Format,
    integer: Format,
    day: Format,
    moment: Format,
    moment_with_millis: Format,
}

impl Formats {
    fn new() -> Self {
        let of = |code: &str| Format::new().set_num_format(code);
        Self {
            name: of("@").set_bold(),
            text: of("@"),
            integer: of("0"),
            day: of("yyyy-mm-dd"),
            moment: of("yyyy-mm-dd hh:mm:ss"),
            moment_with_millis: of("yyyy-mm-dd hh:mm:ss.000"),
        }
    }

    /// The format of a column; `None`: a number or a boolean as Excel shows it.
    fn of(&self, data_type: &DataType) -> Option<Format> {
        match data_type {
            DataType::Boolean | DataType::Null => None,
            DataType::Float16 | DataType::Float32 | DataType::Float64 => None,
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => match usize::try_from(*scale) {
                Ok(0) | Err(_) => Some(self.integer.clone()),
                Ok(digits) if *scale <= MAX_SCALE => {
                    let code = format!("0.{}", "0".repeat(digits));
                    Some(Format::new().set_num_format(code))
                }
                Ok(_) => None,
            },
            integer if integer.is_integer() => Some(self.integer.clone()),
            DataType::Date32 => Some(self.day.clone()),
            DataType::Timestamp(..) => Some(self.moment.clone()),
            DataType::Dictionary(_, values) => self.of(values),
            _ => Some(self.text.clone()),
        }
    }
}

impl std::fmt::Debug for Workbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbook").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl Workbook {
    /// A workbook without sheets. Their rows lie in `folder` until it is whole.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where no file can be made there.
    pub fn new(folder: &Path) -> Result<Self, Error> {
        let mut book = Book::new();
        let formats = Formats::new();
        caught(|| {
            book.set_tempdir(folder)?;
            let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
            book.set_properties(&DocProperties::new().set_creation_datetime(&made));
            Ok(())
        })?;
        for format in [
            &formats.name,
            &formats.text,
            &formats.integer,
            &formats.day,
            &formats.moment,
            &formats.moment_with_millis,
        ] {
            book.register_format(format);
        }
        Ok(Self { book, formats })
    }

    /// Begins a sheet for tables of this schema.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`](crate::ErrorKind::Schema) for a column type without a text form;
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) for too many columns, and a name too long for a cell;
    /// [`ErrorKind::Options`](crate::ErrorKind::Options) for a name that Excel does not allow;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn sheet(&mut self, name: &str, schema: &SchemaRef) -> Result<Sheet, Error> {
        check_types(schema, "a workbook")?;
        let columns = schema.fields().len();
        if columns > MAX_COLUMNS {
            return Err(Cause::SheetColumns(columns).into());
        }
        for field in schema.fields() {
            check_length(field.name().as_bytes(), field.name(), 1)?;
        }
        let formats = self.formats.clone();
        let sheet = caught(|| {
            let mut sheet = self.book.new_worksheet_with_constant_memory()?;
            sheet.set_name(name)?;
            sheet.set_freeze_panes(1, 0)?;
            for (number, field) in (0..).zip(schema.fields()) {
                if let Some(format) = formats.of(field.data_type()) {
                    sheet.set_column_format(number, &format)?;
                }
            }
            for (number, field) in (0..).zip(schema.fields()) {
                sheet.write_string_with_format(0, number, field.name(), &formats.name)?;
            }
            Ok(sheet)
        })?;
        let names = schema.fields().iter();
        Ok(Sheet {
            sheet,
            schema: SchemaRef::clone(schema),
            formats,
            rows: 0,
            widths: names.map(|field| field.name().chars().count()).collect(),
            bytes: 0,
            buffer: Vec::new(),
        })
    }

    /// Writes the workbook with these sheets, in this order; the sink, flushed.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace).
    pub fn finish<W: Write + Send>(mut self, sheets: Vec<Sheet>, sink: W) -> Result<W, Error> {
        let bytes = sheets.iter().map(|sheet| sheet.bytes).max();
        self.book
            .use_zip_large_file(bytes.is_some_and(|bytes| bytes > LARGE));
        let mut sink = Noting { sink, failed: None };
        let saved = caught(|| {
            for sheet in sheets {
                self.book.push_worksheet(sheet.finished()?);
            }
            self.book.save_to_writer(&mut sink)
        });
        if let Some(error) = sink.failed {
            return Err(Cause::Sink(error).into());
        }
        saved?;
        sink.sink.flush().map_err(Cause::Sink)?;
        Ok(sink.sink)
    }
}

impl Sheet {
    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) for more rows than a sheet holds, and a text longer than a cell;
    /// [`ErrorKind::Schema`](crate::ErrorKind::Schema) where the columns are not the table's; [`ErrorKind::Io`](crate::ErrorKind::Io),
    /// [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace).
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        check_batch(&self.schema, batch)?;
        if self.rows + batch.num_rows() as u64 >= MAX_ROWS {
            return Err(Cause::SheetRows.into());
        }
        let cells = Cells::new(batch)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        for row in 0..batch.num_rows() {
            self.rows += 1;
            cells.row(row, &mut buffer, |column, cell| self.cell(column, cell))?;
        }
        self.buffer = buffer;
        Ok(())
    }

    /// Rows so far, without the names of the columns.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes a cell of the last row.
    fn cell(&mut self, column: usize, cell: Cell<'_>) -> Result<(), Error> {
        // Both are within the bounds of a sheet.
        let (row, number) = (self.rows as u32, column as u16);
        let formats = &self.formats;
        let sheet = &mut self.sheet;
        let field = self.schema.field(column);
        let width = match cell {
            Cell::Empty => return Ok(()),
            Cell::Text(text) => {
                check_length(text, field.name(), self.rows + 1)?;
                // Its column has the format of a number or a date, which does not fit.
                let is_odd = !is_text(field.data_type());
                let text = String::from_utf8_lossy(text).into_owned();
                let width = text.len();
                caught(|| match is_odd {
                    true => sheet
                        .write_string_with_format(row, number, text, &formats.text)
                        .map(|_| ()),
                    false => sheet.write_string(row, number, text).map(|_| ()),
                })?;
                width
            }
            Cell::Number(value, text) => {
                caught(|| sheet.write_number(row, number, value).map(|_| ()))?;
                text.len()
            }
            Cell::Boolean(value) => {
                caught(|| sheet.write_boolean(row, number, value).map(|_| ()))?;
                5
            }
            Cell::Day(day) => {
                caught(|| sheet.write_number(row, number, serial(day, 0)).map(|_| ()))?;
                "2024-01-05".len()
            }
            Cell::Moment(day, millis) => {
                let value = serial(day, millis);
                caught(|| match millis % 1_000 {
                    0 => sheet.write_number(row, number, value).map(|_| ()),
                    _ => {
                        let format = &formats.moment_with_millis;
                        sheet
                            .write_number_with_format(row, number, value, format)
                            .map(|_| ())
                    }
                })?;
                "2024-01-05 10:30:00.000".len()
            }
        };
        // A character may take up to seven times as much as an escape.
        self.bytes += 100 + 7 * width as u64;
        if let Some(widest) = self.widths.get_mut(column) {
            *widest = (*widest).max(width);
        }
        Ok(())
    }

    fn finished(mut self) -> Result<Worksheet, XlsxError> {
        for (column, width) in (0..).zip(&self.widths) {
            let width = (*width).clamp(NARROWEST, WIDEST);
            self.sheet.set_column_width(column, width as f64 + 1.5)?;
        }
        if self.rows > 0 && !self.widths.is_empty() {
            // An id of digits is a text on purpose.
            let (row, column) = (self.rows as u32, self.widths.len() as u16 - 1);
            let odd = IgnoreError::NumberStoredAsText;
            self.sheet.ignore_error_range(1, 0, row, column, odd)?;
        }
        Ok(self.sheet)
    }
}

/// A day and a moment of it as Excel counts them.
fn serial(day: i64, millis: u64) -> f64 {
    (day + EPOCH) as f64 + millis as f64 / MILLIS_A_DAY
}

/// Whether a column has the format of texts.
fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        DataType::Boolean | DataType::Null | DataType::Date32 | DataType::Timestamp(..) => false,
        other => !other.is_numeric(),
    }
}

fn check_length(text: &[u8], column: &str, row: u64) -> Result<(), Error> {
    if text.len() <= MAX_CHARACTERS {
        return Ok(());
    }
    let characters = String::from_utf8_lossy(text).encode_utf16().count();
    if characters <= MAX_CHARACTERS {
        return Ok(());
    }
    Err(Cause::SheetCell {
        column: column.to_owned(),
        row,
        characters,
    }
    .into())
}

/// A sink that remembers why it failed: the library tells it in words only.
struct Noting<W> {
    sink: W,
    failed: Option<io::Error>,
}

impl<W: Write> Write for Noting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes);
        if let Err(error) = &written
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed = Some(io::Error::new(error.kind(), error.to_string()));
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Calls the library. It panics where it cannot write the rows that wait for their workbook, which is an error of the disk.
fn caught<T>(work: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, Error> {
    // A workbook that has failed is given up.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(XlsxError::IoError(error) | XlsxError::TempFileError(_, error))) => {
            Err(Cause::Sink(error).into())
        }
        Ok(Err(error)) => Err(Cause::Workbook(error.to_string()).into()),
        Err(panic) => match of_the_disk(&*panic) {
            Some(error) => Err(Cause::Sink(error).into()),
            None => resume_unwind(panic),
        },
    }
}

/// The error of the disk that a panic is about.
fn of_the_disk(panic: &(dyn Any + Send)) -> Option<io::Error> {
    let words = panic.downcast_ref::<String>()?;
    let (_, code) = words.split_once("Os { code: ")?;
    let code: i32 = code.split(',').next()?.parse().ok()?;
    Some(io::Error::from_raw_os_error(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_about_the_disk_is_an_error() {
        let full = io::Error::from_raw_os_error(28);
        let error = caught::<()>(|| panic!("Couldn't write to xml file: {full:?}"));
        let error = error.expect_err("the disk is full");
        assert!(error.is_out_of_space(), "{error}");
    }

    #[test]
    fn days_as_excel_counts_them() {
        assert_eq!(serial(0, 0), 25_569.0);
        assert_eq!(serial(-25_508, 0), 61.0);
        assert_eq!(serial(19_727, 43_200_000), 45_296.5);
    }
}
