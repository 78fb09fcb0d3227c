//! `sum` of whole numbers and decimals, and `avg` of decimals, exact whatever the values add up to on the way.
//!
//! A group has a number as wide as its values; where adding leaves that width, the group's carry is noted aside. So a sum is exact, a
//! figure that does not fit is known at the end, and numbers that fit cost what they cost without.
//!
//! Long because one sum has three forms (of a window, of many groups, of distinct values) that must agree in every case.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, AsArray, BooleanArray, Decimal256Array, PrimitiveArray,
    UInt64Array,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DECIMAL256_MAX_PRECISION, DataType, Decimal32Type, Decimal64Type,
    Decimal128Type, Decimal256Type, Field, FieldRef, Int64Type, UInt64Type, i256,
};
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{DataFusionError, Result, ScalarValue, internal_err};
use datafusion::logical_expr::expr::{AggregateFunctionParams, WindowFunctionParams};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, EmitTo, GroupsAccumulator,
    Signature,
};
use datafusion::physical_expr::NullState;

use super::finite::{Finite, forward};
use super::unfit::Unfit;
use crate::checked::rounded_quotient;

/// What is made of the exact sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Sum,
    Mean,
}

/// `sum` or `avg`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Exact {
    inner: Arc<AggregateUDF>,
    /// For types that are not added exactly.
    floats: Arc<AggregateUDF>,
    kind: Kind,
}

impl Exact {
    pub(super) fn new(inner: Arc<AggregateUDF>, kind: Kind) -> Self {
        let finite = Finite {
            inner: Arc::clone(&inner),
        };
        Self {
            inner,
            floats: Arc::new(AggregateUDF::from(finite)),
            kind,
        }
    }

    fn figure(&self, args: &AccumulatorArgs) -> Figure {
        Figure {
            kind: self.kind,
            from: scale(args.expr_fields[0].data_type()),
            data_type: args.return_type().clone(),
        }
    }
}

/// Whether values of a type are added exactly here.
fn is_exact(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Int64
            | DataType::UInt64
            | DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
    )
}

fn scale(data_type: &DataType) -> i8 {
    match data_type {
        DataType::Decimal32(_, s) | DataType::Decimal64(_, s) | DataType::Decimal128(_, s) => *s,
        _ => 0,
    }
}

/// Does `$then::<T>` for the type of the values that are added.
macro_rules! by_type {
    ($data_type:expr, $t:ident => $then:expr) => {
        match $data_type {
            DataType::Int64 => {
                type $t = Int64Type;
                $then
            }
            DataType::UInt64 => {
                type $t = UInt64Type;
                $then
            }
            DataType::Decimal32(..) => {
                type $t = Decimal32Type;
                $then
            }
            DataType::Decimal64(..) => {
                type $t = Decimal64Type;
                $then
            }
            DataType::Decimal128(..) => {
                type $t = Decimal128Type;
                $then
            }
            other => internal_err!("{other} is not added exactly"),
        }
    };
}

impl AggregateUDFImpl for Exact {
    forward!();

    /// The exact sum as a decimal of 76 digits, the number of values; of distinct ones the values.
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let values = args.input_fields[0].data_type();
        if !is_exact(values) {
            return self.floats.state_fields(args);
        }
        let name = |what| format_state_name(args.name, what);
        Ok(match args.is_distinct {
            true => {
                let item = Field::new_list_field(wide_type(), true);
                vec![Arc::new(Field::new_list(name("distinct"), item, true))]
            }
            false => vec![
                Arc::new(Field::new(name("sum"), wide_type(), true)),
                Arc::new(Field::new(name("count"), DataType::UInt64, true)),
            ],
        })
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let values = args.expr_fields[0].data_type();
        if !is_exact(values) {
            return self.floats.accumulator(args);
        }
        let figure = self.figure(&args);
        match args.is_distinct {
            true => Ok(Box::new(Distinct {
                figure,
                counts: HashMap::new(),
            })),
            false => Ok(Box::new(One {
                figure,
                sum: i256::ZERO,
                count: 0,
            })),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match is_exact(args.expr_fields[0].data_type()) {
            true => self.accumulator(args),
            false => self.floats.create_sliding_accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        match is_exact(args.expr_fields[0].data_type()) {
            true => !args.is_distinct,
            false => self.floats.groups_accumulator_supported(args),
        }
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        let values = args.expr_fields[0].data_type();
        if !is_exact(values) {
            return self.floats.create_groups_accumulator(args);
        }
        let figure = self.figure(&args);
        by_type!(values, T => Ok(Box::new(Groups::<T>::new(figure)) as Box<dyn GroupsAccumulator>))
    }
}

fn wide_type() -> DataType {
    DataType::Decimal256(DECIMAL256_MAX_PRECISION, 0)
}

/// A figure that is made of an exact sum.
#[derive(Debug, Clone)]
struct Figure {
    kind: Kind,
    /// Digits behind the point of the values.
    from: i8,
    data_type: DataType,
}

impl Figure {
    /// The figure of `count` values as the number that its type holds; what is wrong with it where it does not fit.
    fn of(&self, sum: i256, count: u64) -> std::result::Result<i256, String> {
        let value = match self.kind {
            Kind::Sum => Some(sum),
            Kind::Mean => {
                let up = u32::from((scale(&self.data_type) - self.from).unsigned_abs());
                let up = i256::from_i128(10).checked_pow(up);
                up.and_then(|up| sum.checked_mul(up))
                    .and_then(|sum| rounded_quotient(sum, i256::from_i128(count.into())).ok())
            }
        };
        value.filter(|value| self.fits(*value)).ok_or_else(|| {
            let name = match self.kind {
                Kind::Sum => "sum",
                Kind::Mean => "avg",
            };
            let exact = Decimal256Array::from(vec![sum])
                .with_precision_and_scale(DECIMAL256_MAX_PRECISION, self.from);
            let shown = exact.map_or_else(|_| sum.to_string(), |exact| exact.value_as_string(0));
            match self.kind {
                Kind::Sum => format!(
                    "{name} is {shown}, outside of the range of {}",
                    self.data_type
                ),
                Kind::Mean => format!(
                    "{name} of {count} values with the sum {shown} is outside of the range of {}",
                    self.data_type
                ),
            }
        })
    }

