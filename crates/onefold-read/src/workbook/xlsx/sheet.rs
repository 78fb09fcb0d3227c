//! One sheet: its cells in their order.

use std::io::BufRead;

use quick_xml::events::Event;

use super::styles::Shown;
use super::text;
use crate::workbook::cell;
use crate::workbook::grid::{Cell, Grid};
use crate::workbook::limits::MAX_COLUMNS;
use crate::workbook::trouble::Trouble;
use crate::workbook::xml::{Xml, attribute};

/// What all sheets of a workbook refer to.
pub(super) struct Shared {
    pub(super) strings: Vec<Box<str>>,
    pub(super) styles: Vec<Shown>,
    pub(super) from_1904: bool,
}

/// A cell before it is known what its value means.
#[derive(Default)]
struct Raw {
    row: u32,
    column: u32,
    kind: String,
    style: usize,
    value: String,
    has_formula: bool,
}

/// Goes through the cells of a sheet until `each` says that it has seen enough.
fn cells(
    mut xml: Xml<impl BufRead>,
    mut each: impl FnMut(&Raw) -> Result<bool, Trouble>,
) -> Result<(), Trouble> {
    let mut raw = Raw::default();
    // Where a row or a cell stands that does not say it.
    let (mut row, mut column) = (0u32, 0u32);
    loop {
        match xml.next()? {
            Event::Start(element) => {
                match element.local_name().as_ref() {
                    "row" => {
                        if let Some(number) = attribute(&element, "r")? {
                            let number: Option<u32> = number.trim().parse().ok();
                            row = number.and_then(|number| number.checked_sub(1)).ok_or_else(
                                || Trouble::damaged("a row has a number that is not one"),
                            )?;
                        }
                        column = 0;
                    }
                    "c" => {
                        raw.has_formula = false;
                        raw.value.clear();
                        raw.kind.clear();
                        raw.style = 0;
                        for attribute in element.attributes().with_checks(false) {
                            let attribute = attribute.map_err(Trouble::damaged)?;
                            match attribute.key.as_ref() {
                                "r" => (row, column) = place(&attribute.value)?,
                                "t" => raw.kind.push_str(&attribute.value),
                                "s" => raw.style = attribute.value.trim().parse().unwrap_or(0),
                                _ => {}
                            }
                        }
                        (raw.row, raw.column) = (row, column);
                        content(&mut xml, &mut raw)?;
                        if !each(&raw)? {
                            return Ok(());
                        }
                        column = column.saturating_add(1);
                    }
                    _ => {}
                }
            }
            Event::End(element) if element.local_name().as_ref() == "row" => {
                row = row.saturating_add(1);
            }
            // To the end of the part, where its checksum is compared.
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Reads what is in a cell, up to its end.
fn content(xml: &mut Xml<impl BufRead>, raw: &mut Raw) -> Result<(), Trouble> {
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "v" if raw.kind != "inlineStr" => xml.text(&mut raw.value)?,
                "is" => text::runs(xml, &mut raw.value)?,
                "f" => {
                    raw.has_formula = true;
                    xml.skip()?;
                }
                _ => xml.skip()?,
            },
            Event::End(_) => return Ok(()),
            Event::Eof => return Err(xml.cut_off()),
            _ => {}
        }
    }
}

/// Row and column of a place such as `B7`, from 0.
fn place(text: &str) -> Result<(u32, u32), Trouble> {
    let damaged = || Trouble::damaged(format_args!("no cell stands at `{text}`"));
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, number) = text.split_at(letters);
    let column = name.bytes().try_fold(0u32, |column, letter| {
        let digit = u32::from(letter.to_ascii_uppercase() - b'A') + 1;
        Some(column * 26 + digit).filter(|column| *column <= MAX_COLUMNS)
    });
    let row: Option<u32> = number.parse().ok();
    let from_0 = |number: Option<u32>| number.and_then(|number| number.checked_sub(1));
    match (from_0(row), from_0(column)) {
        (Some(row), Some(column)) => Ok((row, column)),
        _ => Err(damaged()),
    }
}

/// Whether any cell has a value.
pub(super) fn has_data(xml: Xml<impl BufRead>) -> Result<bool, Trouble> {
    let mut found = false;
    cells(xml, |raw| {
        // A shared text may be empty; that is rare enough to call it something.
        found = !raw.value.trim().is_empty();
        Ok(!found)
    })?;
    Ok(found)
}

pub(super) fn read(xml: Xml<impl BufRead>, shared: &Shared) -> Result<Grid, Trouble> {
    let mut grid = Grid::default();
    let mut text = String::new();
    let mut unvalued = 0;
    cells(xml, |raw| {
        let (row, column) = (raw.row, raw.column);
        let value = raw.value.as_str();
        if value.is_empty() {
            // A formula may well come to an empty text.
            unvalued += u64::from(raw.has_formula && raw.kind != "str");
            return Ok(true);
        }
        let cell = match raw.kind.as_str() {
            "s" => {
                let number: Option<usize> = value.trim().parse().ok();
                let found = number.and_then(|number| shared.strings.get(number));
                Cell::Text(found.ok_or_else(|| {
                    Trouble::damaged(format_args!("it has no shared text `{value}`"))
                })?)
            }
            "inlineStr" => Cell::Text(value),
            "str" => {
                text.clear();
                text::unescaped(value, &mut text);
                Cell::Text(&text)
            }
            "b" => match value.trim() {
                "1" | "true" => Cell::Typed("true"),
                "0" | "false" => Cell::Typed("false"),
                other => Cell::Text(other),
            },
            "e" => Cell::Error(value.trim()),
            "d" => Cell::Typed(value.trim()),
            _ => match cell::number(value) {
                None => Cell::Text(value),
                Some(number) => {
                    let style = shared.styles.get(raw.style);
                    let (shown, is_text) = shown(number, value, style, shared.from_1904);
                    text = shown;
                    match is_text {
                        true => Cell::Text(&text),
                        false => Cell::Typed(&text),
                    }
                }
            },
        };
        grid.add(row, column, cell)?;
        Ok(true)
    })?;
    grid.unvalued = unvalued;
    Ok(grid)
}

/// A number as its style shows it, and whether it is a text then.
fn shown(number: String, stored: &str, style: Option<&Shown>, from_1904: bool) -> (String, bool) {
    match style {
        Some(Shown::Time(kind)) => {
            let days: Option<f64> = stored.trim().parse().ok();
            let time = days.and_then(|days| cell::time(days, *kind, from_1904));
            (time.unwrap_or(number), false)
        }
        Some(Shown::Zeros(mask)) => match cell::zeros(&number, mask) {
            Some(padded) => {
                let is_text = !padded.bytes().all(|b| b.is_ascii_digit());
                (padded, is_text)
            }
            None => (number, false),
        },
        Some(Shown::Number) | None => (number, false),
    }
}
