//! `+ - * / %`, unary minus and `<< >>` of numbers, with an error where a result does not fit its type.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Datum, Decimal128Array, PrimitiveArray, UInt32Array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::numeric;
use arrow::compute::nullif;
use arrow::datatypes::{
    ArrowNativeTypeOp, ArrowPrimitiveType, DataType, Decimal128Type, DecimalType, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type, i256,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::physical_expr_common::datum::apply;

use super::failure::{ByRow, Evaluated, Wording, apart, first, lost, plain};
use super::finite::{all_finite, finite_only};

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

    /// The results of all rows at once; fails where one has none.
    fn whole(
        &self,
        left: &dyn Datum,
        right: &dyn Datum,
    ) -> std::result::Result<ArrayRef, ArrowError> {
        let found = match self.operator {
            Operator::Plus => numeric::add(left, right)?,
            Operator::Minus => numeric::sub(left, right)?,
            Operator::Multiply => numeric::mul(left, right)?,
            Operator::Divide if !left.get().0.data_type().is_decimal() => {
                numeric::div(left, right)?
            }
            Operator::Modulo => numeric::rem(left, right)?,
            // These have no kernel, or one that answers with another number.
            _ => {
                let (left, right) = of_one_length(left, right)?;
                let found = match self.operator {
                    Operator::Divide => quotients(&left, &right)?,
                    operator => integers(operator, &left, &right)?,
                };
                let both = NullBuffer::union(left.nulls(), right.nulls());
                match lost(both.as_ref(), &found).is_empty() {
                    true => found,
                    false => return Err(ArrowError::ArithmeticOverflow(String::new())),
                }
            }
        };
        match fits(&found) {
            true => Ok(found),
            false => Err(ArrowError::ArithmeticOverflow(String::new())),
        }
    }

    /// The results that there are.
    fn results(&self, left: &ArrayRef, right: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
        let found = match (left.data_type(), self.operator) {
            (t, operator) if t.is_integer() => integers(operator, left, right)?,
            (t, Operator::Divide) if t.is_decimal() => fitting(&quotients(left, right)?)?,
            (t, _) if t.is_floating() => finite_only(&self.unbounded(left, right)?)?,
            _ => {
                let part = |start, rows| {
                    let (left, right) = (left.slice(start, rows), right.slice(start, rows));
                    Ok(self.whole(&left, &right)?)
                };
                apart(left.len(), to, part, plain)?.values
            }
        };
        // Operators of decimals of one type may answer with less digits than planned.
        match found.data_type() == to {
            true => Ok(found),
            false => Ok(arrow::compute::cast(&found, to)?),
        }
    }

    /// Of floats, whose kernels do not fail.
    fn unbounded(&self, left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
        Ok(match self.operator {
            Operator::Plus => numeric::add(left, right)?,
            Operator::Minus => numeric::sub(left, right)?,
            Operator::Multiply => numeric::mul(left, right)?,
            Operator::Divide => numeric::div(left, right)?,
            _ => numeric::rem(left, right)?,
        })
    }

    /// The results that there are, and why the first `most` rows without one have none.
    fn each(
        &self,
        left: &ArrayRef,
        right: &ArrayRef,
        to: &DataType,
        (wording, most): (Wording<'_>, usize),
    ) -> Result<Evaluated> {
        let values = self.results(left, right, to)?;
        let both = NullBuffer::union(
            left.logical_nulls().as_ref(),
            right.logical_nulls().as_ref(),
        );
        let lost = lost(both.as_ref(), &values);
        let format = FormatOptions::default();
        let (shown_left, shown_right) = (
            ArrayFormatter::try_new(left, &format)?,
            ArrayFormatter::try_new(right, &format)?,
        );
        let by_zero =
            wording.of_any(|shown| DataFusionError::Execution(format!("{shown} divides by zero")));
        let outside = wording.of_any(|shown| {
            DataFusionError::Execution(format!("{shown} is outside of the range of {to}"))
        });
        let is_zero = match self.operator {
            Operator::Divide | Operator::Modulo if !lost.is_empty() => zeros(right)?,
            _ => BooleanArray::from(vec![false; right.len()]),
        };
        let operator = self.operator;
        let failed = lost.into_iter().take(most).map(|row| {
            let place = row as usize;
            let (l, r) = (shown_left.value(place), shown_right.value(place));
            let said = match is_zero.value(place) {
                true => &by_zero,
                false => &outside,
            };
            (row, said.value(&format!("{l} {operator} {r}")))
        });
        Ok(Evaluated {
            failed: failed.collect(),
            values,
        })
    }
}

impl ByRow for Checked {
    fn by_row(&self, args: ScalarFunctionArgs, wording: Wording<'_>) -> Result<Evaluated> {
        let [left, right] = args.args.as_slice() else {
            return exec_err!("an operator has two sides");
        };
        let rows = args.number_rows;
        let (left, right) = (left.to_array(rows)?, right.to_array(rows)?);
        self.each(&left, &right, args.return_type(), (wording, usize::MAX))
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
        let Ok(found) = apply(left, right, |l, r| self.whole(l, r)) else {
            let rows = match (left, right) {
                (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)) => 1,
                _ => args.number_rows,
            };
            let (left, right) = (left.to_array(rows)?, right.to_array(rows)?);
            let each = self.each(&left, &right, args.return_type(), (Wording(&plain), 1))?;
            return Ok(ColumnarValue::Array(first(each)?));
        };
        match found.data_type() == *args.return_type() {
            true => Ok(found),
            false => found.cast_to(args.return_type(), None),
        }
    }
}

