//! Numbers with a fraction as they were written.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result, ScalarValue, internal_err, plan_err};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::expr::{BinaryExpr, InList};
use datafusion::logical_expr::{
    Between, Expr, ExprSchemable, LogicalPlan, Operator, Projection, when,
};

use super::whole::WholeFloat;

/// Most digits of a decimal.
const DIGITS: i64 = 38;

/// A number beside a decimal becomes one, where the operator has room for all digits of both.
pub(super) fn exact(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let BinaryExpr { left, op, right } = binary;
    let decimal = |expr: &Expr| decimal(expr, schema);
    let (left, right, is_changed) = match (number(&left), number(&right)) {
        (Some(value), None) => match decimal(&right).and_then(|other| beside(value, op, other)) {
            Some(value) => (Box::new(value), right, true),
            None => (left, right, false),
        },
        (None, Some(value)) => match decimal(&left).and_then(|other| beside(value, op, other)) {
            Some(value) => (left, Box::new(value), true),
            None => (left, right, false),
        },
        _ if is_comparison(op) => as_floats(*left, *right, schema)?,
        _ => (left, right, false),
    };
    let binary = Expr::BinaryExpr(BinaryExpr { left, op, right });
    Ok(Transformed::new_transformed(binary, is_changed))
}

/// Both sides of a comparison of a decimal with a float as floats: as decimals of a fixed number of digits, equal numbers would differ.
fn as_floats(left: Expr, right: Expr, schema: &DFSchema) -> Result<(Box<Expr>, Box<Expr>, bool)> {
    let types = (left.get_type(schema), right.get_type(schema));
    let float = |expr: Expr| expr.cast_to(&DataType::Float64, schema).map(Box::new);
    Ok(match types {
        (Ok(DataType::Decimal128(..)), Ok(other)) if other.is_floating() => {
            (float(left)?, Box::new(right), true)
        }
        (Ok(other), Ok(DataType::Decimal128(..))) if other.is_floating() => {
            (Box::new(left), float(right)?, true)
        }
        // A number that is written out is one that its writer sees.
        (Ok(integers), Ok(other))
            if other.is_floating()
                && number(&right).is_none()
                && WholeFloat::is_needed(&integers) =>
        {
            (Box::new(WholeFloat::of(left)), Box::new(right), true)
        }
        (Ok(other), Ok(integers))
            if other.is_floating()
                && number(&left).is_none()
                && WholeFloat::is_needed(&integers) =>
        {
            (Box::new(left), Box::new(WholeFloat::of(right)), true)
        }
        _ => (Box::new(left), Box::new(right), false),
    })
}

/// A range or a list of a decimal and floats, as [`as_floats`].
pub(super) fn exact_set(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let data_type = |expr: &Expr| expr.get_type(schema).ok();
    let members: Vec<&Expr> = match &expr {
        Expr::Between(between) => vec![&between.expr, &between.low, &between.high],
        Expr::InList(list) => std::iter::once(list.expr.as_ref())
            .chain(&list.list)
            .collect(),
        _ => return Ok(Transformed::no(expr)),
    };
    let types: Vec<DataType> = members
        .iter()
        .filter_map(|member| data_type(member))
        .collect();
    let has_decimal = types.iter().any(|t| matches!(t, DataType::Decimal128(..)));
    // A literal beside decimals becomes one.
    let floats = members.iter().any(|member| {
        number(member).is_none() && data_type(member).is_some_and(|t| t.is_floating())
    });
    if !has_decimal || !floats {
        return Ok(Transformed::no(expr));
    }
    let float = |expr: Expr| expr.cast_to(&DataType::Float64, schema);
    Ok(Transformed::yes(match expr {
        Expr::Between(between) => Expr::Between(Between {
            expr: Box::new(float(*between.expr)?),
            negated: between.negated,
            low: Box::new(float(*between.low)?),
            high: Box::new(float(*between.high)?),
        }),
        Expr::InList(list) => Expr::InList(InList {
            expr: Box::new(float(*list.expr)?),
            list: list.list.into_iter().map(float).collect::<Result<_>>()?,
            negated: list.negated,
        }),
        other => other,
    }))
}

