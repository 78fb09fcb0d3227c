//! `bucket(value, [50, 200], ['low', 'medium', 'high'])`: the class that a number falls into.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Scalar, StringViewArray};
use arrow::compute::cast;
use arrow::compute::kernels::cmp::lt_eq;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::manual::FunctionDoc;

pub(crate) const DOC: FunctionDoc = FunctionDoc {
    name: "bucket",
    syntax: "bucket(value, [bound, ...], [label, ...])",
    meaning: "The label of the first bound that is not less than the value; the last label where the value is above all bounds. There is \
              one label more than there are bounds, and bounds go up. Missing for a missing value.",
    example: "bucket(120, [50, 200], ['low', 'medium', 'high']) = 'medium'",
};

/// The function.
pub(crate) fn bucket() -> ScalarUDF {
    ScalarUDF::from(Bucket {
        signature: Signature::any(3, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Bucket {
    signature: Signature,
}

impl ScalarUDFImpl for Bucket {
    fn name(&self) -> &str {
        DOC.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [value, bounds, labels]
                if (value.is_numeric() || value.is_null())
                    && is_list(bounds)
                    && is_list(labels) =>
            {
                Ok(DataType::Utf8View)
            }
            _ => plan_err!(
                "bucket takes a number, a list of bounds and a list of labels: {}",
                DOC.example
            ),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, bounds, labels] = args.args.as_slice() else {
            return exec_err!("bucket takes three arguments");
        };
        let (Some(bounds), Some(labels)) = (constant_list(bounds), constant_list(labels)) else {
            return exec_err!("the bounds and labels of bucket must be constant lists");
        };
        let labels = cast(&labels, &DataType::Utf8View)?;
        if labels.len() != bounds.len() + 1 {
            return exec_err!(
                "bucket has {} bounds and {} labels; it takes one label more",
                bounds.len(),
                labels.len()
            );
        }
        let value = value.to_array(args.number_rows)?;
        let found = classify(&value, &bounds, labels.as_string_view())?;
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}

fn is_list(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)
    )
}

fn constant_list(argument: &ColumnarValue) -> Option<ArrayRef> {
    match argument {
        ColumnarValue::Scalar(ScalarValue::List(list)) => Some(list.value(0)),
        ColumnarValue::Scalar(ScalarValue::LargeList(list)) => Some(list.value(0)),
        ColumnarValue::Scalar(ScalarValue::FixedSizeList(list)) => Some(list.value(0)),
        _ => None,
    }
}

/// The type in which values and bounds are compared: exact for decimals and whole numbers.
fn common(value: &DataType, bounds: &DataType) -> DataType {
    match (value, bounds) {
        (DataType::Decimal128(_, s), b) => {
            let scale = match b {
                DataType::Decimal128(_, t) => *t,
                t if t.is_floating() => 9,
                _ => 0,
            };
            DataType::Decimal128(38, scale.max(*s))
        }
        (v, b) if v.is_integer() && b.is_integer() => DataType::Int64,
        (v, DataType::Decimal128(_, s)) if v.is_integer() => DataType::Decimal128(38, *s),
        _ => DataType::Float64,
    }
}

fn classify(
    value: &ArrayRef,
    bounds: &ArrayRef,
    labels: &StringViewArray,
) -> Result<StringViewArray> {
    let common = common(value.data_type(), bounds.data_type());
    let value = cast(value, &common)?;
    let bounds = cast(bounds, &common)?;
    let within = (0..bounds.len())
        .map(|i| Ok(lt_eq(&value, &Scalar::new(bounds.slice(i, 1)))?))
        .collect::<Result<Vec<BooleanArray>>>()?;
    let label = |row: usize| {
        let class = within
            .iter()
            .position(|w| w.is_valid(row) && w.value(row))
            .unwrap_or(bounds.len());
        (value.is_valid(row) && labels.is_valid(class)).then(|| labels.value(class))
    };
    Ok((0..value.len()).map(label).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Decimal128Array, Float64Array, Int64Array, StringArray};

    fn classes(value: ArrayRef, bounds: ArrayRef) -> Vec<Option<String>> {
        let labels = cast(
            &(Arc::new(StringArray::from(vec!["low", "medium", "high"])) as ArrayRef),
            &DataType::Utf8View,
        )
        .expect("strings");
        let found = classify(&value, &bounds, labels.as_string_view()).expect("numbers");
        found.iter().map(|v| v.map(str::to_owned)).collect()
    }

    #[test]
    fn a_bound_belongs_to_the_class_below_it() {
        let expected: Vec<Option<String>> = ["low", "low", "medium", "medium", "high"]
            .iter()
            .map(|s| Some((*s).to_owned()))
            .chain([None])
            .collect();
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![50, 200]));
        let ints = Int64Array::from(vec![
            Some(-1),
            Some(50),
            Some(51),
            Some(200),
            Some(201),
            None,
        ]);
        assert_eq!(classes(Arc::new(ints), Arc::clone(&whole)), expected);
        let floats = Float64Array::from(vec![
            Some(0.0),
            Some(50.0),
            Some(50.01),
            Some(200.0),
            Some(1e9),
            None,
        ]);
        assert_eq!(classes(Arc::new(floats), Arc::clone(&whole)), expected);
        let decimals = Decimal128Array::from(vec![
            Some(0),
            Some(5000),
            Some(5001),
            Some(20000),
            Some(20001),
            None,
        ])
        .with_precision_and_scale(12, 2)
        .expect("a decimal");
        assert_eq!(classes(Arc::new(decimals), whole), expected);
    }
}