    fn fits(&self, value: i256) -> bool {
        let digits = |precision: u8| {
            let most = i256::from_i128(10).checked_pow(precision.into());
            most.is_some_and(|most| value < most && value > most.wrapping_neg())
        };
        match &self.data_type {
            DataType::Int64 => value >= i64::MIN.wide() && value <= i64::MAX.wide(),
            DataType::UInt64 => value >= i256::ZERO && value <= u64::MAX.wide(),
            DataType::Decimal32(precision, _)
            | DataType::Decimal64(precision, _)
            | DataType::Decimal128(precision, _) => digits(*precision),
            _ => false,
        }
    }

    fn scalar(&self, sum: i256, count: u64) -> Result<ScalarValue> {
        if count == 0 {
            return ScalarValue::try_from(&self.data_type);
        }
        let value = self.of(sum, count).map_err(Unfit::one)?;
        by_type!(&self.data_type, T => {
            let array = PrimitiveArray::<T>::from_iter_values(narrow::<T>(value)).with_data_type(self.data_type.clone());
            ScalarValue::try_from_array(&array, 0)
        })
    }
}

/// A value that fits, as the type has it.
fn narrow<T: ArrowPrimitiveType<Native: Summand>>(value: i256) -> Option<T::Native> {
    T::Native::narrow(value)
}

/// A number that sums are made of.
trait Summand: ArrowNativeTypeOp {
    /// Bits of a carry.
    const BITS: u32;

    /// The sum without its carry, and the carry.
    fn add_carrying(self, other: Self) -> (Self, i64);

    fn long(self) -> i128;

    fn wide(self) -> i256 {
        i256::from_i128(self.long())
    }

    fn narrow(value: i256) -> Option<Self>;
}

macro_rules! summand {
    ($($t:ty),*) => {$(
        impl Summand for $t {
            const BITS: u32 = <$t>::BITS;

            #[inline]
            fn add_carrying(self, other: Self) -> (Self, i64) {
                let (sum, is_over) = self.overflowing_add(other);
                let carry = if other < <$t>::default() { -1 } else { 1 };
                (sum, if is_over { carry } else { 0 })
            }

            #[inline]
            fn long(self) -> i128 {
                self as i128
            }

            fn narrow(value: i256) -> Option<Self> {
                value.to_i128().and_then(|value| value.try_into().ok())
            }
        }
    )*};
}
summand!(i32, i64, u64, i128);

/// The sums of many groups.
struct Groups<T: ArrowPrimitiveType> {
    figure: Figure,
    sums: Vec<T::Native>,
    /// Of a mean the number of values.
    counts: Vec<u64>,
    /// Carries of the groups whose sum left its width.
    carries: HashMap<usize, i64>,
    seen: NullState,
}

impl<T: ArrowPrimitiveType<Native: Summand>> Groups<T> {
    fn new(figure: Figure) -> Self {
        Self {
            figure,
            sums: Vec::new(),
            counts: Vec::new(),
            carries: HashMap::new(),
            seen: NullState::new(),
        }
    }

    /// The exact sum of the group that was the `group`-th.
    fn exact(&self, group: usize, sum: T::Native) -> i256 {
        match self.carries.get(&group) {
            None => sum.wide(),
            Some(carry) => {
                let unit = i256::ONE << T::Native::BITS as u8;
                sum.wide()
                    .wrapping_add(i256::from_i128((*carry).into()).wrapping_mul(unit))
            }
        }
    }

