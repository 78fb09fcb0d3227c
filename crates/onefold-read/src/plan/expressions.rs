//! The seam to a query engine: SQL fields and checks, compiled by whoever has one.

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::datatypes::DataType;

/// The raw columns that a SQL field reads, each a path of keys.
pub type RawInputs = Vec<Vec<String>>;

/// What an expression gives for rows.
#[derive(Debug, Clone)]
pub struct RowValues<A> {
    /// A value a row; missing where the expression failed.
    pub values: A,
    /// Rows for which it failed, ascending, and why.
    pub failed: Vec<(u32, String)>,
}

/// SQL fields and checks of a source, compiled by whoever has a query engine. An `Err` is about all rows.
pub trait Expressions: Send + Sync {
    /// The paths that SQL field `field` reads.
    fn inputs(&self, field: usize) -> RawInputs;

    /// Value of SQL field `field` for each row, as `Utf8View`. `raw` holds its inputs in order, `Utf8View` too.
    fn field(
        &self,
        field: usize,
        raw: &[ArrayRef],
        rows: usize,
    ) -> Result<RowValues<ArrayRef>, String>;

    /// The type of SQL field `field`, before its values become text.
    fn field_type(&self, _field: usize) -> DataType {
        DataType::Utf8View
    }

    /// Whether check `check` holds for each row of typed fields.
    fn check(&self, check: usize, typed: &RecordBatch) -> Result<RowValues<BooleanArray>, String>;
}

/// For sources without SQL.
#[derive(Debug)]
pub struct NoExpressions;

impl Expressions for NoExpressions {
    fn inputs(&self, _: usize) -> RawInputs {
        Vec::new()
    }

    fn field(&self, _: usize, _: &[ArrayRef], _: usize) -> Result<RowValues<ArrayRef>, String> {
        Err("no SQL engine".into())
    }

    fn check(&self, _: usize, _: &RecordBatch) -> Result<RowValues<BooleanArray>, String> {
        Err("no SQL engine".into())
    }
}
