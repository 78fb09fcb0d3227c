//! Numbers with a fraction as they were written.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result, ScalarValue, plan_err};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::expr::{BinaryExpr, Case, InList};
use datafusion::logical_expr::{
    Between, Expr, ExprSchemable, JoinConstraint, LogicalPlan, Operator, Projection, Union, cast,
    when,
};
use datafusion::optimizer::analyzer::type_coercion::TypeCoercionRewriter;

use super::same_float::SameFloat;

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
            if other.is_floating() && number(&right).is_none() && is_long(&integers) =>
        {
            (Box::new(SameFloat::of(left)), Box::new(right), true)
        }
        (Ok(other), Ok(integers))
            if other.is_floating() && number(&left).is_none() && is_long(&integers) =>
        {
            (Box::new(left), Box::new(SameFloat::of(right)), true)
        }
        _ => (Box::new(left), Box::new(right), false),
    })
}

/// A range or a list of numbers among which are floats, as [`as_floats`].
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
    if !floats {
        return Ok(Transformed::no(expr));
    }
    let float = |expr: Expr| match expr.get_type(schema) {
        Ok(DataType::Int64 | DataType::UInt64) if !matches!(expr, Expr::Literal(..)) => {
            Ok(SameFloat::of(expr))
        }
        _ if has_decimal => expr.cast_to(&DataType::Float64, schema),
        _ => Ok(expr),
    };
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

/// A value that is one of several, such as the first that is there. None of its digits is lost: numbers that are written among decimals are
/// decimals, and what stands among floats is a float, or fails where it has none of its own. DataFusion has no decimals in `nvl` and
/// `nullif`, and gives a number with a fraction fifteen digits behind the point.
pub(super) fn exact_choice(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::Case(case) => {
            let Transformed {
                data: mut case,
                transformed: is_searched,
                ..
            } = searched(case, schema)?;
            let values = case.when_then_expr.iter_mut().map(|(_, value)| value);
            let values = values.chain(&mut case.else_expr).map(Box::as_mut);
            let is_changed = choice(values.collect(), schema)?;
            let is_changed = is_changed || is_searched;
            Ok(Transformed::new_transformed(Expr::Case(case), is_changed))
        }
        Expr::ScalarFunction(mut call) => {
            let name = call.func.name();
            if CHOICES.contains(&name) {
                of_one_kind(name, &call.args, schema)?;
            }
            let is_decimal = |value: &Expr| decimal(value, schema).is_some();
            let has_decimal = call.args.iter().any(is_decimal);
            match (name, call.args.as_mut_slice()) {
                ("nullif", [value, other]) if has_decimal => {
                    let (value, other) = (std::mem::take(value), std::mem::take(other));
                    let same =
                        BinaryExpr::new(Box::new(value.clone()), Operator::Eq, Box::new(other));
                    let same = exact(same, schema)?.data;
                    let nothing = Expr::Literal(ScalarValue::Null, None);
                    Ok(Transformed::yes(when(same, nothing).otherwise(value)?))
                }
                ("nvl" | "ifnull", values) if has_decimal => {
                    choice(values.iter_mut().collect(), schema)?;
                    Ok(Transformed::yes(coalesce(call.args)))
                }
                ("nvl" | "ifnull" | "coalesce" | "greatest" | "least", values) => {
                    let is_changed = choice(values.iter_mut().collect(), schema)?;
                    let call = Expr::ScalarFunction(call);
                    Ok(Transformed::new_transformed(call, is_changed))
                }
                _ => Ok(Transformed::no(Expr::ScalarFunction(call))),
            }
        }
        other => Ok(Transformed::no(other)),
    }
}

/// Functions whose answer is one of their arguments.
const CHOICES: [&str; 6] = ["coalesce", "greatest", "ifnull", "least", "nullif", "nvl"];

/// Refuses texts among numbers: the texts would be read as numbers, `007` as 7, and the first one that is none would fail.
fn of_one_kind(name: &str, values: &[Expr], schema: &DFSchema) -> Result<()> {
    // What has no type before types are settled is neither.
    let is = |kind: fn(&DataType) -> bool| {
        let mut types = values
            .iter()
            .filter_map(|value| value.get_type(schema).ok());
        types.any(|data_type| kind(&data_type))
    };
    match is(DataType::is_string) && is(DataType::is_numeric) {
        true => plan_err!(
            "`{name}` takes texts or numbers, not both: write a number as a text, such as '0', or cast the text, such as cast(x AS bigint)"
        ),
        false => Ok(()),
    }
}

