//! `+ - * / %`, unary minus and `<< >>` of numbers, with an error where a result does not fit its type.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Datum, Decimal128Array, Int64Array, PrimitiveArray, UInt32Array,
};
use arrow::compute::kernels::numeric;
use arrow::datatypes::{
    ArrowNativeTypeOp, ArrowPrimitiveType, DataType, Decimal128Type, DecimalType, Int8Type,
    Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type, i256,
};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::physical_expr_common::datum::apply;

use super::failure::first_failure;
use super::finite::all_finite;

/// An operator of two numbers as a function: what it answers does fit its type, or it fails.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Checked {
    operator: Operator,
    signature: Signature,
}

impl Checked {
    /// The function for an operator; `None`: this one cannot leave its type unseen.
    pub(super) fn function(operator: Operator) -> Option<Arc<ScalarUDF>> {
        use Operator::*;
        match operator {
            Plus | Minus | Multiply | Divide | Modulo | BitwiseShiftLeft | BitwiseShiftRight => {
                Some(Arc::new(ScalarUDF::from(Checked {
                    operator,
                    signature: Signature::any(2, Volatility::Immutable),
                })))
            }
            _ => None,
        }
    }

    fn whole(
        &self,
        left: &dyn Datum,
        right: &dyn Datum,
    ) -> std::result::Result<ArrayRef, ArrowError> {
        match self.operator {
            Operator::Plus => numeric::add(left, right),
            Operator::Minus => numeric::sub(left, right),
            Operator::Multiply => numeric::mul(left, right),
            Operator::Divide => match left.get().0.data_type() {
                DataType::Decimal128(..) => divide_decimals(left, right),
                _ => numeric::div(left, right),
            },
            Operator::Modulo => numeric::rem(left, right),
            _ => shift(self.operator, left, right),
        }
    }

    /// What a row without a result computes, for people.
    fn refused(&self, left: &ArrayRef, right: &ArrayRef, result: &DataType) -> DataFusionError {
        let shown = |value: &ArrayRef| {
            arrow::util::display::array_value_to_string(value, 0).unwrap_or_default()
        };
        let (l, r, operator) = (shown(left), shown(right), self.operator);
        let is_division = matches!(operator, Operator::Divide | Operator::Modulo);
        let message = match is_division && is_zero(right) {
            true => format!("{l} {operator} {r} divides by zero"),
            false => format!("{l} {operator} {r} is outside of the range of {result}"),
        };
        DataFusionError::Execution(message)
    }
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.operator {
            Operator::Plus => "checked_plus",
            Operator::Minus => "checked_minus",
            Operator::Multiply => "checked_multiply",
            Operator::Divide => "checked_divide",
            Operator::Modulo => "checked_modulo",
            Operator::BitwiseShiftLeft => "checked_shift_left",
            _ => "checked_shift_right",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// As the operator's: columns without a name of their own keep theirs.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [left, right] = args else {
            return exec_err!("an operator has two sides");
        };
        let (left, right) = (left.schema_name(), right.schema_name());
        Ok(format!("{left} {} {right}", self.operator))
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [left, right] = types else {
            return exec_err!("an operator has two sides");
        };
        BinaryTypeCoercer::new(left, &self.operator, right).get_result_type()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return exec_err!("an operator has two sides");
        };
        let evaluate = |left: &ColumnarValue, right: &ColumnarValue| {
            apply(left, right, |l, r| {
                let found = self.whole(l, r)?;
                match fits(&found) {
                    true => Ok(found),
                    false => Err(ArrowError::ArithmeticOverflow(String::new())),
                }
            })
        };
        let found = evaluate(left, right).or_else(|_| {
            let rows = match (left, right) {
                (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)) => 1,
                _ => args.number_rows,
            };
            let (left, right) = (left.to_array(rows)?, right.to_array(rows)?);
            let part =
                |array: &ArrayRef, start, rows| ColumnarValue::Array(array.slice(start, rows));
            let fails = |start, rows| {
                evaluate(&part(&left, start, rows), &part(&right, start, rows)).is_err()
            };
            let row = first_failure(rows, fails);
            Err(self.refused(
                &left.slice(row, 1),
                &right.slice(row, 1),
                args.return_type(),
            ))
        })?;
        // Operators of decimals of one type may answer with less digits than planned.
        match found.data_type() == *args.return_type() {
            true => Ok(found),
            false => found.cast_to(args.return_type(), None),
        }
    }
}