    /// Forgets the first `count` groups.
    fn forget(&mut self, count: usize) {
        let rest = self.carries.drain().filter(|(group, _)| *group >= count);
        self.carries = rest.map(|(group, carry)| (group - count, carry)).collect();
    }

    fn take(&mut self, emit_to: EmitTo) -> (Vec<T::Native>, Vec<u64>) {
        let counts = match self.figure.kind {
            Kind::Sum => Vec::new(),
            Kind::Mean => emit_to.take_needed(&mut self.counts),
        };
        (emit_to.take_needed(&mut self.sums), counts)
    }
}

impl<T: ArrowPrimitiveType<Native: Summand> + Send> GroupsAccumulator for Groups<T> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        count: usize,
    ) -> Result<()> {
        let values = values[0].as_primitive::<T>();
        let (sums, carries, counts) = (&mut self.sums, &mut self.carries, &mut self.counts);
        sums.resize(count, T::Native::ZERO);
        match self.figure.kind {
            Kind::Sum => self
                .seen
                .accumulate(groups, values, filter, count, |group, value| {
                    add::<T>(sums, carries, group, value);
                }),
            Kind::Mean => {
                counts.resize(count, 0);
                self.seen
                    .accumulate(groups, values, filter, count, |group, value| {
                        add::<T>(sums, carries, group, value);
                        counts[group] += 1;
                    });
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let (sums, counts) = self.take(emit_to);
        let nulls = self.seen.build(emit_to);
        let is_there = |group: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(group));
        let mut unfit = Vec::new();
        let array: ArrayRef = if self.figure.kind == Kind::Sum {
            // A sum without a carry fits, but for the digits of a decimal.
            let most = match &self.figure.data_type {
                DataType::Decimal32(p, _)
                | DataType::Decimal64(p, _)
                | DataType::Decimal128(p, _) => Some(10i128.pow(u32::from(*p))),
                _ => None,
            };
            if most.is_some() || !self.carries.is_empty() {
                for (group, sum) in sums.iter().enumerate() {
                    let is_long = most.is_some_and(|most| !(1 - most..most).contains(&sum.long()));
                    let is_suspect = is_long || self.carries.contains_key(&group);
                    if !is_suspect || !is_there(group) {
                        continue;
                    }
                    if let Err(why) = self.figure.of(self.exact(group, *sum), 1) {
                        unfit.push((group, why));
                    }
                }
            }
            let sums = PrimitiveArray::<T>::new(sums.into(), nulls.clone());
            Arc::new(sums.with_data_type(self.figure.data_type.clone()))
        } else {
            let mut mean = |group: usize| {
                if !is_there(group) {
                    return T::Native::ZERO;
                }
                let sum = self.exact(group, sums[group]);
                let mean = self.figure.of(sum, counts[group]);
                let mean = mean.map(|mean| narrow::<T>(mean).unwrap_or(T::Native::ZERO));
                mean.unwrap_or_else(|why| {
                    unfit.push((group, why));
                    T::Native::ZERO
                })
            };
            let means: Vec<T::Native> = (0..sums.len()).map(&mut mean).collect();
            let means = PrimitiveArray::<T>::new(means.into(), nulls.clone());
            Arc::new(means.with_data_type(self.figure.data_type.clone()))
        };
        self.forget(array.len());
        match unfit.is_empty() {
            true => Ok(array),
            false => Err(Unfit { groups: unfit }.into()),
        }
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (sums, counts) = self.take(emit_to);
        let nulls = self.seen.build(emit_to);
        let exact = (0..sums.len()).map(|group| self.exact(group, sums[group]));
        let exact: Vec<i256> = exact.collect();
        let counts = match self.figure.kind {
            Kind::Sum => vec![1; exact.len()],
            Kind::Mean => counts,
        };
        self.forget(exact.len());
        let sums = PrimitiveArray::<Decimal256Type>::new(exact.into(), nulls.clone());
        Ok(vec![
            Arc::new(sums.with_data_type(wide_type())),
            Arc::new(UInt64Array::new(counts.into(), nulls)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], count: usize) -> Result<()> {
        let (exact, many) = (
            states[0].as_primitive::<Decimal256Type>(),
            states[1].as_primitive::<UInt64Type>(),
        );
        self.sums.resize(count, T::Native::ZERO);
        let counts = &mut self.counts;
        if self.figure.kind == Kind::Mean {
            counts.resize(count, 0);
            for (row, group) in groups.iter().enumerate() {
                counts[*group] += if many.is_valid(row) {
                    many.value(row)
                } else {
                    0
                };
            }
        }
        let (sums, carries) = (&mut self.sums, &mut self.carries);
        let mut failed = false;
        self.seen
            .accumulate(groups, exact, None, count, |group, sum| {
                // The part that fits, and the carry that is left of it.
                let unit = i256::ONE << T::Native::BITS as u8;
                let low = low_bits::<T>(sum);
                let carry = sum.wrapping_sub(low.wide()).wrapping_div(unit);
                add::<T>(sums, carries, group, low);
                match carry.to_i128().and_then(|carry| i64::try_from(carry).ok()) {
                    Some(0) => {}
                    Some(carry) => *carries.entry(group).or_default() += carry,
                    None => failed = true,
                }
            });
        match failed {
            false => Ok(()),
            true => Err(DataFusionError::Execution(
                "a sum is beyond all bounds".to_owned(),
            )),
        }
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let mut rows = Groups::<T>::new(self.figure.clone());
        let groups: Vec<usize> = (0..values[0].len()).collect();
        rows.update_batch(values, &groups, filter, groups.len())?;
        rows.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<T::Native>()
            + self.counts.capacity() * size_of::<u64>()
            + self.seen.size()
    }
}

#[inline]
fn add<T: ArrowPrimitiveType<Native: Summand>>(
    sums: &mut [T::Native],
    carries: &mut HashMap<usize, i64>,
    group: usize,
    value: T::Native,
) {
    let (sum, carry) = sums[group].add_carrying(value);
    sums[group] = sum;
    if carry != 0 {
        *carries.entry(group).or_default() += carry;
    }
}

/// The number that is left of a wide one without its carry, as adding would have left it.
fn low_bits<T: ArrowPrimitiveType<Native: Summand>>(sum: i256) -> T::Native {
    if let Some(fits) = T::Native::narrow(sum) {
        return fits;
    }
    let unit = i256::ONE << T::Native::BITS as u8;
    let rest = sum.wrapping_rem(unit);
    // In the range of a signed number, or of an unsigned one.
    let candidates = [rest, rest.wrapping_sub(unit), rest.wrapping_add(unit)];
    candidates
        .into_iter()
        .find_map(T::Native::narrow)
        .unwrap_or(T::Native::ZERO)
}

/// The values of one batch, wide.
fn wide_values(values: &ArrayRef) -> Result<Vec<i256>> {
    by_type!(values.data_type(), T => {
        Ok(values.as_primitive::<T>().iter().flatten().map(Summand::wide).collect::<Vec<i256>>())
    })
}

/// One sum, from which rows may be taken away again.
#[derive(Debug)]
struct One {
    figure: Figure,
    sum: i256,
    count: u64,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in wide_values(&values[0])? {
            self.sum = self.sum.wrapping_add(value);
            self.count += 1;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in wide_values(&values[0])? {
            self.sum = self.sum.wrapping_sub(value);
            self.count -= 1;
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.figure.scalar(self.sum, self.count)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let sum = (self.count > 0).then_some(self.sum);
        Ok(vec![
            ScalarValue::Decimal256(sum, DECIMAL256_MAX_PRECISION, 0),
            ScalarValue::UInt64(Some(self.count)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let sums = states[0].as_primitive::<Decimal256Type>();
        let counts = states[1].as_primitive::<UInt64Type>();
        for (sum, count) in sums.iter().zip(counts) {
            if let (Some(sum), Some(count)) = (sum, count) {
                self.sum = self.sum.wrapping_add(sum);
                self.count += count;
            }
        }
        Ok(())
    }
}

/// The sum of distinct values, from which rows may be taken away again.
#[derive(Debug)]
struct Distinct {
    figure: Figure,
    /// How often each value is there.
    counts: HashMap<i256, u64>,
}

impl Distinct {
    fn add(&mut self, value: i256) {
        *self.counts.entry(value).or_default() += 1;
    }
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        wide_values(&values[0])?
            .into_iter()
            .for_each(|value| self.add(value));
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in wide_values(&values[0])? {
            if let Some(count) = self.counts.get_mut(&value) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&value);
                }
            }
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let sum = self
            .counts
            .keys()
            .fold(i256::ZERO, |sum, value| sum.wrapping_add(*value));
        self.figure.scalar(sum, self.counts.len() as u64)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.counts.capacity() * size_of::<(i256, u64)>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values = Decimal256Array::from_iter_values(self.counts.keys().copied())
            .with_data_type(wide_type());
        let list = SingleRowListArrayBuilder::new(Arc::new(values)).with_nullable(true);
        Ok(vec![list.build_list_scalar()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let mut seen = HashSet::new();
        for values in states[0].as_list::<i32>().iter().flatten() {
            seen.extend(values.as_primitive::<Decimal256Type>().iter().flatten());
        }
        seen.into_iter().for_each(|value| self.add(value));
        Ok(())
    }
}
