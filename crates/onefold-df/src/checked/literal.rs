//! Numbers with a fraction as they were written.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::{Expr, ExprSchemable, Operator};

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
        _ => (left, right, false),
    };
    let binary = Expr::BinaryExpr(BinaryExpr { left, op, right });
    Ok(Transformed::new_transformed(binary, is_changed))
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
        Operator::Eq
        | Operator::NotEq
        | Operator::Lt
        | Operator::LtEq
        | Operator::Gt
        | Operator::GtEq
        | Operator::IsDistinctFrom
        | Operator::IsNotDistinctFrom => common <= DIGITS,
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
