//! Figures that are floats: infinity and "not a number" are no figures.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::{AggregateFunctionParams, WindowFunctionParams};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, EmitTo, GroupsAccumulator,
    Signature,
};

use super::frame::Frame;
use super::unfit::Unfit;
use crate::checked::{all_finite, is_finite};

/// An aggregate function that fails instead of answering with infinity or "not a number".
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Finite {
    pub(super) inner: Arc<AggregateUDF>,
}

/// What a wrapper leaves to the function inside.
macro_rules! forward {
    () => {
        fn name(&self) -> &str {
            self.inner.name()
        }

        fn aliases(&self) -> &[String] {
            self.inner.aliases()
        }

        fn schema_name(&self, params: &AggregateFunctionParams) -> Result<String> {
            self.inner.schema_name(params)
        }

        fn human_display(&self, params: &AggregateFunctionParams) -> Result<String> {
            self.inner.human_display(params)
        }

        fn window_function_schema_name(&self, params: &WindowFunctionParams) -> Result<String> {
            self.inner.window_function_schema_name(params)
        }

        fn display_name(&self, params: &AggregateFunctionParams) -> Result<String> {
            self.inner.display_name(params)
        }

        fn window_function_display_name(&self, params: &WindowFunctionParams) -> Result<String> {
            self.inner.window_function_display_name(params)
        }

        fn signature(&self) -> &Signature {
            self.inner.signature()
        }

        fn return_type(&self, types: &[DataType]) -> Result<DataType> {
            self.inner.return_type(types)
        }

        fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
            self.inner.return_field(fields)
        }

        fn is_nullable(&self) -> bool {
            self.inner.is_nullable()
        }

        fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
            self.inner.coerce_types(types)
        }

        fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
            self.inner.default_value(data_type)
        }

        fn supports_null_handling_clause(&self) -> bool {
            self.inner.supports_null_handling_clause()
        }

        fn supports_within_group_clause(&self) -> bool {
            self.inner.supports_within_group_clause()
        }

        fn order_sensitivity(&self) -> AggregateOrderSensitivity {
            self.inner.order_sensitivity()
        }

        fn documentation(&self) -> Option<&Documentation> {
            self.inner.documentation()
        }
    };
}
pub(super) use forward;

impl AggregateUDFImpl for Finite {
    forward!();

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.inner.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(FiniteFigure {
            inner: self.inner.accumulator(args)?,
            name: self.inner.name().to_owned(),
        }))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(FiniteFigure {
            inner: Box::new(Frame::new(&self.inner, &args)),
            name: self.inner.name().to_owned(),
        }))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(FiniteFigures {
            inner: self.inner.create_groups_accumulator(args)?,
            name: self.inner.name().to_owned(),
        }))
    }
}

fn message(name: &str) -> String {
    format!("{name} is not a finite number")
}

/// One figure.
#[derive(Debug)]
struct FiniteFigure {
    inner: Box<dyn Accumulator>,
    name: String,
}

impl Accumulator for FiniteFigure {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(values)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let value = self.inner.evaluate()?;
        match is_finite(&value) {
            true => Ok(value),
            false => Err(Unfit::one(message(&self.name)).into()),
        }
    }

    fn size(&self) -> usize {
        self.inner.size() + self.name.len()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

/// The figures of many groups.
struct FiniteFigures {
    inner: Box<dyn GroupsAccumulator>,
    name: String,
}

impl GroupsAccumulator for FiniteFigures {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        count: usize,
    ) -> Result<()> {
        self.inner.update_batch(values, groups, filter, count)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let figures = self.inner.evaluate(emit_to)?;
        if all_finite(&figures) {
            return Ok(figures);
        }
        let unfit = (0..figures.len()).filter(|group| !all_finite(&figures.slice(*group, 1)));
        let unfit = unfit.map(|group| (group, message(&self.name)));
        Err(Unfit {
            groups: unfit.collect(),
        }
        .into())
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], count: usize) -> Result<()> {
        self.inner.merge_batch(values, groups, count)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(values, filter)
    }

    fn size(&self) -> usize {
        self.inner.size() + self.name.len()
    }
}