/// A value that is one of several, such as the first that is there: where decimals are among them, it is a decimal, and none of its digits is
/// lost. DataFusion has no decimals in `nvl` and `nullif`, and gives a number with a fraction fifteen digits behind the point.
///
/// # Errors
/// A float, whose digits no decimal has room for, is among decimals.
pub(super) fn exact_choice(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::Case(mut case) => {
            let values = case.when_then_expr.iter_mut().map(|(_, value)| value);
            let values = values.chain(&mut case.else_expr).map(Box::as_mut);
            let is_changed = choice(values.collect(), schema)?;
            Ok(Transformed::new_transformed(Expr::Case(case), is_changed))
        }
        Expr::ScalarFunction(mut call) => {
            let name = call.func.name();
            let is_first = matches!(name, "nvl" | "ifnull");
            let is_nullif = name == "nullif" && call.args.len() == 2;
            if !is_first && !is_nullif && !matches!(name, "coalesce" | "greatest" | "least") {
                return Ok(Transformed::no(Expr::ScalarFunction(call)));
            }
            let is_decimal = |value: &Expr| decimal(value, schema).is_some();
            let has_decimal = call.args.iter().any(is_decimal);
            let is_changed = choice(call.args.iter_mut().collect(), schema)?;
            if is_first && has_decimal {
                return Ok(Transformed::yes(coalesce(call.args)));
            }
            if is_nullif && has_decimal {
                let (Some(other), Some(value)) = (call.args.pop(), call.args.pop()) else {
                    return internal_err!("`nullif` has two values");
                };
                let nothing = Expr::Literal(ScalarValue::Null, None);
                let kept = when(value.clone().eq(other), nothing).otherwise(value)?;
                return Ok(Transformed::yes(kept));
            }
            let call = Expr::ScalarFunction(call);
            Ok(Transformed::new_transformed(call, is_changed))
        }
        other => Ok(Transformed::no(other)),
    }
}

/// Numbers with a fraction among decimals become decimals, and integers among floats those that are the same number; whether there were
/// any.
fn choice(values: Vec<&mut Expr>, schema: &DFSchema) -> Result<bool> {
    let mut is_changed = false;
    if !values.iter().any(|value| decimal(value, schema).is_some()) {
        let is_float = |value: &Expr| value.get_type(schema).is_ok_and(|t| t.is_floating());
        let has_float = values.iter().any(|value| is_float(value));
        for value in values {
            let data_type = value.get_type(schema);
            let is_literal = matches!(value, Expr::Literal(..));
            if has_float && !is_literal && data_type.is_ok_and(|t| WholeFloat::is_needed(&t)) {
                *value = WholeFloat::of(std::mem::take(value));
                is_changed = true;
            }
        }
        return Ok(is_changed);
    }
    for value in values {
        if let Some(number) = number(value) {
            if let Some(number) = digits(number).map(decimal_literal) {
                *value = number;
                is_changed = true;
            }
        } else if value.get_type(schema).is_ok_and(|t| t.is_floating()) {
            return plan_err!(
                "`{value}` is a float among decimals, and no type has all digits of both; CAST one of them to the type that you want"
            );
        }
    }
    Ok(is_changed)
}