/// A `CASE` of a value that is compared with others, as one of comparisons where these are [exact] in another form.
fn searched(mut case: Case, schema: &DFSchema) -> Result<Transformed<Case>> {
    let Some(value) = &case.expr else {
        return Ok(Transformed::no(case));
    };
    let compared = case.when_then_expr.iter().map(|(other, _)| {
        let (value, other) = (value.clone(), other.clone());
        exact(BinaryExpr::new(value, Operator::Eq, other), schema)
    });
    let compared: Vec<Transformed<Expr>> = compared.collect::<Result<_>>()?;
    if !compared.iter().any(|comparison| comparison.transformed) {
        return Ok(Transformed::no(case));
    }
    case.expr = None;
    for ((when, _), comparison) in case.when_then_expr.iter_mut().zip(compared) {
        **when = comparison.data;
    }
    Ok(Transformed::yes(case))
}

/// A value that is looked for among those of a query, and these, as [`as_floats`].
pub(super) fn exact_subquery(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::InSubquery(mut set) = expr else {
        return Ok(Transformed::no(expr));
    };
    let query = Arc::clone(&set.subquery.subquery);
    let [field] = query.schema().fields().as_ref() else {
        return Ok(Transformed::no(Expr::InSubquery(set)));
    };
    let (own, theirs) = (set.expr.get_type(schema)?, field.data_type());
    if let Some(value) = as_float(&set.expr, &own, theirs) {
        *set.expr = value;
        return Ok(Transformed::yes(Expr::InSubquery(set)));
    }
    let column = Column::from(query.schema().qualified_field(0));
    if let Some(value) = as_float(&Expr::Column(column), theirs, &own) {
        let value = value.alias(field.name());
        let values = Projection::try_new(vec![value], Arc::clone(&query))?;
        set.subquery.subquery = Arc::new(LogicalPlan::Projection(values));
        return Ok(Transformed::yes(Expr::InSubquery(set)));
    }
    Ok(Transformed::no(Expr::InSubquery(set)))
}

/// The columns on which tables are joined, as [`as_floats`].
pub(super) fn exact_join(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Join(mut join) = plan else {
        return Ok(Transformed::no(plan));
    };
    let mut is_changed = false;
    for (left, right) in &mut join.on {
        let types = (
            left.get_type(join.left.schema())?,
            right.get_type(join.right.schema())?,
        );
        for (side, own, other) in [(left, &types.0, &types.1), (right, &types.1, &types.0)] {
            if let Some(value) = as_float(side, own, other) {
                *side = value;
                is_changed = true;
            }
        }
    }
    if is_changed {
        // They are no columns of one name any more.
        join.join_constraint = JoinConstraint::On;
    }
    let join = LogicalPlan::Join(join);
    Ok(Transformed::new_transformed(join, is_changed))
}

/// A value as a float, where it is an integer or a decimal that is compared with floats.
fn as_float(value: &Expr, own: &DataType, other: &DataType) -> Option<Expr> {
    match own {
        _ if !other.is_floating() || number(value).is_some() => None,
        DataType::Decimal128(..) => Some(cast(value.clone(), DataType::Float64)),
        own => is_long(own).then(|| SameFloat::beside(value.clone())),
    }
}

/// Gives values among each other one kind; whether any has changed.
fn choice(values: Vec<&mut Expr>, schema: &DFSchema) -> Result<bool> {
    // What has no type before types are settled is neither a decimal nor a float.
    let types = values.iter().map(|value| value.get_type(schema));
    let types: Vec<DataType> = types.map(|t| t.unwrap_or(DataType::Null)).collect();
    let mut is_changed = false;
    let written = values.iter().map(|value| number(value).map(digits));
    let written: Vec<Option<Option<(i128, i64)>>> = written.collect();
    let kinds = types.iter().zip(&written);
    match kind(kinds.map(|(data_type, written)| (data_type, written.as_ref()))) {
        Kind::Decimals => {
            for (value, written) in values.into_iter().zip(written) {
                if let Some(Some(number)) = written {
                    *value = decimal_literal(number);
                    is_changed = true;
                }
            }
        }
        Kind::Floats => {
            for (value, data_type) in values.into_iter().zip(types) {
                let is_literal = matches!(value, Expr::Literal(..));
                if !is_literal && SameFloat::is_needed(&data_type) {
                    *value = SameFloat::of(std::mem::take(value));
                    is_changed = true;
                }
            }
        }
        Kind::Others => {}
    }
    Ok(is_changed)
}