fn zeros(array: &ArrayRef) -> Result<BooleanArray> {
    let numbers = arrow::compute::cast(array, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    Ok(BooleanArray::from_unary(numbers, |number| number == 0.0))
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

/// The decimals that have no more digits than their type.
fn fitting(array: &ArrayRef) -> Result<ArrayRef> {
    let DataType::Decimal128(precision, _) = array.data_type() else {
        return Ok(Arc::clone(array));
    };
    let most = 10i128.pow(u32::from((*precision).min(38)));
    let outside = BooleanArray::from_unary(array.as_primitive::<Decimal128Type>(), |value| {
        value <= -most || most <= value
    });
    Ok(nullif(array, &outside)?)
}

/// The quotients of decimals with four more digits than the left ones have, rounded half away from zero; the kernel of Arrow cuts.
/// Missing where there is none.
fn quotients(left: &ArrayRef, right: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
    let (&DataType::Decimal128(p1, s1), &DataType::Decimal128(_, s2)) =
        (left.data_type(), right.data_type())
    else {
        return numeric::div(left, right);
    };
    let scale = s1.saturating_add(4).min(Decimal128Type::MAX_SCALE);
    let shift = scale - s1 + s2;
    let digits = shift.saturating_add(p1 as i8) as u8;
    let ten = |power: i8| i256::from_i128(10).pow_checked(power.unsigned_abs().into());
    let (up, down) = match shift >= 0 {
        true => (ten(shift)?, i256::ONE),
        false => (i256::ONE, ten(shift)?),
    };
    let divide = |l: i128, r: i128| {
        let divided = i256::from_i128(l).mul_checked(up).ok()?;
        let divisor = i256::from_i128(r).mul_checked(down).ok()?;
        rounded_quotient(divided, divisor).ok()?.to_i128()
    };
    let (left, right) = (
        left.as_primitive::<Decimal128Type>(),
        right.as_primitive::<Decimal128Type>(),
    );
    let both = left.iter().zip(right);
    let quotients: Decimal128Array = both.map(|(l, r)| divide(l?, r?)).collect();
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

/// The two sides of an operator as arrays of one length.
fn of_one_length(
    left: &dyn Datum,
    right: &dyn Datum,
) -> std::result::Result<(ArrayRef, ArrayRef), ArrowError> {
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
    Ok((spread(left, one_left)?, spread(right, one_right)?))
}

/// An operator of integers; missing where the result does not fit their type.
fn integers(
    operator: Operator,
    left: &ArrayRef,
    right: &ArrayRef,
) -> std::result::Result<ArrayRef, ArrowError> {
    macro_rules! of {
        ($($data_type:pat => $t:ty),*) => {
            match left.data_type() {
                $($data_type => Ok(Arc::new(integers_of::<$t>(operator, left, right)?)),)*
                other => Err(ArrowError::InvalidArgumentError(format!("{other} is no integer"))),
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

fn integers_of<T: ArrowPrimitiveType>(
    operator: Operator,
    left: &ArrayRef,
    right: &ArrayRef,
) -> std::result::Result<PrimitiveArray<T>, ArrowError>
where
    T::Native: TryFrom<i128> + Into<i128>,
{
    let bits = 0..8 * size_of::<T::Native>() as i128;
    let of = |l: i128, r: i128| match operator {
        Operator::Plus => l.checked_add(r),
        Operator::Minus => l.checked_sub(r),
        Operator::Multiply => l.checked_mul(r),
        Operator::Divide => l.checked_div(r),
        Operator::Modulo => l.checked_rem(r),
        // Bits that are shifted out are lost, so they must not count.
        Operator::BitwiseShiftLeft => bits.contains(&r).then(|| l << r),
        Operator::BitwiseShiftRight => bits.contains(&r).then(|| l >> r),
        _ => None,
    };
    let left = left.as_primitive::<T>().iter();
    let left = left.map(|value| value.map(Into::<i128>::into));
    let fitting = |(l, r): (Option<i128>, Option<i128>)| T::Native::try_from(of(l?, r?)?).ok();
    if right.data_type() == &T::DATA_TYPE {
        let right = right.as_primitive::<T>().iter();
        let right = right.map(|value| value.map(Into::<i128>::into));
        return Ok(left.zip(right).map(fitting).collect());
    }
    // A number of bits.
    let right = arrow::compute::cast(right, &DataType::Int64)?;
    let right = right.as_primitive::<Int64Type>().iter();
    let right = right.map(|value| value.map(i128::from));
    Ok(left.zip(right).map(fitting).collect())
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
        if let ColumnarValue::Array(array) = value
            && let Ok(negated) = numeric::neg(array)
        {
            return Ok(ColumnarValue::Array(negated));
        }
        let rows = match value {
            ColumnarValue::Scalar(_) => 1,
            ColumnarValue::Array(array) => array.len(),
        };
        let negated = first(self.each(&value.to_array(rows)?, Wording(&plain))?)?;
        Ok(match value {
            ColumnarValue::Scalar(_) => {
                ColumnarValue::Scalar(ScalarValue::try_from_array(&negated, 0)?)
            }
            ColumnarValue::Array(_) => ColumnarValue::Array(negated),
        })
    }
}

impl Negated {
    fn each(&self, values: &ArrayRef, wording: Wording<'_>) -> Result<Evaluated> {
        if !values.data_type().is_integer() {
            return Ok(Evaluated::without_failure(numeric::neg(values)?));
        }
        let zeros = ScalarValue::new_zero(values.data_type())?.to_array_of_size(values.len())?;
        let negated = integers(Operator::Minus, &zeros, values)?;
        let said = wording.of_any(|value| {
            let of = values.data_type();
            DataFusionError::Execution(format!("-({value}) is outside of the range of {of}"))
        });
        let shown = ArrayFormatter::try_new(values, &FormatOptions::default())?;
        let lost = lost(values.logical_nulls().as_ref(), &negated).into_iter();
        let failed = lost.map(|row| {
            let value = shown.value(row as usize).to_string();
            (row, said.value(&value))
        });
        Ok(Evaluated {
            failed: failed.collect(),
            values: negated,
        })
    }
}

impl ByRow for Negated {
    fn by_row(&self, args: ScalarFunctionArgs, wording: Wording<'_>) -> Result<Evaluated> {
        match args.args.as_slice() {
            [value] => self.each(&value.to_array(args.number_rows)?, wording),
            _ => exec_err!("a minus has one value"),
        }
    }
}