/// The columns of a union, each of which is one of several values.
///
/// # Errors
/// A column has floats in one input and decimals in another.
pub(super) fn exact_union(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Union(mut union) = plan else {
        return Ok(Transformed::no(plan));
    };
    let columns = union
        .inputs
        .first()
        .map_or(0, |input| input.schema().fields().len());
    // Inputs of different widths are an error of the union, which says so itself.
    if union
        .inputs
        .iter()
        .any(|input| input.schema().fields().len() != columns)
    {
        return Ok(Transformed::no(LogicalPlan::Union(union)));
    }
    // Of each input, the columns that take the place of others.
    let mut replaced: Vec<Vec<(usize, Expr)>> = vec![Vec::new(); union.inputs.len()];
    for column in 0..columns {
        let fields = union
            .inputs
            .iter()
            .map(|input| input.schema().field(column));
        let types: Vec<DataType> = fields.map(|field| field.data_type().clone()).collect();
        let has_decimal = types.iter().any(|t| matches!(t, DataType::Decimal128(..)));
        if !types.iter().any(DataType::is_floating) {
            continue;
        }
        for (place, input) in union.inputs.iter().enumerate() {
            let name = || Expr::Column(Column::from(input.schema().qualified_field(column)));
            if has_decimal && types[place].is_floating() {
                let Some(number) = written(input, column).and_then(digits) else {
                    return plan_err!(
                        "`{}` is a float in one part of the union and a decimal in another, and no type has all digits of both; CAST one \
                         of them to the type that you want",
                        union.inputs[0].schema().field(column).name()
                    );
                };
                replaced[place].push((column, decimal_literal(number)));
            } else if !has_decimal && WholeFloat::is_needed(&types[place]) {
                replaced[place].push((column, WholeFloat::of(name())));
            }
        }
    }
    let mut is_changed = false;
    for (input, mut replaced) in union.inputs.iter_mut().zip(replaced) {
        if replaced.is_empty() {
            continue;
        }
        let columns = input.schema().columns().into_iter().enumerate();
        let columns = columns.map(|(place, column)| {
            let found = replaced.iter_mut().find(|(known, _)| *known == place);
            match found {
                Some((_, value)) => std::mem::take(value).alias(column.name),
                None => Expr::Column(column),
            }
        });
        let columns: Vec<Expr> = columns.collect();
        let projection = Projection::try_new(columns, Arc::clone(input))?;
        *input = Arc::new(LogicalPlan::Projection(projection));
        is_changed = true;
    }
    Ok(Transformed::new_transformed(
        LogicalPlan::Union(union),
        is_changed,
    ))
}

/// The number that stands written in a column of a plan.
fn written(plan: &LogicalPlan, column: usize) -> Option<f64> {
    match plan {
        LogicalPlan::Projection(projection) => match projection.expr.get(column)? {
            Expr::Alias(alias) => number(&alias.expr),
            other => number(other),
        },
        _ => None,
    }
}

/// Digits of a decimal, and how many of them are behind the point.
fn decimal(expr: &Expr, schema: &DFSchema) -> Option<(i64, i64)> {
    match expr.get_type(schema) {
        Ok(DataType::Decimal128(precision, scale)) => {
            Some((i64::from(precision), i64::from(scale)))
        }
        _ => None,
    }
}

fn decimal_literal((digits, scale): (i128, i64)) -> Expr {
    let value =
        ScalarValue::Decimal128(Some(digits), precision_of(digits, scale) as u8, scale as i8);
    Expr::Literal(value, None)
}

fn precision_of(digits: i128, scale: i64) -> i64 {
    let digits = digits.unsigned_abs().checked_ilog10();
    digits.map_or(1, |log| i64::from(log) + 1).max(scale)
}

const fn is_comparison(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
    )
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal(ScalarValue::Float64(Some(value)), _) => Some(*value),
        Expr::Negative(value) => number(value).map(|value| -value),
        _ => None,
    }
}

/// A number as a decimal, for an operator whose other side is `decimal(precision, scale)`.
fn beside(value: f64, op: Operator, (precision, scale): (i64, i64)) -> Option<Expr> {
    let (digits, value_scale) = digits(value)?;
    let value_precision = precision_of(digits, value_scale);
    // Both sides of a comparison get one type, in which every value of the column must have its place.
    let common = (precision - scale).max(value_precision - value_scale) + scale.max(value_scale);
    let fits = match op {
        Operator::Multiply => scale + value_scale <= DIGITS,
        Operator::Plus | Operator::Minus | Operator::Modulo => true,
        op if is_comparison(op) => common <= DIGITS,
        _ => false,
    };
    fits.then(|| decimal_literal((digits, value_scale)))
}

/// The digits of a float as people write it, and how many of them are behind the point.
fn digits(value: f64) -> Option<(i128, i64)> {
    // Rust prints the shortest text that is this float, without an exponent.
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}");
    let count = digits.trim_start_matches('-').trim_start_matches('0').len() as i64;
    if !value.is_finite() || count > DIGITS || fraction.len() as i64 > DIGITS {
        return None;
    }
    Some((digits.parse().ok()?, fraction.len() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_read_as_they_were_written() {
        for (value, expected) in [
            (1.19, Some((119, 2))),
            (-0.5, Some((-5, 1))),
            (0.0, Some((0, 0))),
            (1e20, Some((100_000_000_000_000_000_000, 0))),
            (1e-7, Some((1, 7))),
            (1e40, None),
            (1e-40, None),
            (f64::NAN, None),
        ] {
            assert_eq!(digits(value), expected, "{value}");
        }
    }
}
