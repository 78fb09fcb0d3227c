//! What a table would be without a row of one of its inputs: for steps that can do anything with their rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::row::{RowConverter, SortField};

use super::course::{Courses, FOLLOWED};
use super::kept::conformed;
use super::told::Stage;
use crate::error::{Error, Kind};
use crate::places::Places;
use crate::prepare::PreparedTable;
use crate::run;
use crate::steps::follow::Row;
use crate::steps::step::{Counts, Input, Way};
use crate::stored::Stored;

impl Courses<'_> {
    /// Makes a table without a row of an input, and tells which of its rows are others then.
    pub(super) fn without(
        &self,
        number: usize,
        input: usize,
        row: &Row,
    ) -> Result<(Stage, Vec<Row>), Error> {
        let table = &self.prepared.tables[number];
        let mut inputs = Vec::new();
        for (place, read) in table.reads.iter().enumerate() {
            let mut batches = self.table(read)?.all()?;
            let schema = match self.prepared.schemas.get(read) {
                Some(schema) => Arc::clone(schema),
                None => Arc::clone(&self.table(read)?.schema),
            };
            if place == input {
                batches = left_out(batches, row.number);
            }
            let batches = batches.iter().map(|batch| conformed(batch, &schema));
            let batches = batches.collect::<Result<Vec<_>, Error>>()?;
            inputs.push(Input {
                name: read.clone(),
                rows: Arc::new(Stored::new(schema, batches)),
                places: Places::default(),
            });
        }
        let made = self.make(table, inputs)?;
        let kept = self.table(&table.name)?;
        let fields = kept.schema.fields().iter();
        let fields = fields.map(|field| SortField::new(field.data_type().clone()));
        let converter = RowConverter::new(fields.collect())?;
        let mut others: HashMap<Vec<u8>, usize> = HashMap::new();
        for batch in &made.batches {
            let batch = conformed(batch, &kept.schema)?;
            for row in &converter.convert_columns(batch.columns())? {
                *others.entry(row.as_ref().to_vec()).or_default() += 1;
            }
        }
        let (mut rows, mut number) = (Vec::new(), 0);
        for batch in kept.all()? {
            for row in &converter.convert_columns(batch.columns())? {
                match others.get_mut(row.as_ref()) {
                    Some(left) if *left > 0 => *left -= 1,
                    _ => rows.push(number),
                }
                number += 1;
            }
        }
        let text = match rows.len() {
            0 => "the table is the same without it".to_owned(),
            1 => "a row of the table is another without it".to_owned(),
            rows => format!("{rows} rows of the table are others without it"),
        };
        let stage = Stage {
            table: table.name.clone(),
            deed: if rows.is_empty() {
                "unchanged"
            } else {
                "changed"
            }
            .to_owned(),
            text,
            rows: rows
                .iter()
                .take(FOLLOWED)
                .map(|row| *row as u64 + 1)
                .collect(),
            is_cut: rows.len() > FOLLOWED,
            outputs: match rows.is_empty() {
                true => Vec::new(),
                false => self.outputs(&table.name),
            },
        };
        let followed = rows.into_iter().take(FOLLOWED);
        let followed = followed.map(|row| self.row(&table.name, row));
        Ok((stage, followed.collect::<Result<_, _>>()?))
    }

    /// Makes the rows of a table.
    fn make(&self, table: &PreparedTable, inputs: Vec<Input>) -> Result<Stored, Error> {
        let made = self.beside_a_run(table, |run| {
            let failed = |why: String| Error::new(Kind::Data, why);
            match &table.way {
                Way::Whole(step) => Ok(step.make(inputs, run)?.rows),
                Way::Gathering(step) => {
                    let mut gatherer =
                        step.begin(vec![Places::default(); inputs.len()], run.threads)?;
                    for (number, input) in inputs.iter().enumerate() {
                        for batch in &input.rows.batches {
                            let work = gatherer
                                .worker(number)
                                .work(batch.clone())
                                .map_err(failed)?;
                            gatherer.take(number, work)?;
                        }
                    }
                    Ok(gatherer.finish(run)?.rows)
                }
                Way::Batchwise(step) => {
                    let mut inputs = inputs.into_iter();
                    let first = inputs.next().ok_or_else(|| Error::internal("no input"))?;
                    let stage = step.begin(inputs.collect(), true, run)?;
                    let mut counts = Counts::default();
                    let made = first.rows.batches.iter();
                    let made = made.map(|batch| stage.batch(batch.clone(), &mut counts));
                    let mut made = made.collect::<Result<Vec<_>, _>>().map_err(failed)?;
                    made.extend(stage.rest(run.threads, &mut Counts::default())?);
                    Ok(Stored::new(Arc::clone(&table.step_schema), made))
                }
            }
        })?;
        run::shape_table(table, made, self.options.threads)?.gathered(self.options.threads)
    }
}

/// Batches without one row.
fn left_out(batches: Vec<RecordBatch>, number: usize) -> Vec<RecordBatch> {
    let mut start = 0;
    let mut left = Vec::new();
    for batch in batches {
        let rows = batch.num_rows();
        match number.checked_sub(start) {
            Some(place) if place < rows => {
                left.push(batch.slice(0, place));
                left.push(batch.slice(place + 1, rows - place - 1));
            }
            _ => left.push(batch),
        }
        start += rows;
    }
    left
}
