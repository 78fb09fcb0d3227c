//! SQL expressions of a pipeline, compiled once and evaluated a batch at a time.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::{Expr, Volatility};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, OrderByExpr, visit_expressions};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use onefold_read::{RowValues, shown_text};
use onefold_spec::model::Column;
use onefold_spec::{Diagnostic, Span, Spanned, nearest, unquoted};
use onefold_write::Masks;

use crate::explain::{said, short, syntax, words};
use crate::fault;
use crate::places::Places;
use crate::probe;

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    expr: Arc<dyn PhysicalExpr>,
    pub(crate) data_type: DataType,
    /// The input column that it is, if it is nothing else.
    pub(crate) column: Option<usize>,
    /// What a message calls it.
    of: String,
    places: Places,
}

impl Compiled {
    /// An expression that has been planned.
    pub(crate) fn planned(expr: Arc<dyn PhysicalExpr>, data_type: DataType) -> Self {
        Self {
            expr,
            data_type,
            column: None,
            of: String::new(),
            places: Places::default(),
        }
    }

    /// What a message calls it: the column or the condition that it computes.
    pub(crate) fn called(self, of: impl Into<String>) -> Self {
        Self {
            of: of.into(),
            ..self
        }
    }

    /// Finds the rows that it is computed for in their files.
    pub(crate) fn found_at(&mut self, places: &Places) {
        self.places = places.clone();
    }

    /// Its value for each row.
    ///
    /// # Errors
    /// It fails for a row: the message names it, and the first such row.
    pub(crate) fn evaluate(&self, batch: &RecordBatch) -> Result<ArrayRef, String> {
        fault::point("expression", &self.of);
        if let Some(column) = self.column {
            return Ok(Arc::clone(batch.column(column)));
        }
        let named = |message: String| match self.of.is_empty() {
            true => message,
            false => format!("{}: {message}", self.of),
        };
        let found = onefold_df::evaluate(&self.expr, batch, &short);
        let found = found.map_err(|e| named(short(&e)))?;
        match found.failed.first() {
            None => self.typed(found.values),
            Some((row, why)) => {
                let place = self.places.place(batch, *row as usize);
                Err(named(format!("{} ({place})", shown_text(why))))
            }
        }
    }

    /// Its value for each row, and the rows for which it fails.
    pub(crate) fn evaluate_rows(&self, batch: &RecordBatch) -> Result<RowValues<ArrayRef>, String> {
        if let Some(column) = self.column {
            let values = Arc::clone(batch.column(column));
            let failed = Vec::new();
            return Ok(RowValues { values, failed });
        }
        let found = onefold_df::evaluate(&self.expr, batch, &short).map_err(|e| short(&e))?;
        Ok(RowValues {
            values: self.typed(found.values)?,
            failed: found.failed,
        })
    }

    /// Some functions answer in another form than they promise.
    fn typed(&self, values: ArrayRef) -> Result<ArrayRef, String> {
        match *values.data_type() == self.data_type {
            true => Ok(values),
            false => cast(&values, &self.data_type).map_err(|e| words(&e.to_string())),
        }
    }

    /// Rows for which a condition holds.
    pub(crate) fn holds(&self, batch: &RecordBatch) -> Result<BooleanArray, String> {
        Ok(boolean(&self.evaluate(batch)?)?.clone())
    }
}

pub(crate) fn boolean(values: &ArrayRef) -> Result<&BooleanArray, String> {
    values
        .as_boolean_opt()
        .ok_or_else(|| "a condition is neither true nor false".to_owned())
}

/// Compiles `sql` over `schema`.
pub(crate) fn compile(
    context: &SessionContext,
    sql: &Spanned<String>,
    schema: &DFSchema,
) -> Result<Compiled, Diagnostic> {
    let fields = schema.fields();
    if let Some(column) = fields.iter().position(|f| f.name() == &sql.value) {
        let name = &sql.value;
        let expr = datafusion::physical_expr::expressions::Column::new(name, column);
        return Ok(Compiled {
            expr: Arc::new(expr),
            data_type: fields[column].data_type().clone(),
            column: Some(column),
            of: String::new(),
            places: Places::default(),
        });
    }
    let wrong = |e: &DataFusionError| diagnose(sql, schema, e);
    parse(sql).map_err(|finding| {
        match unquoted(sql, fields.iter().map(|field| field.name().as_str())) {
            Some(hint) => finding.hint(hint),
            None => finding,
        }
    })?;
    let logical = context
        .state()
        .create_logical_expr(&sql.value, schema)
        .map_err(|e| wrong(&e))?;
    if let Some(function) = changing_function(&logical) {
        return Err(Diagnostic::error(sql.span, changes(&function)));
    }
    let expr = physical(context, logical, schema).map_err(|e| wrong(&e))?;
    let data_type = expr.data_type(schema.as_arrow()).map_err(|e| wrong(&e))?;
    Ok(Compiled {
        expr,
        data_type,
        column: None,
        of: String::new(),
        places: Places::default(),
    })
}

