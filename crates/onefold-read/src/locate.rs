//! Finds the line of an address, for messages, by reading its input again up to there.

use std::sync::Arc;

use onefold_spec::model::{InputFormat, Source};

use crate::address::Address;
use crate::error::{Error, Kind};
use crate::form;
use crate::input::{self, Input};
use crate::lines::count_lines;

/// Finds the lines of a source's records.
#[derive(Clone)]
pub struct Locator {
    pub(crate) source: Arc<Source>,
    pub(crate) inputs: Arc<[Input]>,
}

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Name of the file, relative to the input folder.
    pub file: String,
    /// 1-based line on which the record starts; of a Parquet file the 1-based number of the record.
    pub line: u64,
}

const STEP: usize = 1 << 20;

impl Locator {
    /// Finds the record with an address (`_at`).
    ///
    /// # Errors
    /// The file is gone or cannot be read any more.
    pub fn locate(&self, address: u64) -> Result<Location, Error> {
        let address = Address::unpacked(address);
        let input = self
            .inputs
            .get(address.input())
            .ok_or_else(|| Error::new(Kind::Internal, "an address without a file"))?;
        let label = input.label();
        let position = address.position();
        let opened = input::open(input)?;
        let format = input::format(&opened, &self.source, label)?;
        if format == InputFormat::Parquet {
            return Ok(Location {
                file: label.name.clone(),
                line: position + 1,
            });
        }
        if format.is_workbook() {
            let mut text = Vec::new();
            let mut reader = form::sheet(opened, &self.source, format, label)?.reader;
            let read = reader.append(position as usize, &mut text);
            read.map_err(|e| label.corrupt(e))?;
            return Ok(Location {
                file: label.name.clone(),
                line: count_lines(&text) + 1,
            });
        }
        let declared = self
            .source
            .encoding
            .as_ref()
            .map(|label| input::encoding(label))
            .transpose()?;
        let mut reader = opened.decode(declared, label)?;
        let mut line = 1;
        let mut left = position;
        let mut text = vec![0; STEP];
        // A line break of two bytes may lie across two steps.
        let mut return_before = false;
        while left > 0 {
            let want = left.min(STEP as u64) as usize;
            let n = input::fill(&mut reader, &mut text[..want]).map_err(|e| label.corrupt(e))?;
            if n == 0 {
                break;
            }
            line += count_lines(&text[..n]);
            if return_before && text[0] == b'\n' {
                line -= 1;
            }
            return_before = text[n - 1] == b'\r';
            left -= n as u64;
        }
        Ok(Location {
            file: label.name.clone(),
            line,
        })
    }
}