fn is_zero(array: &ArrayRef) -> bool {
    let zero = arrow::compute::cast(array, &DataType::Float64);
    zero.is_ok_and(|zero| {
        zero.is_valid(0)
            && zero
                .as_primitive::<arrow::datatypes::Float64Type>()
                .value(0)
                == 0.0
    })
}

/// Whether the values are within what their type says, which the kernels check of integers only.
fn fits(array: &ArrayRef) -> bool {
    match array.data_type() {
        DataType::Decimal128(precision, _) => {
            let decimals = array.as_primitive::<Decimal128Type>();
            decimals_fit(decimals, *precision)
        }
        DataType::Decimal256(precision, _) => array
            .as_primitive::<arrow::datatypes::Decimal256Type>()
            .validate_decimal_precision(*precision)
            .is_ok(),
        t if t.is_floating() => all_finite(array),
        _ => true,
    }
}

fn decimals_fit(decimals: &Decimal128Array, precision: u8) -> bool {
    let most = 10i128.pow(u32::from(precision.min(38)));
    let within = |value: &i128| -most < *value && *value < most;
    // Without looking at each row's null first.
    decimals.values().iter().all(within) || decimals.iter().flatten().all(|value| within(&value))
}

/// The quotient of decimals with four more digits than the left one has, rounded half away from zero; the kernel of Arrow cuts.
fn divide_decimals(
    left: &dyn Datum,
    right: &dyn Datum,
) -> std::result::Result<ArrayRef, ArrowError> {
    let ((left, one_left), (right, one_right)) = (left.get(), right.get());
    let (&DataType::Decimal128(p1, s1), &DataType::Decimal128(_, s2)) =
        (left.data_type(), right.data_type())
    else {
        return Err(ArrowError::InvalidArgumentError(
            "decimals of two widths".to_owned(),
        ));
    };
    let scale = s1.saturating_add(4).min(Decimal128Type::MAX_SCALE);
    let shift = scale - s1 + s2;
    let digits = shift.saturating_add(p1 as i8) as u8;
    let ten = |power: i8| i256::from_i128(10).pow_checked(power.unsigned_abs().into());
    let (up, down) = match shift >= 0 {
        true => (ten(shift)?, i256::ONE),
        false => (i256::ONE, ten(shift)?),
    };
    let (left, right) = (
        left.as_primitive::<Decimal128Type>(),
        right.as_primitive::<Decimal128Type>(),
    );
    let divide = |l: i128, r: i128| {
        let divided = i256::from_i128(l).mul_checked(up)?;
        let divisor = i256::from_i128(r).mul_checked(down)?;
        let quotient = rounded_quotient(divided, divisor)?;
        quotient
            .to_i128()
            .ok_or_else(|| ArrowError::ArithmeticOverflow(String::new()))
    };
    let rows = match (one_left, one_right) {
        (false, _) => left.len(),
        (true, false) => right.len(),
        (true, true) => 1,
    };
    let value = |array: &Decimal128Array, is_one: bool, row: usize| {
        let row = if is_one { 0 } else { row };
        array.is_valid(row).then(|| array.value(row))
    };
    let quotients =
        (0..rows).map(
            |row| match (value(left, one_left, row), value(right, one_right, row)) {
                (Some(l), Some(r)) => divide(l, r).map(Some),
                _ => Ok(None),
            },
        );
    let quotients = quotients.collect::<std::result::Result<Decimal128Array, ArrowError>>()?;
    let digits = digits.clamp(1, Decimal128Type::MAX_PRECISION);
    Ok(Arc::new(quotients.with_precision_and_scale(digits, scale)?))
}

/// `divided / divisor`, rounded half away from zero.
pub(crate) fn rounded_quotient(
    divided: i256,
    divisor: i256,
) -> std::result::Result<i256, ArrowError> {
    let quotient = divided.div_checked(divisor)?;
    let rest = divided.mod_checked(divisor)?.wrapping_abs();
    // rest >= divisor - rest, without doubling.
    match rest != i256::ZERO && rest >= divisor.wrapping_abs().wrapping_sub(rest) {
        false => Ok(quotient),
        true if (divided < i256::ZERO) == (divisor < i256::ZERO) => quotient.add_checked(i256::ONE),
        true => quotient.sub_checked(i256::ONE),
    }
}

