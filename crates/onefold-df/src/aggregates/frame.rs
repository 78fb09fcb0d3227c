//! Figures of a window that slides over floats.
//!
//! A float that leaves a sum does not leave it as it was: `1e20 + 1 - 1e20` is 0. So the values of the frame are kept, and each row's figure
//! is made of them anew.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::{FieldRef, Schema};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF};
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};

/// What makes an accumulator.
#[derive(Debug)]
struct Call {
    function: Arc<AggregateUDF>,
    return_field: FieldRef,
    schema: Schema,
    ignore_nulls: bool,
    order_bys: Vec<PhysicalSortExpr>,
    is_reversed: bool,
    name: String,
    is_distinct: bool,
    exprs: Vec<Arc<dyn PhysicalExpr>>,
    expr_fields: Vec<FieldRef>,
}

impl Call {
    fn accumulator(&self) -> Result<Box<dyn Accumulator>> {
        self.function.accumulator(AccumulatorArgs {
            return_field: Arc::clone(&self.return_field),
            schema: &self.schema,
            ignore_nulls: self.ignore_nulls,
            order_bys: &self.order_bys,
            is_reversed: self.is_reversed,
            name: &self.name,
            is_distinct: self.is_distinct,
            exprs: &self.exprs,
            expr_fields: &self.expr_fields,
        })
    }
}

/// The figure of a frame.
#[derive(Debug)]
pub(super) struct Frame {
    call: Call,
    /// The arguments of the rows in the frame, the first to leave first.
    parts: VecDeque<Vec<ArrayRef>>,
}

impl Frame {
    pub(super) fn new(function: &Arc<AggregateUDF>, args: &AccumulatorArgs<'_>) -> Self {
        Self {
            call: Call {
                function: Arc::clone(function),
                return_field: Arc::clone(&args.return_field),
                schema: args.schema.clone(),
                ignore_nulls: args.ignore_nulls,
                order_bys: args.order_bys.to_vec(),
                is_reversed: args.is_reversed,
                name: args.name.to_owned(),
                is_distinct: args.is_distinct,
                exprs: args.exprs.to_vec(),
                expr_fields: args.expr_fields.to_vec(),
            },
            parts: VecDeque::new(),
        }
    }

    /// Puts the parts together, so that the next figures are made of one.
    fn join(&mut self) -> Result<()> {
        let Some(columns) = self.parts.front().map(Vec::len) else {
            return Ok(());
        };
        if self.parts.len() > 1 {
            let column = |number: usize| {
                let parts = self.parts.iter().map(|part| part[number].as_ref());
                concat(&parts.collect::<Vec<&dyn Array>>())
            };
            let joined = (0..columns)
                .map(column)
                .collect::<std::result::Result<_, _>>()?;
            self.parts = VecDeque::from([joined]);
        }
        Ok(())
    }
}

fn rows(part: &[ArrayRef]) -> usize {
    part.first().map_or(0, |column| column.len())
}

impl Accumulator for Frame {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if rows(values) > 0 {
            self.parts.push_back(values.to_vec());
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut leaving = rows(values);
        while leaving > 0 {
            let Some(part) = self.parts.front_mut() else {
                return internal_err!("more rows leave a frame than are in it");
            };
            let here = rows(part);
            if here <= leaving {
                self.parts.pop_front();
                leaving -= here;
                continue;
            }
            for column in part {
                *column = column.slice(leaving, here - leaving);
            }
            leaving = 0;
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.join()?;
        let mut figure = self.call.accumulator()?;
        for part in &self.parts {
            figure.update_batch(part)?;
        }
        figure.evaluate()
    }

    fn size(&self) -> usize {
        let columns = self.parts.iter().flatten();
        let bytes = columns.map(|column| column.get_array_memory_size());
        size_of_val(self) + bytes.sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        internal_err!("a frame has no state")
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        internal_err!("frames do not merge")
    }
}
