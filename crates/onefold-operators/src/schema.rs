//! Schemas: which columns can be keys and times, which can be compared, and which columns a join has.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};

use crate::error::{Error, Kind};

/// Whether the key columns of two tables can be compared, pair by pair.
///
/// The types must be the same; texts may differ in layout (`Utf8`, `Utf8View`), timestamps in zone, decimals in precision. This needs no
/// data, so that a plan is refused before work starts.
pub fn check_keys(
    left: &SchemaRef,
    left_on: &[usize],
    right: &SchemaRef,
    right_on: &[usize],
) -> Result<(), Error> {
    if left_on.len() != right_on.len() {
        return Err(Kind::KeyCount {
            left: left_on.len(),
            right: right_on.len(),
        }
        .into());
    }
    for (left_on, right_on) in left_on.iter().zip(right_on) {
        let (left, right) = (field(left, *left_on)?, field(right, *right_on)?);
        check_key(left)?;
        check_key(right)?;
        if !comparable(left.data_type(), right.data_type()) {
            return Err(Kind::KeyMismatch {
                left: left.name().clone(),
                left_type: left.data_type().to_string(),
                right: right.name().clone(),
                right_type: right.data_type().to_string(),
            }
            .into());
        }
    }
    Ok(())
}

/// Whether a column can be part of a key.
pub(crate) fn check_key(field: &Field) -> Result<(), Error> {
    if is_key(field.data_type()) {
        return Ok(());
    }
    Err(Kind::KeyType {
        column: field.name().clone(),
        data_type: field.data_type().to_string(),
    }
    .into())
}

/// Whether a column can be the time of an event.
pub(crate) fn check_time(field: &Field) -> Result<(), Error> {
    match field.data_type() {
        DataType::Int64 | DataType::Date32 | DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Ok(())
        }
        data_type => Err(Kind::TimeType {
            column: field.name().clone(),
            data_type: data_type.to_string(),
        }
        .into()),
    }
}

/// Whether two columns can be compared as times.
pub(crate) fn check_times(
    left: &SchemaRef,
    left_on: usize,
    right: &SchemaRef,
    right_on: usize,
) -> Result<(), Error> {
    let (left, right) = (field(left, left_on)?, field(right, right_on)?);
    check_time(left)?;
    check_time(right)?;
    if comparable(left.data_type(), right.data_type()) {
        return Ok(());
    }
    Err(Kind::TimeMismatch {
        left: left.name().clone(),
        left_type: left.data_type().to_string(),
        right: right.name().clone(),
        right_type: right.data_type().to_string(),
    }
    .into())
}

/// Whether a column of this type can be a key.
fn is_key(data_type: &DataType) -> bool {
    use DataType::{Boolean, Date32, Decimal128, Float64, Int64, UInt64, Utf8, Utf8View};
    matches!(
        data_type,
        Utf8View | Utf8 | Int64 | UInt64 | Float64 | Decimal128(..) | Boolean | Date32
    ) || matches!(data_type, DataType::Timestamp(TimeUnit::Microsecond, _))
}

/// Whether values of the two types, both of them key types, can be compared. Texts may differ in their layout, timestamps in their
/// zone, decimals in their precision.
fn comparable(a: &DataType, b: &DataType) -> bool {
    use DataType::{Decimal128, Timestamp, Utf8, Utf8View};
    match (a, b) {
        (Utf8 | Utf8View, Utf8 | Utf8View) => true,
        (Timestamp(a, a_zone), Timestamp(b, b_zone)) => {
            a == b && a_zone.is_some() == b_zone.is_some()
        }
        (Decimal128(_, a), Decimal128(_, b)) => a == b,
        _ => a == b,
    }
}

/// The field of a column.
pub(crate) fn field(schema: &SchemaRef, column: usize) -> Result<&Field, Error> {
    let fields = schema.fields();
    match fields.get(column) {
        Some(field) => Ok(field),
        None => Err(Kind::NoSuchColumn {
            index: column,
            columns: fields.len(),
        }
        .into()),
    }
}

/// Which side's columns can become null in the result.
#[derive(Clone, Copy)]
pub(crate) struct Missing {
    pub(crate) left: bool,
    pub(crate) right: bool,
}

/// The columns of a join's result.
pub(crate) struct JoinedColumns {
    pub(crate) schema: SchemaRef,
    /// Right columns that follow the left ones.
    pub(crate) right: Vec<usize>,
}

