//! Numbers with a fraction as they were written.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{BinaryExpr, InList};
use datafusion::logical_expr::{Between, Expr, ExprSchemable, Operator};

/// Most digits of a decimal.
const DIGITS: i64 = 38;

/// A number beside a decimal becomes one, where the operator has room for all digits of both.
pub(super) fn exact(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let BinaryExpr { left, op, right } = binary;
    let decimal = |expr: &Expr| match expr.get_type(schema) {
        Ok(DataType::Decimal128(precision, scale)) => {
            Some((i64::from(precision), i64::from(scale)))
        }
        _ => None,
    };
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
    let value_precision = digits
        .unsigned_abs()
        .checked_ilog10()
        .map_or(1, |log| i64::from(log) + 1);
    let value_precision = value_precision.max(value_scale);
    // Both sides of a comparison get one type, in which every value of the column must have its place.
    let common = (precision - scale).max(value_precision - value_scale) + scale.max(value_scale);
    let fits = match op {
        Operator::Multiply => scale + value_scale <= DIGITS,
        Operator::Plus | Operator::Minus | Operator::Modulo => true,
        op if is_comparison(op) => common <= DIGITS,
        _ => false,
    };
    fits.then(|| {
        let decimal =
            ScalarValue::Decimal128(Some(digits), value_precision as u8, value_scale as i8);
        Expr::Literal(decimal, None)
    })
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
