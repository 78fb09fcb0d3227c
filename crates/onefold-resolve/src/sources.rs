//! The records of one source, and how the columns of several sources come together.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::can_cast_types;
use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use onefold_rows::has_columns;

use crate::error::{Error, Kind};

/// The records of one source.
#[derive(Debug, Clone)]
pub struct SourceRecords {
    /// Name of its table, unique (`crm`).
    pub name: String,
    /// How reports call it (`CRM`).
    pub label: String,
    /// Schema of all batches.
    pub schema: SchemaRef,
    /// The records.
    pub batches: Vec<RecordBatch>,
    /// Index of the column that identifies a record for people. A record without a key is called `NAME:ROW`, counted from 1.
    pub key: Option<usize>,
    /// Index of a `UInt64` column with the place of each record in its file. It is passed on, not understood, and is no record column.
    pub address: Option<usize>,
}

/// The union of the sources' columns by name, after checking that sources fit their schema and one another.
pub(crate) fn record_fields(sources: &[SourceRecords]) -> Result<Vec<FieldRef>, Error> {
    let mut fields: Vec<(FieldRef, &str)> = Vec::new();
    for source in sources {
        check_source(source)?;
        for (index, field) in source.schema.fields().iter().enumerate() {
            if Some(index) == source.address {
                continue;
            }
            let known = fields.iter().find(|(f, _)| f.name() == field.name());
            match known {
                None => fields.push((
                    Arc::new(Field::new(field.name(), field.data_type().clone(), true)),
                    &source.name,
                )),
                Some((first, _)) if first.data_type() == field.data_type() => {}
                Some((first, first_source)) => {
                    return Err(Kind::TypeConflict {
                        column: field.name().clone(),
                        first: (*first_source).to_owned(),
                        first_type: first.data_type().to_string(),
                        second: source.name.clone(),
                        second_type: field.data_type().to_string(),
                    }
                    .into());
                }
            }
        }
    }
    Ok(fields.into_iter().map(|(field, _)| field).collect())
}

fn check_source(source: &SourceRecords) -> Result<(), Error> {
    let fields = source.schema.fields();
    for (index, field) in fields.iter().enumerate() {
        if fields[..index].iter().any(|f| f.name() == field.name()) {
            return Err(Kind::DuplicateColumn {
                source_name: source.name.clone(),
                column: field.name().clone(),
            }
            .into());
        }
    }
    for (role, index) in [("key", source.key), ("address", source.address)] {
        if let Some(index) = index
            && index >= fields.len()
        {
            return Err(Kind::NoSuchIndex {
                source_name: source.name.clone(),
                role,
                index,
                columns: fields.len(),
            }
            .into());
        }
    }
    if let Some(data_type) = source.address.map(|index| fields[index].data_type())
        && *data_type != DataType::UInt64
    {
        return Err(Kind::AddressType {
            source_name: source.name.clone(),
            data_type: data_type.to_string(),
        }
        .into());
    }
    if let Some(data_type) = source.key.map(|index| fields[index].data_type())
        && !can_cast_types(data_type, &DataType::Utf8View)
    {
        return Err(Kind::KeyType {
            source_name: source.name.clone(),
            data_type: data_type.to_string(),
        }
        .into());
    }
    let fits = |batch: &RecordBatch| has_columns(batch, &source.schema);
    match source.batches.iter().position(|batch| !fits(batch)) {
        None => Ok(()),
        Some(batch) => Err(Kind::BatchSchema {
            source_name: source.name.clone(),
            batch,
        }
        .into()),
    }
}