/// `left << right` and `left >> right`: bits that are shifted out are lost, so they must not count.
fn shift(
    operator: Operator,
    left: &dyn Datum,
    right: &dyn Datum,
) -> std::result::Result<ArrayRef, ArrowError> {
    let ((left, one_left), (right, one_right)) = (left.get(), right.get());
    let rows = match (one_left, one_right) {
        (false, _) => left.len(),
        (true, false) => right.len(),
        (true, true) => 1,
    };
    let spread = |array: &dyn Array, is_one: bool| match is_one {
        false => Ok(arrow::array::make_array(array.to_data())),
        true => arrow::compute::take(array, &UInt32Array::from(vec![0; rows]), None),
    };
    let (left, right) = (spread(left, one_left)?, spread(right, one_right)?);
    let by = arrow::compute::cast(&right, &DataType::Int64)?;
    let by = by.as_primitive::<Int64Type>();
    macro_rules! of {
        ($($data_type:pat => $t:ty),*) => {
            match left.data_type() {
                $($data_type => shifted::<$t>(operator, left.as_primitive(), by),)*
                other => Err(ArrowError::InvalidArgumentError(format!("{other} has no bits"))),
            }
        };
    }
    of!(
        DataType::Int8 => Int8Type,
        DataType::Int16 => Int16Type,
        DataType::Int32 => Int32Type,
        DataType::Int64 => Int64Type,
        DataType::UInt8 => UInt8Type,
        DataType::UInt16 => UInt16Type,
        DataType::UInt32 => UInt32Type,
        DataType::UInt64 => UInt64Type
    )
}

fn shifted<T: ArrowPrimitiveType>(
    operator: Operator,
    left: &PrimitiveArray<T>,
    by: &Int64Array,
) -> std::result::Result<ArrayRef, ArrowError>
where
    T::Native: TryFrom<i128> + Into<i128>,
{
    let outside = || ArrowError::ArithmeticOverflow(String::new());
    let bits = 8 * size_of::<T::Native>() as i64;
    let one = |value: T::Native, by: i64| {
        if !(0..bits).contains(&by) {
            return Err(outside());
        }
        let value: i128 = value.into();
        let shifted = match operator {
            Operator::BitwiseShiftLeft => value << by,
            _ => value >> by,
        };
        T::Native::try_from(shifted).map_err(|_| outside())
    };
    let shifted = left.iter().zip(by).map(|(value, by)| match (value, by) {
        (Some(value), Some(by)) => one(value, by).map(Some),
        _ => Ok(None),
    });
    let shifted: PrimitiveArray<T> = shifted.collect::<std::result::Result<_, ArrowError>>()?;
    Ok(Arc::new(shifted))
}

/// `- value` as a function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Negated {
    signature: Signature,
}

impl Negated {
    pub(super) fn function() -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::from(Negated {
            signature: Signature::any(1, Volatility::Immutable),
        }))
    }
}

impl ScalarUDFImpl for Negated {
    fn name(&self) -> &str {
        "checked_minus_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// As the operator's: columns without a name of their own keep theirs.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [value] = args else {
            return exec_err!("a minus has one value");
        };
        Ok(format!("(- {})", value.schema_name()))
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [value] => Ok(value.clone()),
            _ => exec_err!("a minus has one value"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = args.args.as_slice() else {
            return exec_err!("a minus has one value");
        };
        let rows = match value {
            ColumnarValue::Scalar(_) => 1,
            ColumnarValue::Array(array) => array.len(),
        };
        let values = value.to_array(rows)?;
        let negated = numeric::neg(&values).map_err(|_| {
            let fails = |start, rows| numeric::neg(&values.slice(start, rows)).is_err();
            let row = first_failure(rows, fails);
            let shown = arrow::util::display::array_value_to_string(&values, row);
            DataFusionError::Execution(format!(
                "-({}) is outside of the range of {}",
                shown.unwrap_or_default(),
                values.data_type()
            ))
        })?;
        match value {
            ColumnarValue::Scalar(_) => Ok(ColumnarValue::Scalar(
                datafusion::common::ScalarValue::try_from_array(&negated, 0)?,
            )),
            ColumnarValue::Array(_) => Ok(ColumnarValue::Array(negated)),
        }
    }
}
