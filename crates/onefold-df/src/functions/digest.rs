//! `md5(text)`, `sha256(text)` and their relatives: hashes as text, to compare identities without showing them.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, AsArray, StringViewArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::datatypes::{Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use md5::Md5;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::manual::FunctionDoc;

macro_rules! doc {
    ($name:literal, $bits:literal, $example:literal) => {
        FunctionDoc {
            name: $name,
            syntax: concat!($name, "(text)"),
            meaning: concat!(
                "The hash of the bytes of a text in UTF-8, ",
                $bits,
                " bits as hexadecimal digits in lower case. Missing for a missing value."
            ),
            example: $example,
        }
    };
}

/// The entries of the manual, in the order of [`functions`].
pub(crate) const DOCS: [FunctionDoc; 6] = [
    FunctionDoc {
        name: "digest",
        syntax: "digest(text, method)",
        meaning: "The hash of the bytes of a text in UTF-8, by a method that is a constant: `'md5'`, `'sha224'`, `'sha256'`, `'sha384'` or `'sha512'`; \
                  hexadecimal digits in lower case, the same as `md5(text)` and so on. Missing for a missing value.",
        example: "digest('abc', 'md5') = '900150983cd24fb0d6963f7d28e17f72'",
    },
    doc!(
        "md5",
        "128",
        "md5('abc') = '900150983cd24fb0d6963f7d28e17f72'"
    ),
    doc!(
        "sha224",
        "224",
        "sha224('abc') = '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'"
    ),
    doc!(
        "sha256",
        "256",
        "sha256(lower('Ann@example.com')) = '71d4f55f72fa128dfb468a1a3901507c804b74316488744d769d7f4b16696476'"
    ),
    doc!(
        "sha384",
        "384",
        "sha384('abc') = 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'"
    ),
    doc!(
        "sha512",
        "512",
        "substr(sha512('abc'), 1, 32) = 'ddaf35a193617abacc417349ae204131'"
    ),
];

/// The functions.
pub(crate) fn functions() -> Vec<ScalarUDF> {
    let named = |(doc, method): (&FunctionDoc, Option<Method>)| {
        ScalarUDF::from(Hash {
            name: doc.name,
            method,
            signature: Signature::user_defined(Volatility::Immutable),
        })
    };
    let methods = [
        None,
        Some(Method::Md5),
        Some(Method::Sha224),
        Some(Method::Sha256),
        Some(Method::Sha384),
        Some(Method::Sha512),
    ];
    DOCS.iter().zip(methods).map(named).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Method {
    Md5,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Method {
    fn named(name: &str) -> Option<Method> {
        Some(match name {
            "md5" => Method::Md5,
            "sha224" => Method::Sha224,
            "sha256" => Method::Sha256,
            "sha384" => Method::Sha384,
            "sha512" => Method::Sha512,
            _ => return None,
        })
    }

    fn of(self, texts: &StringViewArray) -> StringViewArray {
        match self {
            Method::Md5 => hashes::<Md5>(texts),
            Method::Sha224 => hashes::<Sha224>(texts),
            Method::Sha256 => hashes::<Sha256>(texts),
            Method::Sha384 => hashes::<Sha384>(texts),
            Method::Sha512 => hashes::<Sha512>(texts),
        }
    }
}

fn hashes<D: Digest>(texts: &StringViewArray) -> StringViewArray {
    let mut found = StringViewBuilder::with_capacity(texts.len());
    let mut hex = String::new();
    for text in texts {
        let Some(text) = text else {
            found.append_null();
            continue;
        };
        hex.clear();
        for byte in D::digest(text.as_bytes()) {
            // Writing to a String does not fail.
            write!(hex, "{byte:02x}").ok();
        }
        found.append_value(&hex);
    }
    found.finish()
}

/// A hash function; without a method it takes its name as the second argument.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Hash {
    name: &'static str,
    method: Option<Method>,
    signature: Signature,
}

impl ScalarUDFImpl for Hash {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let wanted = if self.method.is_some() { 1 } else { 2 };
        let is_text = |t: &DataType| t.is_string() || t.is_null();
        match types.len() == wanted && types.iter().all(is_text) {
            true => Ok(vec![DataType::Utf8View; wanted]),
            false if wanted == 1 => plan_err!(
                "{} takes one text: `cast(... AS text)` makes one",
                self.name
            ),
            false => plan_err!(
                "{} takes a text and the name of a method, such as {}(email, 'sha256')",
                self.name,
                self.name
            ),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        // A method that is no constant is refused when it is planned, as is one that does not exist.
        if self.method.is_none()
            && let Some(method) = args.scalar_arguments.get(1)
        {
            match method.map(ScalarValue::try_as_str) {
                Some(Some(Some(name))) if Method::named(name).is_some() => {}
                Some(Some(Some(name))) => {
                    return plan_err!(
                        "{} knows no method `{name}`: there are md5, sha224, sha256, sha384 and sha512",
                        self.name
                    );
                }
                // Cast to the type of texts, and not yet simplified.
                None => {}
                Some(_) => {
                    return plan_err!("the method of {} is a text such as 'sha256'", self.name);
                }
            }
        }
        Ok(Arc::new(Field::new(self.name, DataType::Utf8View, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let named = || match args.args.get(1) {
            Some(ColumnarValue::Scalar(method)) => {
                method.try_as_str().flatten().and_then(Method::named)
            }
            _ => None,
        };
        let Some(method) = self.method.or_else(named) else {
            return exec_err!(
                "the method of {} must be a constant: md5, sha224, sha256, sha384 or sha512",
                self.name
            );
        };
        let of = |texts: &dyn Array| -> Result<StringViewArray> {
            Ok(method.of(cast(texts, &DataType::Utf8View)?.as_string_view()))
        };
        match args.args.first() {
            Some(ColumnarValue::Array(texts)) => Ok(ColumnarValue::Array(Arc::new(of(texts)?))),
            Some(ColumnarValue::Scalar(text)) => {
                let hash = of(&text.to_array()?)?;
                let hash = hash.is_valid(0).then(|| hash.value(0).to_owned());
                Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(hash)))
            }
            None => exec_err!("{} takes a text", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_the_standards() {
        let texts = StringViewArray::from(vec![Some("abc"), None, Some(""), Some("é")]);
        let expected = |method: Method, first: &str, empty: &str| {
            let found = method.of(&texts);
            assert_eq!((found.value(0), found.value(2)), (first, empty));
            assert!(found.is_null(1));
        };
        expected(
            Method::Md5,
            "900150983cd24fb0d6963f7d28e17f72",
            "d41d8cd98f00b204e9800998ecf8427e",
        );
        expected(
            Method::Sha224,
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
            "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
        );
        expected(
            Method::Sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        );
        expected(
            Method::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        );
        expected(
            Method::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        );
        // Of the bytes in UTF-8: c3 a9.
        assert_eq!(
            Method::Md5.of(&texts).value(3),
            "66ddcd97cfdeabb2f6fb8a999b4bc76f"
        );
    }
}
