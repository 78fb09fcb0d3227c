//! Conditions that rows must meet.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, RecordBatch, Scalar, StringArray, new_null_array,
};
use arrow::compute::kernels::cmp;
use arrow::compute::kernels::comparison::{ilike, starts_with};
use arrow::compute::{CastOptions, and, cast_with_options, is_not_null, is_null, or};
use arrow::datatypes::DataType;
use serde::{Deserialize, Serialize};

use super::table::{Shape, Table};
use crate::error::{Error, Kind};

/// A condition on the values of a column, by the rules of SQL: where a value is missing, only [`Operator::Missing`] and a missing value
/// among those of [`Operator::Is`] hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Condition {
    /// The column; with [`Operator::Contains`] it may be empty: any column that holds texts.
    pub column: String,
    /// How the values are compared.
    pub operator: Operator,
    /// With what: several values for [`Operator::Is`], none for [`Operator::Missing`] and [`Operator::Present`], else one.
    #[serde(default)]
    pub values: Vec<Option<String>>,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// It is one of the values.
    Is,
    /// It is another value.
    IsNot,
    /// It is less, or earlier.
    Less,
    /// It is at most.
    AtMost,
    /// It is more, or later.
    More,
    /// It is at least.
    AtLeast,
    /// The text has the value in it, in capitals or not.
    Contains,
    /// The text begins with the value.
    Begins,
    /// There is no value.
    Missing,
    /// There is a value.
    Present,
}

/// Conditions that are ready to be held against rows.
pub(super) struct Ready {
    /// Rows must meet all of them; a condition is met where one of its tests is.
    all: Vec<Vec<Test>>,
}

struct Test {
    column: usize,
    operator: Operator,
    value: ArrayRef,
}

impl Ready {
    pub(super) fn new(table: &Table, conditions: &[Condition]) -> Result<Self, Error> {
        let mut all = Vec::new();
        for condition in conditions {
            let any = match condition.column.as_str() {
                "" => {
                    let columns = table.columns().iter().enumerate();
                    let texts = columns.filter(|(_, column)| column.shape == Shape::Text);
                    let tests = texts.map(|(place, _)| tests(table, place, condition));
                    let tests = tests.collect::<Result<Vec<_>, _>>()?;
                    tests.into_iter().flatten().collect()
                }
                name => tests(table, table.column(name)?, condition)?,
            };
            all.push(any);
        }
        Ok(Self { all })
    }

    /// The columns that they look at, and others, in the order of the file.
    pub(super) fn columns_and(&self, others: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let own = self.all.iter().flatten().map(|test| test.column);
        let mut columns: Vec<usize> = own.chain(others).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Which rows of a batch meet all conditions. `columns` says which columns the batch has.
    pub(super) fn met(
        &self,
        batch: &RecordBatch,
        columns: &[usize],
    ) -> Result<Option<BooleanArray>, Error> {
        let mut met: Option<BooleanArray> = None;
        for any in &self.all {
            let mut one = BooleanArray::from(vec![false; batch.num_rows()]);
            for test in any {
                let place = columns.binary_search(&test.column).unwrap_or_default();
                let found = test.holds(batch.column(place))?;
                // What is unknown is not so.
                let found = match found.null_count() {
                    0 => found,
                    _ => arrow::compute::prep_null_mask_filter(&found),
                };
                one = or(&one, &found)?;
            }
            met = Some(match met {
                Some(before) => and(&before, &one)?,
                None => one,
            });
        }
        Ok(met)
    }
}

fn tests(table: &Table, column: usize, condition: &Condition) -> Result<Vec<Test>, Error> {
    let field = table.schema().field(column);
    let operator = condition.operator;
    let wrong = |what: String| Err(Error::new(Kind::Configuration, what));
    let shape = table.columns()[column].shape;
    let needs_none = matches!(operator, Operator::Missing | Operator::Present);
    if shape == Shape::Nested && !needs_none {
        return wrong(format!(
            "`{}` holds lists or structures, which cannot be compared",
            field.name()
        ));
    }
    let of_texts = matches!(operator, Operator::Contains | Operator::Begins);
    if of_texts && !field.data_type().is_string() {
        return wrong(format!("`{}` does not hold texts", field.name()));
    }
    let no_value = new_null_array(field.data_type(), 1);
    if needs_none {
        return Ok(vec![Test {
            column,
            operator,
            value: no_value,
        }]);
    }
    if condition.values.len() != 1 && operator != Operator::Is {
        return wrong(format!("compare `{}` with one value", field.name()));
    }
    let test = |value: &Option<String>| {
        let Some(text) = value else {
            return Ok(Test {
                column,
                operator: Operator::Missing,
                value: ArrayRef::clone(&no_value),
            });
        };
        let text = match operator {
            Operator::Contains => format!("%{}%", literal(text)),
            _ => text.clone(),
        };
        let value = typed(&text, field.data_type()).ok_or_else(|| {
            let kind = &table.columns()[column].type_name;
            let message = format!("`{text}` is no {kind}, which `{}` holds", field.name());
            Error::new(Kind::Configuration, message)
        })?;
        Ok(Test {
            column,
            operator,
            value,
        })
    };
    condition.values.iter().map(test).collect()
}

/// A text in which nothing stands for something else.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A value of a type from its text.
pub(super) fn typed(text: &str, data_type: &DataType) -> Option<ArrayRef> {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![text]));
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(&texts, data_type, &options).ok()
}

impl Test {
    fn holds(&self, values: &ArrayRef) -> Result<BooleanArray, Error> {
        let value = Scalar::new(ArrayRef::clone(&self.value));
        Ok(match self.operator {
            Operator::Is => cmp::eq(values, &value)?,
            Operator::IsNot => cmp::neq(values, &value)?,
            Operator::Less => cmp::lt(values, &value)?,
            Operator::AtMost => cmp::lt_eq(values, &value)?,
            Operator::More => cmp::gt(values, &value)?,
            Operator::AtLeast => cmp::gt_eq(values, &value)?,
            Operator::Contains => ilike(values, &value)?,
            Operator::Begins => starts_with(values, &value)?,
            Operator::Missing => is_null(values)?,
            Operator::Present => is_not_null(values)?,
        })
    }
}
