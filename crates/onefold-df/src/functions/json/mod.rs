//! `json_get(text, 'items', 0, 'sku')` and its relatives: values inside a text of JSON, by the steps that lead to them.
//!
//! The rules are those of the reader of JSON: a value that is null is missing, of a repeated key the last counts, numbers keep their
//! digits. A text that is not JSON, and a value that is not of the type asked for, is an error of its row.

mod scan;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Float64Builder, Int64Array, Int64Builder,
    StringViewArray, StringViewBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DFSchema, Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use self::scan::Step;
use super::manual::FunctionDoc;

/// The entries of the manual, in the order of [`functions`].
pub(crate) const DOCS: [FunctionDoc; 8] = [
    FunctionDoc {
        name: "json_get",
        syntax: "json_get(json, step, ...)",
        meaning: "The value inside a JSON text, as JSON: a string has its quotes. Each step is a text, the key of an object, or a whole \
                  number, a place in an array: from 0, or from the end below zero (`-1` is the last). Missing where there is no such value, \
                  where it is null, and for a missing text. Of a repeated key the last counts. A text that is not JSON fails for its row, \
                  as in all functions of JSON. `json -> step` is the same.",
        example: "json_get('{\"items\": [{\"sku\": \"A\"}]}', 'items', 0) = '{\"sku\": \"A\"}'",
    },
    FunctionDoc {
        name: "json_get_str",
        syntax: "json_get_str(json, step, ...)",
        meaning: "The same value as text: a string without its quotes, anything else as it is written, numbers with all their digits. \
                  `json ->> step` is the same, and so is `json -> step ->> step` for several steps. Put it in parentheses \
                  before you compare it: `(json ->> 'sku') = 'A'`.",
        example: "json_get_str('{\"items\": [{\"sku\": \"A\"}]}', 'items', 0, 'sku') = 'A'",
    },
    FunctionDoc {
        name: "json_get_int",
        syntax: "json_get_int(json, step, ...)",
        meaning: "The same value as a 64-bit whole number, which may stand in a string. Any other value fails for its row.",
        example: "json_get_int('{\"qty\": 3}', 'qty') = 3",
    },
    FunctionDoc {
        name: "json_get_float",
        syntax: "json_get_float(json, step, ...)",
        meaning: "The same value as a floating point number; a number may stand in a string. Any other value fails for its row. For \
                  amounts, `cast(json_get_str(...) AS decimal(12, 2))` is exact.",
        example: "json_get_float('{\"price\": 1.50}', 'price') = 1.5",
    },
    FunctionDoc {
        name: "json_get_bool",
        syntax: "json_get_bool(json, step, ...)",
        meaning: "The same value as true or false, which may stand in a string. Any other value fails for its row.",
        example: "json_get_bool('{\"paid\": true}', 'paid') = true",
    },
    FunctionDoc {
        name: "json_length",
        syntax: "json_length(json, step, ...)",
        meaning: "How many elements the array at these steps has, or keys the object, a repeated key counted once. Any other value fails \
                  for its row. Missing where there is no such value, and where it is null.",
        example: "json_length('{\"tags\": [\"a\", \"b\"]}', 'tags') = 2",
    },
    FunctionDoc {
        name: "json_contains",
        syntax: "json_contains(json, step, ...)",
        meaning: "Whether there is a value at these steps, null or not. Missing for a missing text.",
        example: "json_contains('{\"fax\": null}', 'fax') = true",
    },
    FunctionDoc {
        name: "json_valid",
        syntax: "json_valid(text)",
        meaning: "Whether a text is JSON: one value, by RFC 8259. Missing for a missing text.",
        example: "json_valid('{\"a\": 1') = false",
    },
];

const WHATS: [What; 8] = [
    What::Json,
    What::Text,
    What::Integer,
    What::Float,
    What::Boolean,
    What::Length,
    What::Contains,
    What::Valid,
];

/// The functions.
pub(crate) fn functions() -> Vec<ScalarUDF> {
    let whats = WHATS.into_iter();
    whats.map(|what| ScalarUDF::from(Json::new(what))).collect()
}

/// What a function answers of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Json,
    Text,
    Integer,
    Float,
    Boolean,
    Length,
    Contains,
    Valid,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Json {
    what: What,
    name: &'static str,
    signature: Signature,
}