/// All left columns, then the right ones except its key. A right column whose name is taken becomes `COLUMN_TABLE`.
pub(crate) fn joined_columns(
    left: &SchemaRef,
    right: &SchemaRef,
    right_on: &[usize],
    right_name: &str,
    missing: Missing,
) -> Result<JoinedColumns, Error> {
    let columns: Vec<usize> = (0..right.fields().len())
        .filter(|column| !right_on.contains(column))
        .collect();
    let mut fields: Vec<FieldRef> = left.fields().iter().cloned().collect();
    if missing.left {
        for field in &mut fields {
            *field = Arc::new(field.as_ref().clone().with_nullable(true));
        }
    }
    for column in &columns {
        let field = right.field(*column);
        let is_taken = |name: &str| fields.iter().any(|field| field.name() == name);
        let mut name = field.name().clone();
        if is_taken(&name) {
            name = format!("{name}_{right_name}");
        }
        if is_taken(&name) {
            return Err(Kind::NameTaken {
                column: field.name().clone(),
                name,
            }
            .into());
        }
        let nullable = field.is_nullable() || missing.right;
        fields.push(Arc::new(
            field.clone().with_name(name).with_nullable(nullable),
        ));
    }
    Ok(JoinedColumns {
        schema: Arc::new(Schema::new_with_metadata(fields, left.metadata().clone())),
        right: columns,
    })
}

/// Some columns of the input, then the operator's own.
pub(crate) fn with_own_columns<'a>(
    columns: impl IntoIterator<Item = &'a FieldRef>,
    own: Vec<Field>,
) -> Result<SchemaRef, Error> {
    let mut fields: Vec<FieldRef> = Vec::new();
    let fields_of = columns.into_iter().map(Arc::clone);
    for field in fields_of.chain(own.into_iter().map(Arc::new)) {
        if fields.iter().any(|known| known.name() == field.name()) {
            return Err(Kind::ColumnTwice(field.name().clone()).into());
        }
        fields.push(field);
    }
    Ok(Arc::new(Schema::new(fields)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, DataType)]) -> SchemaRef {
        let fields = columns.iter();
        let fields = fields.map(|(name, data_type)| Field::new(*name, data_type.clone(), false));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    #[test]
    fn keys_of_different_types_are_refused() {
        let micros =
            |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
        let cases = [
            (DataType::Utf8View, DataType::Utf8, true),
            (DataType::Int64, DataType::Int64, true),
            (DataType::Int64, DataType::Utf8View, false),
            (DataType::Int64, DataType::UInt64, false),
            (micros(Some("UTC")), micros(Some("+00:00")), true),
            (micros(Some("UTC")), micros(None), false),
            (
                DataType::Decimal128(12, 2),
                DataType::Decimal128(38, 2),
                true,
            ),
            (
                DataType::Decimal128(12, 2),
                DataType::Decimal128(12, 3),
                false,
            ),
            (DataType::Binary, DataType::Binary, false),
        ];
        for (a, b, fits) in cases {
            let checked = check_keys(
                &schema(&[("a", a.clone())]),
                &[0],
                &schema(&[("b", b.clone())]),
                &[0],
            );
            assert_eq!(checked.is_ok(), fits, "{a} and {b}");
        }
        let (a, b) = (
            schema(&[("id", DataType::Int64)]),
            schema(&[("id", DataType::Utf8View)]),
        );
        let message = check_keys(&a, &[0], &b, &[0])
            .expect_err("refused")
            .to_string();
        let expected =
            "keys differ in type: `id` is Int64 on the left, `id` is Utf8View on the right";
        assert_eq!(message, expected);
        let message = check_keys(&a, &[0], &b, &[1])
            .expect_err("refused")
            .to_string();
        assert_eq!(message, "there is no column 1, the table has 1");
        let message = check_keys(&a, &[0], &b, &[])
            .expect_err("refused")
            .to_string();
        assert_eq!(message, "1 key columns on the left, 0 on the right");
    }

    #[test]
    fn a_name_that_is_taken_gets_the_name_of_the_table() {
        let text = DataType::Utf8View;
        let left = schema(&[("id", text.clone()), ("name", text.clone())]);
        let right = schema(&[
            ("key", text.clone()),
            ("name", text.clone()),
            ("region", text.clone()),
        ]);
        let missing = Missing {
            left: false,
            right: true,
        };
        let joined = joined_columns(&left, &right, &[0], "customers", missing).expect("joined");
        let names: Vec<&String> = joined.schema.fields().iter().map(|f| f.name()).collect();
        assert_eq!(names, ["id", "name", "name_customers", "region"]);
        assert!(joined.schema.field(2).is_nullable() && !joined.schema.field(1).is_nullable());

        let left = schema(&[
            ("id", text.clone()),
            ("name", text.clone()),
            ("name_customers", text),
        ]);
        let error = joined_columns(&left, &right, &[0], "customers", missing)
            .err()
            .expect("taken");
        let expected =
            "the result has a column `name_customers` already, which `name` would also be called";
        assert_eq!(error.to_string(), expected);
    }
}
