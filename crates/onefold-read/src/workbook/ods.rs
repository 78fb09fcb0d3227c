//! OpenDocument spreadsheets (ODF 1.2): all sheets are in one part.

use std::collections::HashSet;
use std::io::{BufRead, Read};

use quick_xml::events::{BytesStart, Event};

use super::archive::Archive;
use super::cell;
use super::grid::{Cell, Grid};
use super::limits::{MAX_COLUMNS, MAX_ROWS};
use super::listed::Listed;
use super::trouble::Trouble;
use super::xml::{self, Xml, attribute};

const CONTENT: &str = "content.xml";
const MANIFEST: &str = "META-INF/manifest.xml";

pub(super) struct Ods {
    archive: Archive,
}

/// A cell, and in how many columns it stands.
#[derive(Debug, Clone, Default)]
struct Stored {
    kind: Kind,
    text: String,
    columns: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Text,
    Typed,
    Error,
}

impl Stored {
    fn cell(&self) -> Cell<'_> {
        match self.kind {
            Kind::Text => Cell::Text(&self.text),
            Kind::Typed => Cell::Typed(&self.text),
            Kind::Error => Cell::Error(&self.text),
        }
    }

    fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// What is done with the tables, one after another.
trait Visit {
    /// A table begins; whether its rows are wanted.
    fn table(&mut self, name: String, is_hidden: bool) -> bool;

    /// A row of the table, in so many rows from this one on; whether more are wanted.
    fn row(&mut self, first: u32, rows: u32, cells: &[Stored]) -> Result<bool, Trouble>;
}

impl Ods {
    pub(super) fn open(mut archive: Archive) -> Result<Self, Trouble> {
        if let Some(mut part) = archive.part(MANIFEST)? {
            let mut manifest = Vec::new();
            part.read_to_end(&mut manifest)
                .map_err(|e| Trouble::damaged(format_args!("`{MANIFEST}` cannot be read ({e})")))?;
            if memchr::memmem::find(&manifest, b"encryption-data").is_some() {
                return Err(Trouble::locked());
            }
        }
        Ok(Self { archive })
    }

    pub(super) fn sheets(&mut self) -> Result<Vec<Listed>, Trouble> {
        struct List(Vec<Listed>);
        impl Visit for List {
            fn table(&mut self, name: String, is_hidden: bool) -> bool {
                self.0.push(Listed {
                    name,
                    is_hidden,
                    has_data: false,
                });
                true
            }
            fn row(&mut self, _: u32, _: u32, cells: &[Stored]) -> Result<bool, Trouble> {
                let has_data = cells.iter().any(|cell| !cell.is_empty());
                if let Some(last) = self.0.last_mut() {
                    last.has_data |= has_data;
                }
                Ok(!has_data)
            }
        }
        let mut list = List(Vec::new());
        tables(self.archive.required(CONTENT)?, &mut list)?;
        Ok(list.0)
    }

    pub(super) fn read(&mut self, sheet: usize) -> Result<Grid, Trouble> {
        struct One {
            wanted: usize,
            tables: usize,
            grid: Grid,
        }
        impl Visit for One {
            fn table(&mut self, _: String, _: bool) -> bool {
                self.tables += 1;
                self.tables == self.wanted + 1
            }
            fn row(&mut self, first: u32, rows: u32, cells: &[Stored]) -> Result<bool, Trouble> {
                if cells.iter().all(Stored::is_empty) {
                    return Ok(true);
                }
                for row in first..first.saturating_add(rows) {
                    let mut column = 0u32;
                    for cell in cells {
                        let end = column.saturating_add(cell.columns);
                        if !cell.is_empty() {
                            for column in column..end {
                                self.grid.add(row, column, cell.cell())?;
                            }
                        }
                        column = end;
                    }
                }
                Ok(true)
            }
        }
        let mut one = One {
            wanted: sheet,
            tables: 0,
            grid: Grid::default(),
        };
        tables(self.archive.required(CONTENT)?, &mut one)?;
        Ok(one.grid)
    }
}

/// Goes through the tables of a document.
fn tables(mut xml: Xml<impl BufRead>, visit: &mut impl Visit) -> Result<(), Trouble> {
    let mut hidden: HashSet<String> = HashSet::new();
    let mut style = String::new();
    loop {
        let element = match xml.next()? {
            Event::Start(element) => element,
            Event::Eof => return Ok(()),
            _ => continue,
        };
        match element.name().as_ref() {
            "style:style" => style = attribute(&element, "style:name")?.unwrap_or_default(),
            "style:table-properties" => {
                let display = attribute(&element, "table:display")?;
                if display.as_deref() == Some("false") {
                    hidden.insert(style.clone());
                }
            }
            // Cells that were changed or deleted.
            "table:tracked-changes" => xml.skip()?,
            "table:table" => {
                let name = attribute(&element, "table:name")?.unwrap_or_default();
                let style = attribute(&element, "table:style-name")?.unwrap_or_default();
                match visit.table(name, hidden.contains(&style)) {
                    true => table(&mut xml, visit)?,
                    false => xml.skip()?,
                }
            }
            _ => {}
        }
    }
}

