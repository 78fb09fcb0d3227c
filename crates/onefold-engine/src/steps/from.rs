//! `from:`: a table as it is, for `where`, `select` and `order_by` alone.

use arrow::array::RecordBatch;
use onefold_spec::model::{Pipeline, TableRef};

use super::follow::{Deed, Fate, KeptTables, Row};
use super::step::{Batchwise, Counts, Follow, Input, Kind, Known, Ready, Running, Stage, Way};
use crate::error::Error;

/// The step, as the pipeline has it.
pub(super) struct Copy<'a>(pub(super) &'a TableRef);

impl Kind for Copy<'_> {
    fn name(&self) -> &'static str {
        "from"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        vec![self.0.value.clone()]
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let rows = known.columns(self.0)?;
        Some(Ready::new(rows, Way::Batchwise(Box::new(AsItIs))))
    }
}

struct AsItIs;

impl Batchwise for AsItIs {
    fn keeps_rows(&self) -> bool {
        true
    }

    fn begin(
        &self,
        _lookups: Vec<Input>,
        _stored: bool,
        _run: &mut Running<'_, '_>,
    ) -> Result<Box<dyn Stage>, Error> {
        Ok(Box::new(AsItIs))
    }
}

impl Stage for AsItIs {
    fn batch(&self, batch: RecordBatch, _counts: &mut Counts) -> Result<RecordBatch, String> {
        Ok(batch)
    }
}

impl Follow for AsItIs {
    fn follow(
        &self,
        _input: usize,
        row: &Row,
        _kept: &dyn KeptTables,
        _run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        Ok(Some(Fate::new(Deed::Passed, "").made(row.values.clone())))
    }
}
