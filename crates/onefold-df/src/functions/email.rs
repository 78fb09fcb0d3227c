//! `email_is_role(text)` and `email_is_disposable(text)`: what an e-mail address tells of its owner.

use arrow::array::{Array, AsArray, BooleanArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use onefold_values::{disposable, email};

use super::manual::FunctionDoc;

/// The entries of the manual, in the order of [`functions`].
pub(crate) const DOCS: [FunctionDoc; 2] = [
    FunctionDoc {
        name: "email_is_role",
        syntax: "email_is_role(text)",
        meaning: "Whether an e-mail address belongs to a function (`info@`, `sales+eu@`) and not to a person. Missing for a text that is no address.",
        example: "email_is_role('Info@example.com') = true",
    },
    FunctionDoc {
        name: "email_is_disposable",
        syntax: "email_is_disposable(text)",
        meaning: "Whether the domain of an e-mail address, or one that it lies in, is known to hand out mailboxes for minutes. Missing for a text that is no address.",
        example: "email_is_disposable('ann@mailinator.com') = true",
    },
];

/// The functions.
pub(crate) fn functions() -> Vec<ScalarUDF> {
    let answers = [Answer::IsRole, Answer::IsDisposable];
    let named = |(doc, answer): (&FunctionDoc, Answer)| {
        ScalarUDF::from(Email {
            name: doc.name,
            answer,
            signature: Signature::user_defined(Volatility::Immutable),
        })
    };
    DOCS.iter().zip(answers).map(named).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Answer {
    IsRole,
    IsDisposable,
}

impl Answer {
    fn of(self, texts: &StringViewArray) -> BooleanArray {
        let mut address = String::new();
        let answers = texts.iter().map(|text| {
            address.clear();
            email::standardise(text?, &mut address).ok()?;
            Some(match self {
                Self::IsRole => email::is_role(&address),
                Self::IsDisposable => disposable::is_disposable(&address),
            })
        });
        answers.collect()
    }
}

/// A function of an e-mail address.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Email {
    name: &'static str,
    answer: Answer,
    signature: Signature,
}

impl ScalarUDFImpl for Email {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [one] if one.is_string() || one.is_null() => Ok(vec![DataType::Utf8View]),
            _ => plan_err!("{} takes one text: an e-mail address", self.name),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let of = |texts: &dyn Array| -> Result<BooleanArray> {
            let texts = cast(texts, &DataType::Utf8View)?;
            Ok(self.answer.of(texts.as_string_view()))
        };
        match args.args.first() {
            Some(ColumnarValue::Array(texts)) => {
                Ok(ColumnarValue::Array(std::sync::Arc::new(of(texts)?)))
            }
            Some(ColumnarValue::Scalar(text)) => {
                let answer = of(&text.to_array()?)?;
                let answer = answer.is_valid(0).then(|| answer.value(0));
                Ok(ColumnarValue::Scalar(ScalarValue::Boolean(answer)))
            }
            None => exec_err!("{} takes a text", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_no_person_s() {
        let texts = StringViewArray::from(vec![
            Some(" INFO@example.com"),
            Some("ann@Mailinator.com"),
            Some("no address"),
            None,
        ]);
        let found = |answer: Answer| -> Vec<Option<bool>> { answer.of(&texts).iter().collect() };
        assert_eq!(found(Answer::IsRole), [Some(true), Some(false), None, None]);
        assert_eq!(
            found(Answer::IsDisposable),
            [Some(false), Some(true), None, None]
        );
    }
}