/// What values are that stand among each other.
enum Kind {
    /// Decimals, with numbers that are written beside them.
    Decimals,
    /// Floats, and maybe other numbers.
    Floats,
    /// Neither decimals nor floats.
    Others,
}

/// The kind of values of these types; of each also its digits, if it is a number that is written out.
fn kind<'t>(
    values: impl Iterator<Item = (&'t DataType, Option<&'t Option<(i128, i64)>>)> + Clone,
) -> Kind {
    let mut values = values;
    let is_decimal = |(t, _): (&DataType, _)| matches!(t, DataType::Decimal128(..));
    let has_decimal = values.clone().any(is_decimal);
    // A number that is written takes the kind of the others, if it has digits.
    let has_float = values.any(|(data_type, written)| {
        let is_written = has_decimal && written.is_some_and(Option::is_some);
        data_type.is_floating() && !is_written
    });
    match (has_float, has_decimal) {
        (true, _) => Kind::Floats,
        (false, true) => Kind::Decimals,
        (false, false) => Kind::Others,
    }
}

/// The columns of a union, each of which is one of several values.
pub(super) fn exact_union(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Union(union) = plan else {
        return Ok(Transformed::no(plan));
    };
    let width = |input: &Arc<LogicalPlan>| input.schema().fields().len();
    let columns = union.inputs.first().map_or(0, width);
    // Inputs of different widths are an error of the union, which says so itself.
    if union.inputs.iter().any(|input| width(input) != columns) {
        return Ok(Transformed::no(LogicalPlan::Union(union)));
    }
    // Of each input, the columns that take the place of others.
    let mut replaced: Vec<Vec<(usize, Expr)>> = vec![Vec::new(); union.inputs.len()];
    for column in 0..columns {
        let types = union.inputs.iter();
        let types = types.map(|input| input.schema().field(column).data_type());
        let written = union.inputs.iter();
        let written = written.map(|input| written_in(input, column).map(digits));
        let written: Vec<Option<Option<(i128, i64)>>> = written.collect();
        let kind = kind(types.clone().zip(written.iter().map(Option::as_ref)));
        for (place, (data_type, written)) in types.zip(&written).enumerate() {
            let input = union.inputs[place].schema();
            let value = || Expr::Column(Column::from(input.qualified_field(column)));
            match (&kind, written) {
                (Kind::Decimals, Some(Some(number))) => {
                    replaced[place].push((column, decimal_literal(*number)));
                }
                (Kind::Floats, _) if SameFloat::is_needed(data_type) => {
                    replaced[place].push((column, SameFloat::of(value())));
                }
                _ => {}
            }
        }
    }
    let schemas = || union.inputs.iter().map(|input| input.schema().fields());
    let are_settled = schemas().zip(schemas().skip(1)).all(|(a, b)| {
        let types = a.iter().zip(b.iter());
        types
            .into_iter()
            .all(|(a, b)| a.data_type() == b.data_type())
    });
    if are_settled {
        return Ok(Transformed::no(LogicalPlan::Union(union)));
    }
    let mut inputs = Vec::with_capacity(union.inputs.len());
    for (input, mut replaced) in union.inputs.into_iter().zip(replaced) {
        if replaced.is_empty() {
            inputs.push(input);
            continue;
        }
        let columns = input.schema().columns().into_iter().enumerate();
        let columns = columns.map(|(place, column)| {
            let mut replaced = replaced.iter_mut();
            match replaced.find(|(known, _)| *known == place) {
                Some((_, value)) => {
                    std::mem::take(value).alias_qualified(column.relation, column.name)
                }
                None => Expr::Column(column),
            }
        });
        let columns: Vec<Expr> = columns.collect();
        let projection = Projection::try_new(columns, Arc::clone(&input))?;
        inputs.push(Arc::new(LogicalPlan::Projection(projection)));
    }
    // Its types are those of its first input so far; what reads it sees those that it will have.
    let union = Union::try_new_with_loose_types(inputs)?;
    TypeCoercionRewriter::coerce_union(union).map(Transformed::yes)
}

/// The number that stands written in a column of a plan.
fn written_in(plan: &LogicalPlan, column: usize) -> Option<f64> {
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

/// Integers of which most have no float of their own.
const fn is_long(integers: &DataType) -> bool {
    matches!(integers, DataType::Int64 | DataType::UInt64)
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
