//! Workbooks: outputs that share a file, a sheet each.

use std::collections::HashMap;
use std::path::Path;

use arrow::datatypes::SchemaRef;
use onefold_spec::model::Pipeline;
use onefold_write::{ErrorKind, Publication, Sheet, StagedFile, Workbook};

use super::written::Written;
use crate::error::{Error, Kind};

/// A sheet that has all its rows.
type Full = (Written, Box<Sheet>);

/// The workbooks of a run that are not complete.
#[derive(Default)]
pub(super) struct Workbooks(HashMap<Vec<String>, Draft>);

/// A workbook whose sheets are filled.
struct Draft {
    book: Workbook,
    file: StagedFile,
    /// By number of their outputs: what is known of them once they are full.
    sheets: Vec<(usize, Option<Full>)>,
}

impl Workbooks {
    /// Begins the sheet of an output.
    pub(super) fn begin(
        &mut self,
        number: usize,
        pipeline: &Pipeline,
        schema: &SchemaRef,
        publication: &Publication,
    ) -> Result<Sheet, Error> {
        let output = pipeline.outputs.get(number);
        let Some((output, name)) =
            output.and_then(|output| Some((output, output.content.sheet()?)))
        else {
            return Err(Error::internal("a sheet without an output"));
        };
        let draft = match self.0.entry(output.place()) {
            std::collections::hash_map::Entry::Occupied(draft) => draft.into_mut(),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                let place = vacant.key();
                let outputs = pipeline.outputs.iter().enumerate();
                let sheets: Vec<_> = outputs
                    .filter(|(_, other)| {
                        !other.is_kept && other.content.sheet().is_some() && other.place() == *place
                    })
                    .map(|(number, _)| (number, None))
                    .collect();
                vacant.insert(Draft {
                    sheets,
                    book: Workbook::new(&publication.staging_folder())?,
                    file: publication.stage(Path::new(&output.path.value))?,
                })
            }
        };
        let sheet = draft.book.sheet(name, schema);
        sheet.map_err(|error| unfit(&output.path, error))
    }

    /// Takes a full sheet. All outputs of its workbook, by number, once it is complete.
    pub(super) fn finish(
        &mut self,
        number: usize,
        written: Written,
        sheet: Box<Sheet>,
    ) -> Result<Vec<(usize, Written)>, Error> {
        let mut drafts = self.0.iter_mut();
        let place = drafts.find_map(|(place, draft)| {
            let mut sheets = draft.sheets.iter_mut();
            let (_, full) = sheets.find(|(other, _)| *other == number)?;
            Some((place.clone(), full))
        });
        let Some((place, full)) = place else {
            return Err(Error::internal("a sheet without a workbook"));
        };
        *full = Some((written, sheet));
        let is_complete = |draft: &Draft| draft.sheets.iter().all(|(_, full)| full.is_some());
        if !self.0.get(&place).is_some_and(is_complete) {
            return Ok(Vec::new());
        }
        let Some(draft) = self.0.remove(&place) else {
            return Ok(Vec::new());
        };
        let (mut outputs, mut sheets) = (Vec::new(), Vec::new());
        for (number, full) in draft.sheets {
            if let Some((written, sheet)) = full {
                outputs.push((number, written));
                sheets.push(*sheet);
            }
        }
        let bytes = draft.book.finish(sheets, draft.file)?.finish()?;
        for (_, written) in &mut outputs {
            written.bytes = bytes;
        }
        Ok(outputs)
    }
}

/// An error about a table that does not fit its format.
pub(super) fn unfit(path: &str, error: onefold_write::Error) -> Error {
    match error.kind() {
        ErrorKind::TooLarge => Error::new(Kind::Data, format!("output `{path}`: {error}"))
            .hint(match error.is_of_partitions() {
                true => "partition by columns with fewer and shorter values, such as a month, or raise `max_partitions`",
                false => "write CSV or Parquet, which have no such limit",
            }),
        _ => error.into(),
    }
}
