//! Columns whose values are hidden.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use hmac::{Hmac, KeyInit, Mac};
use onefold_spec::model::Mask;
use sha2::Sha256;

use crate::error::{Cause, Error};
use crate::text::{Cells, check_batch, check_types};

/// What stands in the place of what is hidden.
const HIDDEN: &str = "***";

/// Hides the values of some columns of a table. A pure function of a batch, so threads may share it.
///
/// A hidden value is a text, whatever it was; a missing one stays missing. It is made of the text that CSV has for the value, so that a
/// number and a text of the same digits are hidden alike.
pub struct Masks {
    input: SchemaRef,
    output: SchemaRef,
    /// By column.
    masks: Vec<Option<Hidden>>,
}

enum Hidden {
    Hash(Box<Hmac<Sha256>>),
    Redact,
    KeepLast(usize),
    KeepDomain,
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = self.output.fields().iter().zip(&self.masks);
        let hidden = fields.filter(|(_, mask)| mask.is_some());
        f.debug_list()
            .entries(hidden.map(|(field, _)| field.name()))
            .finish()
    }
}

impl Masks {
    /// Masks of some columns, by name, of tables of this schema. `key` is that of [`Mask::Hash`].
    ///
    /// # Errors
    /// [`ErrorKind::Schema`](crate::ErrorKind::Schema) for a column that is not there or has no text form;
    /// [`ErrorKind::Options`](crate::ErrorKind::Options) for a hash without a key.
    pub fn new(
        schema: &SchemaRef,
        masks: &[(&str, Mask)],
        key: Option<&str>,
    ) -> Result<Self, Error> {
        let mut by_column: Vec<Option<Hidden>> = schema.fields().iter().map(|_| None).collect();
        let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
        for (name, mask) in masks {
            let at = schema.index_of(name).unwrap_or(usize::MAX);
            let (Some(hidden), Some(field)) = (by_column.get_mut(at), fields.get_mut(at)) else {
                return Err(Cause::Batch(format!("there is no column {name}")).into());
            };
            let only = Schema::new(vec![Arc::clone(field)]);
            check_types(&Arc::new(only), "a mask")?;
            *field = Arc::new(Field::new(*name, DataType::Utf8View, true));
            *hidden = Some(match mask {
                Mask::Hash => Hidden::Hash(Box::new(keyed(key)?)),
                Mask::Redact => Hidden::Redact,
                Mask::KeepLast(characters) => Hidden::KeepLast(usize::from(*characters)),
                Mask::KeepDomain => Hidden::KeepDomain,
            });
        }
        Ok(Self {
            input: SchemaRef::clone(schema),
            output: Arc::new(Schema::new(fields)),
            masks: by_column,
        })
    }

    /// The columns once values are hidden.
    pub fn schema(&self) -> &SchemaRef {
        &self.output
    }

    /// The rows with values hidden.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`](crate::ErrorKind::Schema) where the columns are not those of the table.
    pub fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        check_batch(&self.input, batch)?;
        let cells = Cells::new(batch)?;
        let columns = batch.columns().iter().zip(&self.masks).enumerate();
        let columns = columns.map(|(number, (column, mask))| match mask {
            Some(mask) => hidden(&cells, number, column.len(), mask),
            None => Arc::clone(column),
        });
        let columns: Vec<ArrayRef> = columns.collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch =
            RecordBatch::try_new_with_options(SchemaRef::clone(&self.output), columns, &options);
        batch.map_err(|error| Cause::Batch(error.to_string()).into())
    }
}

fn keyed(key: Option<&str>) -> Result<Hmac<Sha256>, Error> {
    let key = key.filter(|key| !key.is_empty());
    let hmac = key.and_then(|key| Hmac::new_from_slice(key.as_bytes()).ok());
    hmac.ok_or_else(|| Cause::NoKey.into())
}

fn hidden(cells: &Cells<'_>, column: usize, rows: usize, mask: &Hidden) -> ArrayRef {
    let mut values = StringViewBuilder::with_capacity(rows);
    let (mut buffer, mut out) = (Vec::new(), String::new());
    for row in 0..rows {
        buffer.clear();
        let Some(text) = cells.text(column, row, &mut buffer) else {
            values.append_null();
            continue;
        };
        out.clear();
        mask.write(text, &mut out);
        values.append_value(&out);
    }
    Arc::new(values.finish())
}

