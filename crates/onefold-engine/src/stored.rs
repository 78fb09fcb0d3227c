//! Tables whose rows are kept.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use onefold_operators::{BATCH_ROWS, Gatherer, Table};

use crate::error::Error;
use crate::places::{Places, address};

/// Rows of a table that are kept.
pub(crate) struct Stored {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
    /// The rows that the table has, by number and in order; `None`: all rows of the batches as they are.
    pub(crate) chosen: Option<Vec<u32>>,
}

impl Stored {
    pub(crate) fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self {
            schema,
            batches,
            chosen: None,
        }
    }

    /// So many rows that nobody reads: they have no columns.
    pub(crate) fn counted(rows: u64) -> Result<Self, Error> {
        let schema = Arc::new(Schema::empty());
        let count = RecordBatchOptions::new().with_row_count(Some(rows as usize));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), Vec::new(), &count)?;
        Ok(Self::new(schema, vec![batch]))
    }

    pub(crate) fn rows(&self) -> u64 {
        match &self.chosen {
            Some(chosen) => chosen.len() as u64,
            None => rows(&self.batches),
        }
    }

    /// The table with its rows in batches, each where it belongs.
    pub(crate) fn gathered(&self, threads: usize) -> Result<Stored, Error> {
        let batches = match &self.chosen {
            None => self.batches.clone(),
            Some(chosen) => {
                let table = Table::new(&self.schema, &self.batches).map_err(Error::internal)?;
                table.gather(chosen, threads).map_err(Error::internal)?
            }
        };
        Ok(Stored::new(Arc::clone(&self.schema), batches))
    }

    /// Whether the rows that it has are all those of its batches, in this or another order.
    pub(crate) fn has_all_rows(&self) -> bool {
        let of = |chosen: &Vec<u32>| chosen.len() as u64 == rows(&self.batches);
        self.chosen.as_ref().is_none_or(of)
    }

    /// Where a row of the batches stands in its file, where it came straight from one.
    pub(crate) fn line(&self, row: u32, places: &Places) -> Option<String> {
        let mut row = row as usize;
        let batch = self.batches.iter().find(|batch| {
            let here = row < batch.num_rows();
            row -= if here { 0 } else { batch.num_rows() };
            here
        })?;
        places.line(batch, row)
    }

    /// The rows a piece at a time.
    pub(crate) fn pieces(&self) -> Result<Pieces<'_>, Error> {
        let gatherer = match self.chosen {
            None => None,
            Some(_) => {
                let table = Table::new(&self.schema, &self.batches).map_err(Error::internal)?;
                Some(table.gatherer())
            }
        };
        let whole = self.batches.iter().enumerate();
        let ranges = whole.flat_map(|(number, batch)| {
            let starts = (0..batch.num_rows()).step_by(PIECE_ROWS);
            starts.map(move |start| (number, start))
        });
        Ok(Pieces {
            stored: self,
            starts: ranges.collect(),
            gatherer,
        })
    }

    /// The columns and batches without the hidden address.
    pub(crate) fn visible(&self) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let Some(hidden) = address(&self.schema) else {
            return Ok((Arc::clone(&self.schema), self.batches.clone()));
        };
        let columns: Vec<usize> = (0..hidden).collect();
        let schema = Arc::new(self.schema.project(&columns)?);
        let batches = self
            .batches
            .iter()
            .map(|b| b.project(&columns))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((schema, batches))
    }
}

/// Most rows of a piece of a batch.
const PIECE_ROWS: usize = 4 * BATCH_ROWS;

/// The rows of a table in pieces that are made when they are asked for.
pub(crate) struct Pieces<'a> {
    stored: &'a Stored,
    /// Batch and first row of each piece, where all rows are there.
    starts: Vec<(usize, usize)>,
    gatherer: Option<Gatherer>,
}

impl Pieces<'_> {
    pub(crate) fn count(&self) -> usize {
        match &self.stored.chosen {
            Some(chosen) => chosen.len().div_ceil(BATCH_ROWS),
            None => self.starts.len(),
        }
    }

    pub(crate) fn piece(&self, number: usize) -> Result<RecordBatch, String> {
        if let (Some(gatherer), Some(chosen)) = (&self.gatherer, &self.stored.chosen) {
            let start = number * BATCH_ROWS;
            let rows = &chosen[start..chosen.len().min(start + BATCH_ROWS)];
            return gatherer.batch(rows).map_err(|e| e.to_string());
        }
        let (batch, start) = self.starts[number];
        let batch = &self.stored.batches[batch];
        Ok(batch.slice(start, PIECE_ROWS.min(batch.num_rows() - start)))
    }
}

pub(crate) fn rows(batches: &[RecordBatch]) -> u64 {
    batches.iter().map(|b| b.num_rows() as u64).sum()
}
