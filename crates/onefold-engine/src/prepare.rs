//! From a pipeline as written to one that can run: expressions compiled, schemas known, tables in an order in which they can be made.
//!
//! Everything that can be wrong with a pipeline is found here, before any output is touched. Where a source declares no fields its
//! columns are known only from its files; `check`, which reads no data, then leaves what depends on it unjudged.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::DFSchema;
use datafusion::prelude::SessionContext;
use onefold_spec::model::{
    Checked, Content, Mask, Output, PartitionBy, Pipeline, Secret, Source, Table, Type,
};
use onefold_spec::{Diagnostic, Spanned};
use onefold_write::Masks;

use crate::catalog::register;
use crate::checks;
use crate::error::Error;
use crate::explain::type_name;
use crate::freshness::is_time;
use crate::places::Places;
use crate::source_sql::SourceSql;
use crate::sql::{self, Compiled, Projection, SortKey};
use crate::steps::step::{Known, Way};
use crate::steps::{has_column, kind};

/// What `where`, `select` and `order_by` do to the rows of a step.
#[derive(Default)]
pub(crate) struct Shape {
    pub(crate) filter: Option<Compiled>,
    pub(crate) select: Option<Projection>,
    pub(crate) order: Vec<SortKey>,
    /// The keys are over the columns of `select`.
    pub(crate) order_selected: bool,
}

impl Shape {
    /// Whether the rows of the step are those of the table, as they are.
    pub(crate) fn is_none(&self) -> bool {
        self.filter.is_none() && self.select.is_none() && self.order.is_empty()
    }

    /// Finds the rows of the step in their files.
    pub(crate) fn found_at(&mut self, places: &Places) {
        if let Some(filter) = &mut self.filter {
            filter.found_at(places);
        }
        if let Some(select) = &mut self.select {
            select.found_at(places);
        }
        self.order
            .iter_mut()
            .for_each(|key| key.value.found_at(places));
    }
}

/// A table, ready to run.
pub(crate) struct PreparedTable {
    pub(crate) name: String,
    /// Name of its kind of step.
    pub(crate) step: &'static str,
    /// The tables and side tables that its step reads, one entry a reading.
    pub(crate) reads: Vec<String>,
    pub(crate) way: Way,
    pub(crate) shape: Shape,
    /// Columns after the step, before `select`.
    pub(crate) step_schema: SchemaRef,
    /// Columns of the table.
    pub(crate) schema: SchemaRef,
}

/// A pipeline, ready to run.
pub(crate) struct Prepared {
    /// In an order in which each finds its inputs made.
    pub(crate) tables: Vec<PreparedTable>,
    /// Columns of each output that is a table, in pipeline order.
    pub(crate) outputs: Vec<Option<Projection>>,
    /// Columns of every table and side table that is known.
    pub(crate) schemas: HashMap<String, SchemaRef>,
}

/// Columns of a source with declared fields.
pub(crate) fn declared_schema(source: &Source) -> Option<SchemaRef> {
    let fields = source.fields.as_ref()?;
    let column =
        |f: &onefold_spec::model::Field| Field::new(f.name.as_str(), data_type(&f.ty), true);
    Some(Arc::new(Schema::new(
        fields.iter().map(column).collect::<Vec<_>>(),
    )))
}

fn data_type(ty: &Type) -> DataType {
    match ty {
        Type::Integer => DataType::Int64,
        Type::Float => DataType::Float64,
        Type::Decimal { precision, scale }
        | Type::Money {
            precision, scale, ..
        } => DataType::Decimal128(*precision, *scale as i8),
        Type::Boolean { .. } => DataType::Boolean,
        Type::Date { .. } => DataType::Date32,
        Type::Timestamp { .. } => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::Text
        | Type::Uuid
        | Type::Email
        | Type::Phone { .. }
        | Type::PersonName { .. }
        | Type::Currency
        | Type::Country
        | Type::Postcode { .. }
        | Type::Url
        | Type::Ip
        | Type::Address
        | Type::Company
        | Type::Json => DataType::Utf8View,
    }
}