impl Hidden {
    fn write(&self, text: &[u8], out: &mut String) {
        match self {
            Self::Hash(keyed) => {
                let mut hmac = (**keyed).clone();
                hmac.update(text);
                for byte in hmac.finalize().into_bytes() {
                    for digit in [byte >> 4, byte & 15] {
                        out.extend(char::from_digit(digit.into(), 16));
                    }
                }
            }
            Self::Redact => out.push_str(HIDDEN),
            Self::KeepLast(kept) => {
                out.push_str(HIDDEN);
                let text = String::from_utf8_lossy(text);
                // A text that is kept whole would not be hidden.
                if let Some((from, _)) = text.char_indices().nth_back(kept.saturating_sub(1))
                    && from > 0
                {
                    out.push_str(text.get(from..).unwrap_or_default());
                }
            }
            Self::KeepDomain => {
                out.push_str(HIDDEN);
                let text = String::from_utf8_lossy(text);
                if let Some((_, domain)) = text.rsplit_once('@') {
                    out.push('@');
                    out.push_str(domain);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::*;

    use super::*;

    const KEY: &str = "a key of more than sixteen bytes";

    fn masked(array: ArrayRef, mask: Mask) -> Vec<Option<String>> {
        let batch = RecordBatch::try_from_iter_with_nullable([("a", array, true)]);
        let batch = batch.expect("a batch");
        let masks = Masks::new(&batch.schema(), &[("a", mask)], Some(KEY)).expect("masks");
        let hidden = masks.apply(&batch).expect("rows");
        assert_eq!(hidden.schema(), *masks.schema());
        let values = hidden.column(0).as_string_view();
        values
            .iter()
            .map(|value| value.map(str::to_owned))
            .collect()
    }

    fn texts(texts: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringViewArray::from_iter(texts.iter().copied()))
    }

    #[test]
    fn hashes_are_hmac() {
        // RFC 4231, test case 2.
        let key = Some("Jefe");
        let batch =
            RecordBatch::try_from_iter([("a", texts(&[Some("what do ya want for nothing?")]))]);
        let batch = batch.expect("a batch");
        let masks = Masks::new(&batch.schema(), &[("a", Mask::Hash)], key).expect("masks");
        let hidden = masks.apply(&batch).expect("rows");
        assert_eq!(
            hidden.column(0).as_string_view().value(0),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn equal_values_of_any_type_are_hidden_alike() {
        let of_texts = masked(
            texts(&[Some("42"), None, Some("43"), Some("42")]),
            Mask::Hash,
        );
        assert_eq!(of_texts[0], of_texts[3]);
        assert_ne!(of_texts[0], of_texts[2]);
        assert_eq!(of_texts[1], None);
        let numbers = Int64Array::from(vec![Some(42), None, Some(43), Some(42)]);
        assert_eq!(masked(Arc::new(numbers), Mask::Hash), of_texts);
        let decimals = Decimal128Array::from(vec![4200]).with_precision_and_scale(9, 2);
        let decimals = masked(Arc::new(decimals.expect("a type")), Mask::Hash);
        assert_eq!(decimals, masked(texts(&[Some("42.00")]), Mask::Hash));
    }

    #[test]
    fn what_is_kept() {
        let some = |texts: &[&str]| {
            texts
                .iter()
                .map(|t| Some((*t).to_owned()))
                .collect::<Vec<_>>()
        };
        let input = texts(&[
            Some("+442079460000"),
            Some("1234"),
            Some("é12345"),
            Some(""),
        ]);
        assert_eq!(
            masked(Arc::clone(&input), Mask::KeepLast(4)),
            some(&["***0000", "***", "***2345", "***"])
        );
        assert_eq!(masked(input, Mask::Redact), some(&["***"; 4]));
        assert_eq!(
            masked(
                texts(&[Some("ann@x.org"), Some("\"a@b\"@y.org"), Some("ann")]),
                Mask::KeepDomain
            ),
            some(&["***@x.org", "***@y.org", "***"])
        );
        let days = Date32Array::from(vec![0]);
        assert_eq!(masked(Arc::new(days), Mask::KeepLast(2)), some(&["***01"]));
    }

    #[test]
    fn other_columns_stay() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let batch = RecordBatch::try_from_iter([("a", texts(&[Some("x")])), ("n", numbers)]);
        let batch = batch.expect("a batch");
        let masks = Masks::new(&batch.schema(), &[("a", Mask::Redact)], None).expect("masks");
        let hidden = masks.apply(&batch).expect("rows");
        assert_eq!(hidden.column(1), batch.column(1));
        let no_key = Masks::new(&batch.schema(), &[("a", Mask::Hash)], None);
        assert_eq!(
            no_key.expect_err("no key").kind(),
            crate::ErrorKind::Options
        );
        let masks = Masks::new(&batch.schema(), &[("a", Mask::Hash)], Some(KEY)).expect("masks");
        assert_eq!(format!("{masks:?}"), "[\"a\"]", "the key is never shown");
    }
}