impl Json {
    fn new(what: What) -> Self {
        let mut docs = WHATS.iter().zip(&DOCS);
        let doc = docs.find(|(of, _)| **of == what);
        Self {
            what,
            name: doc.map_or("", |(_, doc)| doc.name),
            signature: Signature::user_defined(Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for Json {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let is_text = |t: &DataType| t.is_string() || t.is_null();
        let Some((_, steps)) = types.split_first().filter(|(text, _)| is_text(text)) else {
            return plan_err!("{} takes a text of JSON first", self.name);
        };
        match (self.what, steps) {
            (What::Valid, [_, ..]) => return plan_err!("json_valid takes one text"),
            (What::Contains, []) => {
                return plan_err!("json_contains takes the key or place to look for");
            }
            _ => {}
        }
        let step = |t: &DataType| match t {
            t if is_text(t) => Ok(DataType::Utf8View),
            t if t.is_integer() => Ok(DataType::Int64),
            _ => plan_err!(
                "a step of {} is a key, which is a text, or a place in an array, which is a whole number",
                self.name
            ),
        };
        let steps = steps.iter().map(step);
        std::iter::once(Ok(DataType::Utf8View))
            .chain(steps)
            .collect()
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.what {
            What::Json | What::Text => DataType::Utf8View,
            What::Integer | What::Length => DataType::Int64,
            What::Float => DataType::Float64,
            What::Boolean | What::Contains | What::Valid => DataType::Boolean,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut all = args.args.iter();
        let is_constant = all.all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let Some((texts, steps)) = args.args.split_first() else {
            return exec_err!("{} takes a text of JSON", self.name);
        };
        let texts = cast(&texts.to_array(rows)?, &DataType::Utf8View)?;
        let steps = steps.iter().map(|step| Steps::new(step, rows));
        let call = Call {
            texts: texts.as_string_view(),
            steps: steps.collect::<Result<_>>()?,
        };
        let values = call.answer(self)?;
        Ok(match is_constant {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?),
            false => ColumnarValue::Array(values),
        })
    }
}

/// The steps of one argument.
enum Steps {
    Keys(StringViewArray),
    Places(Int64Array),
}

impl Steps {
    fn new(argument: &ColumnarValue, rows: usize) -> Result<Self> {
        let steps = argument.to_array(rows)?;
        Ok(match steps.data_type().is_integer() {
            true => Self::Places(
                cast(&steps, &DataType::Int64)?
                    .as_primitive::<Int64Type>()
                    .clone(),
            ),
            false => Self::Keys(cast(&steps, &DataType::Utf8View)?.as_string_view().clone()),
        })
    }

    fn at(&self, row: usize) -> Option<Step<'_>> {
        match self {
            Steps::Keys(keys) => keys.is_valid(row).then(|| Step::Key(keys.value(row))),
            Steps::Places(places) => places.is_valid(row).then(|| Step::Place(places.value(row))),
        }
    }
}

struct Call<'a> {
    texts: &'a StringViewArray,
    steps: Vec<Steps>,
}

impl<'a> Call<'a> {
    fn answer(&self, function: &Json) -> Result<ArrayRef> {
        let rows = self.texts.len();
        let name = function.name;
        Ok(match function.what {
            What::Json => {
                let mut out = StringViewBuilder::with_capacity(rows);
                self.each_present(name, |value| {
                    out.append_option(value);
                    Ok(())
                })?;
                Arc::new(out.finish())
            }
            What::Text => {
                let mut out = StringViewBuilder::with_capacity(rows);
                self.each_present(name, |value| {
                    out.append_option(value.map(plain).transpose()?);
                    Ok(())
                })?;
                Arc::new(out.finish())
            }
            What::Integer => {
                let mut out = Int64Builder::with_capacity(rows);
                self.each_present(name, |value| {
                    let read = |value| read(value, "a whole number", |text| text.parse().ok());
                    out.append_option(value.map(read).transpose()?);
                    Ok(())
                })?;
                Arc::new(out.finish())
            }
            What::Float => {
                let mut out = Float64Builder::with_capacity(rows);
                let finite =
                    |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
                self.each_present(name, |value| {
                    let read = |value| read(value, "a number", finite);
                    out.append_option(value.map(read).transpose()?);
                    Ok(())
                })?;
                Arc::new(out.finish())
            }
            What::Boolean => {
                let mut out = BooleanBuilder::with_capacity(rows);
                self.each_present(name, |value| {
                    let read = |value| read(value, "true or false", |text| text.parse().ok());
                    out.append_option(value.map(read).transpose()?);
                    Ok(())
                })?;
                Arc::new(out.finish())
            }
            What::Length => {
                let mut out = Int64Builder::with_capacity(rows);
                self.each_present(name, |value| {
                    let length = |value: &str| match scan::length(value) {
                        Some(length) => Ok(length as i64),
                        None => Err(is_not(value, "an array or an object")),
                    };
                    out.append_option(value.map(length).transpose()?);
                    Ok(())
                })?;
                Arc::new(out.finish())
            }
            What::Contains => {
                let mut out = BooleanBuilder::with_capacity(rows);
                self.each(name, |row| {
                    let found = row.map(|(text, path)| scan::find(text, path)).transpose();
                    let found = found.map_err(|error| error.to_string())?;
                    out.append_option(found.map(|found| found.is_some()));
                    Ok(())
                })?;
                Arc::new(out.finish())
            }
            What::Valid => {
                let mut out = BooleanBuilder::with_capacity(rows);
                self.each(name, |row| {
                    out.append_option(row.map(|(text, path)| scan::find(text, path).is_ok()));
                    Ok(())
                })?;
                Arc::new(out.finish())
            }
        })
    }