/// Compiles the SQL of the sources: what must be known before a file is opened.
pub(crate) fn source_sql(
    context: &SessionContext,
    pipeline: &Pipeline,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Arc<SourceSql>> {
    let empty: SchemaRef = Arc::new(Schema::empty());
    let compile = |source: &Source, errors: &mut Vec<Diagnostic>| {
        let typed = declared_schema(source).unwrap_or_else(|| Arc::clone(&empty));
        Arc::new(SourceSql::compile(context, source, &typed, errors))
    };
    pipeline
        .sources
        .iter()
        .map(|s| compile(s, errors))
        .collect()
}

/// Prepares a pipeline. `found` are the columns of sources without declared fields, by name; those absent are not known yet.
pub(crate) fn prepare(
    pipeline: &Pipeline,
    context: SessionContext,
    found: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) -> Result<Prepared, Error> {
    let mut schemas: HashMap<String, SchemaRef> = HashMap::new();
    for source in &pipeline.sources {
        let Some(schema) =
            declared_schema(source).or_else(|| found.get(source.name.as_str()).cloned())
        else {
            continue;
        };
        // The loader has judged the fields that are declared.
        if let (Some(field), None) = (&source.freshness, &source.fields) {
            check_freshness(field, source, &schema, errors);
        }
        let names = schema.fields().iter().map(|f| f.name().as_str());
        schemas.insert(
            format!("{}.rejects", source.name.value),
            onefold_read::rejects_schema(names, source.explode.is_some()),
        );
        schemas.insert(
            format!("{}.nulled", source.name.value),
            onefold_read::nulled_schema(),
        );
        schemas.insert(source.name.value.clone(), schema);
    }
    for (name, schema) in &schemas {
        register(&context, name, schema, Vec::new()).map_err(Error::internal)?;
    }

    let reads: Vec<Vec<String>> = pipeline
        .tables
        .iter()
        .map(|table| kind(&table.step).reads(pipeline))
        .collect();
    let readers = readers(pipeline, &reads);
    let mut tables = Vec::new();
    for index in order(pipeline, &reads, errors) {
        let table = &pipeline.tables[index];
        let mut known = Known {
            pipeline,
            table: &table.name,
            schemas: &schemas,
            context: &context,
            readers: &readers,
            errors,
        };
        let step = kind(&table.step);
        let Some(ready) = step.ready(&mut known) else {
            continue;
        };
        let Some(shape) = shape(table, &ready.rows, &context, errors) else {
            continue;
        };
        let schema = shape
            .select
            .as_ref()
            .map_or_else(|| Arc::clone(&ready.rows), |p| Arc::clone(&p.schema));
        let sides = ready.sides.into_iter();
        let sides = sides.map(|(side, schema)| (format!("{}.{side}", table.name.value), schema));
        for (name, schema) in sides.chain([(table.name.value.clone(), Arc::clone(&schema))]) {
            register(&context, &name, &schema, Vec::new()).map_err(Error::internal)?;
            schemas.insert(name, schema);
        }
        for check in &table.checks {
            if let Checked::Fresh { column, .. } = &check.what {
                check_moment(column, &schema, errors);
            }
        }
        tables.push(PreparedTable {
            name: table.name.value.clone(),
            step: step.name(),
            reads: reads[index].clone(),
            way: ready.way,
            shape,
            step_schema: ready.rows,
            schema,
        });
    }

    let mut outputs = Vec::new();
    for output in &pipeline.outputs {
        let Content::Table {
            table,
            columns,
            masks,
            partitions,
            ..
        } = &output.content
        else {
            outputs.push(None);
            continue;
        };
        let of = format!("output `{}`", output.path.value);
        let projection = schemas
            .get(table.as_str())
            .and_then(|schema| Projection::compile(&context, &of, columns, schema, errors));
        let projection = match projection {
            Some(projection) if !masks.is_empty() => {
                masked(pipeline, output, projection, masks, errors)?
            }
            other => other,
        };
        if let (Some(projection), Some(by)) = (&projection, partitions) {
            check_partitions(output, by, &projection.schema, errors);
        }
        outputs.push(projection);
    }
    Ok(Prepared {
        tables,
        outputs,
        schemas,
    })
}

/// The columns of an output with some hidden; `None` where one of these is not there.
fn masked(
    pipeline: &Pipeline,
    output: &Output,
    projection: Projection,
    masks: &[(Spanned<String>, Mask)],
    errors: &mut Vec<Diagnostic>,
) -> Result<Option<Projection>, Error> {
    let before = errors.len();
    for (column, _) in masks {
        has_column(column, &projection.schema, &output.path, errors);
    }
    if errors.len() > before {
        return Ok(None);
    }
    let masks = masks.iter().map(|(column, mask)| (column.as_str(), *mask));
    let masks: Vec<(&str, Mask)> = masks.collect();
    let key = pipeline.mask_key.as_ref().map(Secret::expose);
    let masks = Masks::new(&projection.schema, &masks, key)?;
    Ok(Some(projection.masked(masks)))
}

/// `partition_by:` of an output: its columns are there, have values that name folders, and leave others for the files.
fn check_partitions(
    output: &Output,
    by: &PartitionBy,
    schema: &SchemaRef,
    errors: &mut Vec<Diagnostic>,
) {
    let path = output.path.value.as_str();
    let before = errors.len();
    for column in &by.columns {
        if !has_column(column, schema, path, errors) {
            continue;
        }
        if let Ok(field) = schema.field_with_name(column)
            && !names_a_folder(field.data_type())
        {
            let found = type_name(field.data_type());
            let message = format!("`{}` is `{found}`, which cannot name folders", column.value);
            let error = Diagnostic::error(column.span, message);
            errors.push(error.hint("partition by a text, an integer, a boolean or a date"));
        }
        if column.starts_with(['.', '_']) {
            let message = format!(
                "Spark and Athena pass over folders with names like `{}=..`",
                column.value
            );
            let error = Diagnostic::error(column.span, message);
            errors.push(error.hint("give the column another name under `columns`"));
        }
        let mut names = schema.fields().iter().map(|field| field.name());
        let twin = names
            .find(|name| **name != column.value && name.to_lowercase() == column.to_lowercase());
        if let Some(twin) = twin {
            let message = format!(
                "readers take `{}` and `{twin}` for one column",
                column.value
            );
            let error = Diagnostic::error(column.span, message);
            errors.push(error.hint("give one of the two another name under `columns`"));
        }
    }
    if let (true, Some(first)) = (errors.len() == before, by.columns.first())
        && by.columns.len() == schema.fields().len()
    {
        let message = format!("`{path}` has no other columns for its files");
        errors.push(Diagnostic::error(first.span, message));
    }
}

/// Whether values of a type can name the folders of partitions: equal values have one name.
fn names_a_folder(data_type: &DataType) -> bool {
    data_type.is_string()
        || data_type.is_integer()
        || matches!(data_type, DataType::Boolean | DataType::Date32)
}

/// How many steps and outputs read each table.
fn readers(pipeline: &Pipeline, reads: &[Vec<String>]) -> HashMap<String, usize> {
    let by_outputs = pipeline.outputs.iter().filter_map(|o| match &o.content {
        Content::Table { table, .. } => Some(&table.value),
        _ => None,
    });
    let mut readers = HashMap::new();
    for name in reads.iter().flatten().chain(by_outputs) {
        *readers.entry(name.clone()).or_default() += 1;
    }
    readers
}

/// `freshness:` of a source whose columns are those of its files.
fn check_freshness(
    field: &Spanned<String>,
    source: &Source,
    schema: &SchemaRef,
    errors: &mut Vec<Diagnostic>,
) {
    if has_column(field, schema, &source.name, errors) {
        check_moment(field, schema, errors);
    }
}

/// Whether a column, where it is there, can say when something was made.
fn check_moment(field: &Spanned<String>, schema: &SchemaRef, errors: &mut Vec<Diagnostic>) {
    let column = schema.field_with_name(field).map(Field::data_type);
    if let Ok(found) = column
        && !is_time(found)
    {
        let message = format!(
            "`{}` is `{}`, neither a date nor a timestamp",
            field.value,
            type_name(found)
        );
        errors.push(Diagnostic::error(field.span, message).hint("declare its type under `fields`"));
    }
}

fn shape(
    table: &Table,
    rows: &SchemaRef,
    context: &SessionContext,
    errors: &mut Vec<Diagnostic>,
) -> Option<Shape> {
    let df = DFSchema::try_from(rows.as_ref().clone()).ok()?;
    let before = errors.len();
    let of = format!("table `{}`", table.name.value);
    let filter = table
        .filter
        .as_ref()
        .and_then(|sql| match sql::compile(context, sql, &df) {
            Ok(filter) if filter.data_type == DataType::Boolean => {
                Some(filter.called(format!("{of}, `where`")))
            }
            Ok(_) => {
                errors.push(Diagnostic::error(
                    sql.span,
                    format!("the condition `{}` is neither true nor false", sql.value),
                ));
                None
            }
            Err(error) => {
                errors.push(error);
                None
            }
        });
    let select = match table.select.is_empty() {
        true => None,
        false => Projection::compile(context, &of, &table.select, rows, errors),
    };
    // Sorting comes last; where it names columns that `select` leaves out, it comes before `select`.
    let selected = select
        .as_ref()
        .and_then(|s| DFSchema::try_from(s.schema.as_ref().clone()).ok());
    let keys = |schema: &DFSchema| {
        let keys = table
            .order_by
            .iter()
            .map(|key| sql::sort_key(context, &of, key, schema));
        keys.collect::<Vec<_>>()
    };
    let after = selected
        .map(|schema| keys(&schema))
        .filter(|keys| keys.iter().all(Result::is_ok));
    let order_selected = after.is_some();
    let mut order = Vec::new();
    for key in after.unwrap_or_else(|| keys(&df)) {
        match key {
            Ok(key) => order.push(key),
            Err(error) => errors.push(error),
        }
    }
    (errors.len() == before).then_some(Shape {
        filter,
        select,
        order,
        order_selected,
    })
}

/// Table numbers, each after the tables that it reads. A cycle through SQL is an error; other cycles the loader has refused.
fn order(pipeline: &Pipeline, reads: &[Vec<String>], errors: &mut Vec<Diagnostic>) -> Vec<usize> {
    let number: HashMap<&str, usize> = pipeline
        .tables
        .iter()
        .enumerate()
        .map(|(i, t)| (t.name.as_str(), i))
        .collect();
    let mut order = Vec::new();
    let mut done: HashSet<usize> = HashSet::new();
    let mut waiting: Vec<usize> = (0..pipeline.tables.len()).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|index| {
            let ready = reads[*index].iter().all(|input| {
                number
                    .get(checks::owner(input))
                    .is_none_or(|n| done.contains(n))
            });
            if ready {
                done.insert(*index);
                order.push(*index);
            }
            !ready
        });
        if waiting.len() == before {
            let names: Vec<&str> = waiting
                .iter()
                .map(|i| pipeline.tables[*i].name.as_str())
                .collect();
            let first = &pipeline.tables[waiting[0]];
            errors.push(Diagnostic::error(
                first.name.span,
                format!(
                    "the tables {} read each other in a circle",
                    sql::list(&names)
                ),
            ));
            break;
        }
    }
    order
}