/// Reads the table that has been opened.
fn table(xml: &mut Xml<impl BufRead>, visit: &mut impl Visit) -> Result<(), Trouble> {
    let mut depth = 0;
    let mut row = 0u32;
    let mut cells = Vec::new();
    let mut is_wanted = true;
    loop {
        let (name, rows) = match xml.next()? {
            Event::Start(element) => {
                let rows = repeated(&element, "table:number-rows-repeated")?;
                (element.name().as_ref().to_owned(), rows)
            }
            Event::End(_) if depth == 0 => return Ok(()),
            Event::End(_) => {
                depth -= 1;
                continue;
            }
            Event::Eof => return Err(xml.cut_off()),
            _ => continue,
        };
        match name.as_str() {
            "table:table-row" if is_wanted => {
                cells.clear();
                cells_of_row(xml, &mut cells)?;
                // Formats may go on to the last row there can be, and beyond.
                let rows = rows.min(MAX_ROWS.saturating_sub(row));
                is_wanted = visit.row(row, rows, &cells)?;
                row += rows;
            }
            "table:table-row" | "table:shapes" | "office:forms" | "table:table" => xml.skip()?,
            // Groups and headers of rows.
            _ => depth += 1,
        }
    }
}

/// Reads the cells of the row that has been opened.
fn cells_of_row(xml: &mut Xml<impl BufRead>, cells: &mut Vec<Stored>) -> Result<(), Trouble> {
    let mut column = 0u32;
    loop {
        let mut stored = match xml.next()? {
            Event::Start(element) => match element.name().as_ref() {
                "table:table-cell" | "table:covered-table-cell" => {
                    let columns = repeated(&element, "table:number-columns-repeated")?;
                    let mut stored = head(&element)?;
                    stored.0.columns = columns.min(MAX_COLUMNS.saturating_sub(column));
                    stored
                }
                _ => {
                    xml.skip()?;
                    continue;
                }
            },
            Event::End(_) => return Ok(()),
            Event::Eof => return Err(xml.cut_off()),
            _ => continue,
        };
        let mut shown = String::new();
        paragraphs(xml, &mut shown)?;
        column += stored.0.columns;
        cells.push(stored.0.with(stored.1.take(), &shown));
    }
}

/// What the attributes of a cell say: its value as text, if they have it.
fn head(element: &BytesStart<'_>) -> Result<(Stored, Option<String>), Trouble> {
    let mut stored = Stored::default();
    let mut value = None;
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(Trouble::damaged)?;
        let text = quick_xml::escape::unescape(&attribute.value).map_err(Trouble::damaged)?;
        match (attribute.key.as_ref(), text.as_ref()) {
            ("office:value-type", "string") | ("calcext:value-type", "string") => {}
            ("calcext:value-type", "error") => stored.kind = Kind::Error,
            ("office:value-type", _) if stored.kind != Kind::Error => stored.kind = Kind::Typed,
            (
                "office:value"
                | "office:date-value"
                | "office:time-value"
                | "office:boolean-value"
                | "office:string-value",
                text,
            ) => value = Some(text.to_owned()),
            _ => {}
        }
    }
    Ok((stored, value))
}

impl Stored {
    /// The cell with its value. `shown`: what stands in it for people.
    fn with(mut self, value: Option<String>, shown: &str) -> Self {
        let value = value.filter(|value| !value.is_empty());
        self.text = match (self.kind, value) {
            (Kind::Typed, Some(value)) => {
                let duration = || cell::iso_duration(&value);
                match cell::number(&value) {
                    // Shown with zeros in front: an identifier.
                    Some(number) if has_zeros(shown, &number) => shown.to_owned(),
                    Some(number) => number,
                    None => duration().unwrap_or(value),
                }
            }
            (Kind::Typed, None) => {
                self.kind = Kind::Text;
                shown.to_owned()
            }
            (Kind::Text, Some(value)) => value,
            (Kind::Error, _) | (Kind::Text, None) => shown.to_owned(),
        };
        self
    }
}

/// Whether a whole number is shown with zeros in front.
fn has_zeros(shown: &str, number: &str) -> bool {
    shown.len() > number.len()
        && shown.bytes().all(|b| b.is_ascii_digit())
        && shown.trim_start_matches('0') == number.trim_start_matches('0')
}

fn repeated(element: &BytesStart<'_>, name: &str) -> Result<u32, Trouble> {
    let text = attribute(element, name)?;
    let number = text.map(|text| text.trim().parse().unwrap_or(1));
    Ok(number.unwrap_or(1))
}

/// Appends the paragraphs of the cell that has been opened, a line each, up to its end. Notes and pictures do not belong to them.
fn paragraphs(xml: &mut Xml<impl BufRead>, out: &mut String) -> Result<(), Trouble> {
    let mut depth = 0;
    let mut in_paragraph = 0;
    let mut is_first = true;
    loop {
        let name = match xml.next()? {
            Event::Start(element) => {
                if element.name().as_ref() == "text:s" {
                    let spaces = repeated(&element, "text:c")?.min(1 << 15);
                    out.extend((0..spaces).map(|_| ' '));
                }
                element.name().as_ref().to_owned()
            }
            Event::End(_) if depth == 0 => return Ok(()),
            Event::End(_) => {
                depth -= 1;
                if depth < in_paragraph {
                    in_paragraph = 0;
                }
                continue;
            }
            Event::Eof => return Err(xml.cut_off()),
            // White space between the elements is layout.
            event if in_paragraph > 0 => {
                xml::push(&event, out)?;
                continue;
            }
            _ => continue,
        };
        match name.as_str() {
            "office:annotation" | "table:table" => {
                xml.skip()?;
                continue;
            }
            name if name.starts_with("draw:") => {
                xml.skip()?;
                continue;
            }
            "text:p" | "text:h" if in_paragraph == 0 => {
                in_paragraph = depth + 1;
                if !std::mem::take(&mut is_first) {
                    out.push('\n');
                }
            }
            "text:tab" => out.push('\t'),
            "text:line-break" => out.push('\n'),
            _ => {}
        }
        depth += 1;
    }
}