    /// Gives each row's text and steps to `take`; `None` where one of them is missing.
    fn each(
        &self,
        name: &str,
        mut take: impl FnMut(Option<(&'a str, &[Step<'_>])>) -> std::result::Result<(), String>,
    ) -> Result<()> {
        let mut path = Vec::with_capacity(self.steps.len());
        for row in 0..self.texts.len() {
            path.clear();
            path.extend(self.steps.iter().map_while(|steps| steps.at(row)));
            let is_whole = self.texts.is_valid(row) && path.len() == self.steps.len();
            let given = is_whole.then(|| (self.texts.value(row), path.as_slice()));
            if let Err(why) = take(given) {
                return exec_err!("{name}: {why}");
            }
        }
        Ok(())
    }

    /// Gives the value of each row to `take`, null as missing.
    fn each_present(
        &self,
        name: &str,
        mut take: impl FnMut(Option<&'a str>) -> std::result::Result<(), String>,
    ) -> Result<()> {
        self.each(name, |row| {
            let found = row.map(|(text, path)| scan::find(text, path)).transpose();
            let found = found.map_err(|error| error.to_string())?.flatten();
            take(found.filter(|value| *value != "null"))
        })
    }
}

/// A string without its quotes, any other value as it is written.
fn plain(value: &str) -> std::result::Result<Cow<'_, str>, String> {
    let content = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    match content {
        Some(content) if content.contains('\\') => match scan::unescaped(content) {
            Some(text) => Ok(Cow::Owned(text)),
            None => Err(is_not(value, "text: it has half of a surrogate pair")),
        },
        Some(content) => Ok(Cow::Borrowed(content)),
        None => Ok(Cow::Borrowed(value)),
    }
}

/// Reads a value, which may stand in a string; `what` it should be.
fn read<T>(
    value: &str,
    what: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> std::result::Result<T, String> {
    parse(&plain(value)?).ok_or_else(|| is_not(value, what))
}

/// That a value is not what it should be; a long one is cut.
fn is_not(value: &str, what: &str) -> String {
    const SHOWN: usize = 40;
    let shown: String = value.chars().take(SHOWN).collect();
    let dots = if shown.len() < value.len() { "..." } else { "" };
    format!("`{shown}{dots}` is not {what}")
}

/// Whether an expression can stand behind an arrow as a step.
fn is_step(expr: &Expr) -> bool {
    match expr {
        Expr::Negative(of) => matches!(**of, Expr::Literal(..)),
        Expr::Literal(..) | Expr::Column(_) | Expr::ScalarFunction(_) => true,
        _ => false,
    }
}

/// `json -> step` and `json ->> step`; several steps one after another are one call.
#[derive(Debug)]
pub(crate) struct Arrows {
    json: Arc<ScalarUDF>,
    text: Arc<ScalarUDF>,
}

impl Arrows {
    pub(crate) fn new() -> Self {
        Self {
            json: Arc::new(ScalarUDF::from(Json::new(What::Json))),
            text: Arc::new(ScalarUDF::from(Json::new(What::Text))),
        }
    }
}

impl ExprPlanner for Arrows {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        _: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let function = match expr.op {
            BinaryOperator::Arrow => &self.json,
            BinaryOperator::LongArrow => &self.text,
            _ => return Ok(PlannerResult::Original(expr)),
        };
        // What stands beside an arrow without parentheses mostly belongs to its result: `json ->> 'a' || 'b'` would look for the key `ab`.
        let whole = match &expr.left {
            Expr::BinaryExpr(_) | Expr::Not(_) => false,
            _ => is_step(&expr.right),
        };
        if !whole {
            let arrow = &expr.op;
            return plan_err!(
                "what stands beside `json {arrow} step` binds more tightly: write `(json {arrow} step)`; a step that is computed is for \
                 `{}(json, step)`",
                function.name()
            );
        }
        let mut args = match expr.left {
            Expr::ScalarFunction(call) if call.func == self.json => call.args,
            other => vec![other],
        };
        args.push(expr.right);
        let call = ScalarFunction::new_udf(Arc::clone(function), args);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}

#[cfg(test)]
mod tests;