/// The function of an expression whose answer is not decided by its arguments, if there is one: the same input must give the same
/// output, so the clock and chance have no place in a pipeline.
pub(crate) fn changing_function(expr: &Expr) -> Option<String> {
    let mut found = None;
    // The closure never fails, so neither does the walk.
    expr.apply(|e| {
        if let Expr::ScalarFunction(call) = e
            && call.func.signature().volatility != Volatility::Immutable
        {
            found = Some(call.func.name().to_owned());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .ok();
    found
}

/// What to say of a [`changing_function`].
pub(crate) fn changes(function: &str) -> String {
    format!(
        "`{function}` answers differently in every run, and the same input must give the same output"
    )
}

/// An expression that can be evaluated, and has been tried.
pub(crate) fn physical(
    context: &SessionContext,
    expr: Expr,
    schema: &DFSchema,
) -> Result<Arc<dyn PhysicalExpr>, DataFusionError> {
    probe::guarded(|| {
        let expr = onefold_df::settle(expr, schema, context)?;
        let expr = context.state().create_physical_expr(expr, schema)?;
        probe::expression(&expr, schema.inner())?;
        Ok(expr)
    })
}

/// One SQL expression, and nothing after it.
pub(crate) fn parse(sql: &Spanned<String>) -> Result<SqlExpr, Diagnostic> {
    let wrong = |what: String| {
        Diagnostic::error(
            sql.span,
            format!("`{}` is no SQL expression: {what}", sql.value),
        )
    };
    let dialect = GenericDialect {};
    let mut parser = Parser::new(&dialect)
        .try_with_sql(&sql.value)
        .map_err(|e| wrong(syntax(&e.to_string())))?;
    let expr = parser
        .parse_expr()
        .map_err(|e| wrong(syntax(&e.to_string())))?;
    match parser.peek_token().token {
        Token::EOF => Ok(expr),
        rest => Err(wrong(format!("`{rest}` after its end"))),
    }
}

/// What is wrong with an expression over columns of `schema`.
pub(crate) fn explain(
    sql: &Spanned<String>,
    schema: &SchemaRef,
    error: &DataFusionError,
) -> Diagnostic {
    match DFSchema::try_from(schema.as_ref().clone()) {
        Ok(schema) => diagnose(sql, &schema, error),
        Err(_) => said(error).at(sql.span),
    }
}

fn diagnose(sql: &Spanned<String>, schema: &DFSchema, error: &DataFusionError) -> Diagnostic {
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    if let Ok(expr) = parse(sql) {
        let unknown = identifiers(&expr)
            .into_iter()
            .find(|path| !path.last().is_some_and(|n| names.contains(&n.as_str())));
        if let Some(path) = unknown {
            let name = path.join(".");
            let diagnostic = Diagnostic::error(sql.span, format!("unknown column `{name}`"));
            if let Some(hint) = unquoted(sql, names.iter().copied()) {
                return diagnostic.hint(hint);
            }
            return match nearest(&name, names.iter().copied()) {
                Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
                None => diagnostic.hint(format!("the columns here are {}", list(&names))),
            };
        }
    }
    said(error).at(sql.span)
}

pub(crate) fn list(names: &[&str]) -> String {
    names
        .iter()
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The column paths that an expression reads, in order, each once.
pub(crate) fn identifiers(expr: &SqlExpr) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut note = |path: Vec<String>| {
        if !found.contains(&path) {
            found.push(path);
        }
    };
    let done: ControlFlow<()> = visit_expressions(expr, |e| {
        match e {
            SqlExpr::Identifier(name) => note(vec![name.value.clone()]),
            SqlExpr::CompoundIdentifier(path) => {
                note(path.iter().map(|i| i.value.clone()).collect())
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    debug_assert!(done.is_continue());
    found
}

/// One column of a result.
#[derive(Debug, Clone)]
pub(crate) struct Projected {
    pub(crate) name: String,
    pub(crate) value: Compiled,
}

/// Columns computed from columns.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    pub(crate) columns: Vec<Projected>,
    /// As the columns are computed.
    computed: SchemaRef,
    /// As they come out.
    pub(crate) schema: SchemaRef,
    masks: Option<Arc<Masks>>,
}

impl Projection {
    /// Compiles the columns of a `select:` or an output, which messages call `of`; no columns means all.
    pub(crate) fn compile(
        context: &SessionContext,
        of: &str,
        columns: &[Column],
        input: &SchemaRef,
        errors: &mut Vec<Diagnostic>,
    ) -> Option<Projection> {
        let df = DFSchema::try_from(input.as_ref().clone()).ok()?;
        let before = errors.len();
        let all = |span| {
            let names = input
                .fields()
                .iter()
                .map(move |f| Spanned::new(f.name().clone(), span));
            names.map(|name| (name.clone(), name))
        };
        let mut wanted: Vec<(Spanned<String>, Spanned<String>)> = Vec::new();
        if columns.is_empty() {
            wanted.extend(all(Span::default()));
        }
        for column in columns {
            match column {
                Column::All(place) => wanted.extend(all(place.span)),
                Column::Named { name, sql } => wanted.push((name.clone(), sql.clone())),
            }
        }
        let mut out: Vec<Projected> = Vec::with_capacity(wanted.len());
        for (name, sql) in wanted {
            if out.iter().any(|c| c.name == name.value) {
                errors.push(Diagnostic::error(
                    name.span,
                    format!("column `{}` occurs twice", name.value),
                ));
                continue;
            }
            match compile(context, &sql, &df) {
                Ok(value) => out.push(Projected {
                    value: value.called(format!("{of}, column `{}`", name.value)),
                    name: name.value,
                }),
                Err(error) => errors.push(error),
            }
        }
        if errors.len() > before {
            return None;
        }
        let fields: Vec<Field> = out
            .iter()
            .map(|c| Field::new(&c.name, c.value.data_type.clone(), true))
            .collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        Some(Projection {
            columns: out,
            computed: Arc::clone(&schema),
            schema,
            masks: None,
        })
    }

    /// With the values of some columns hidden.
    pub(crate) fn masked(self, masks: Masks) -> Projection {
        Projection {
            schema: Arc::clone(masks.schema()),
            masks: Some(Arc::new(masks)),
            ..self
        }
    }

    /// Finds the rows that it is computed for in their files.
    pub(crate) fn found_at(&mut self, places: &Places) {
        for column in &mut self.columns {
            column.value.found_at(places);
        }
    }

    pub(crate) fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch, String> {
        let columns = self
            .columns
            .iter()
            .map(|c| c.value.evaluate(batch))
            .collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.computed), columns, &options);
        let rows = rows.map_err(|e| e.to_string())?;
        match &self.masks {
            Some(masks) => masks.apply(&rows).map_err(|e| e.to_string()),
            None => Ok(rows),
        }
    }
}

/// One key of an `order_by:`.
#[derive(Debug, Clone)]
pub(crate) struct SortKey {
    pub(crate) value: Compiled,
    pub(crate) options: arrow::compute::SortOptions,
}

/// Compiles `column DESC NULLS LAST` and the like; missing values come last going up, first going down, as in PostgreSQL.
pub(crate) fn sort_key(
    context: &SessionContext,
    of: &str,
    sql: &Spanned<String>,
    schema: &DFSchema,
) -> Result<SortKey, Diagnostic> {
    let dialect = GenericDialect {};
    let parsed = Parser::new(&dialect)
        .try_with_sql(&sql.value)
        .and_then(|mut parser| {
            let key = parser.parse_order_by_expr()?;
            parser.expect_token(&Token::EOF)?;
            Ok(key)
        });
    let OrderByExpr { expr, options, .. } = parsed.map_err(|e| {
        Diagnostic::error(
            sql.span,
            format!(
                "`{}` is no sort expression: {}",
                sql.value,
                syntax(&e.to_string())
            ),
        )
    })?;
    let descending = options.asc == Some(false);
    let nulls_first = options.nulls_first.unwrap_or(descending);
    let value = compile(context, &Spanned::new(expr.to_string(), sql.span), schema)?;
    Ok(SortKey {
        value: value.called(format!("{of}, `order_by`")),
        options: arrow::compute::SortOptions {
            descending,
            nulls_first,
        },
    })
}
