//! `sql:`: a query over the other tables.

use std::sync::Arc;
use std::time::Instant;

use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::Statement as Ast;
use onefold_spec::model::Pipeline;
use onefold_spec::{Diagnostic, Spanned, nearest};

use super::follow::{Fate, KeptTables, Row};
use super::step::{Follow, Input, Kind, Known, Made, Ready, Running, Way, Whole};
use crate::catalog::{Relation, register};
use crate::clauses::{no_effect, without_effect};
use crate::error::Error;
use crate::explain::said;
use crate::ledger::Account;
use crate::query::Query;
use crate::sql::list;

/// The step, as the pipeline has it.
pub(super) struct Sql<'a>(pub(super) &'a Spanned<String>);

impl Kind for Sql<'_> {
    fn name(&self) -> &'static str {
        "sql"
    }

    /// The tables of the pipeline that the query names; none where it cannot be parsed.
    fn reads(&self, pipeline: &Pipeline) -> Vec<String> {
        let names = named(self.0).into_iter();
        names.filter(|name| exists(name, pipeline)).collect()
    }

    /// Only a single `SELECT` (with `WITH`, `UNION` and so on) is a query: nothing that writes, creates or reads files.
    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let query = self.0;
        let wrong = |message: String| Diagnostic::error(query.span, message);
        let statements = match DFParser::parse_sql(query) {
            Ok(statements) => statements,
            Err(error) => {
                known.errors.push(wrong(format!(
                    "the query cannot be read: {}",
                    said(&error).message
                )));
                return None;
            }
        };
        let is_query = |s: &Statement| matches!(s, Statement::Statement(ast) if matches!(**ast, Ast::Query(_)));
        if statements.len() != 1 || !statements.iter().all(is_query) {
            known
                .errors
                .push(wrong("`sql:` takes one SELECT".to_owned()));
            return None;
        }
        if let Some(clause) = statements.iter().find_map(without_effect) {
            known.errors.push(wrong(no_effect(clause)));
            return None;
        }
        for name in named(query) {
            if !exists(&name, known.pipeline) {
                let names = known
                    .pipeline
                    .sources
                    .iter()
                    .map(|s| s.name.as_str())
                    .chain(known.pipeline.tables.iter().map(|t| t.name.as_str()));
                let error = wrong(format!("there is no source or table `{name}`"));
                known.errors.push(match nearest(&name, names) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                });
                return None;
            }
            if !known.schemas.contains_key(&name) {
                if name.contains('.') && known.schemas.contains_key(name.split_once('.')?.0) {
                    let prefix = format!("{}.", name.split_once('.')?.0);
                    let mut sides: Vec<&str> = known
                        .schemas
                        .keys()
                        .filter(|k| k.starts_with(&prefix))
                        .map(String::as_str)
                        .collect();
                    sides.sort_unstable();
                    known.errors.push(
                        wrong(format!("there is no table `{name}`"))
                            .hint(format!("there are {}", list(&sides))),
                    );
                }
                return None;
            }
        }
        let mut relations = Vec::new();
        for table in self.reads(known.pipeline) {
            let schema = known.columns(&table)?;
            relations.push(register(known.context, &table, &schema, Vec::new()).ok()?);
        }
        match Query::plan(query, known.context) {
            Ok(query) => {
                let schema = Arc::clone(query.schema());
                let way = Way::Whole(Box::new(OverTables { relations, query }));
                Some(Ready::new(schema, way))
            }
            Err(error) => {
                known.errors.push(said(&error).of(query).at(query.span));
                None
            }
        }
    }
}

fn named(query: &str) -> Vec<String> {
    let Ok(mut statements) = DFParser::parse_sql(query) else {
        return Vec::new();
    };
    let Some(statement) = statements.pop_front() else {
        return Vec::new();
    };
    let Ok((names, _)) = datafusion::sql::resolve::resolve_table_references(&statement, false)
    else {
        return Vec::new();
    };
    let text = |t: &datafusion::common::TableReference| match t.schema() {
        Some(space) => format!("{space}.{}", t.table()),
        None => t.table().to_owned(),
    };
    let mut names: Vec<String> = names.iter().map(text).collect();
    names.dedup();
    names
}

fn exists(name: &str, pipeline: &Pipeline) -> bool {
    let owner = name.split_once('.').map_or(name, |(owner, _)| owner);
    pipeline.sources.iter().any(|s| s.name.value == owner)
        || pipeline.tables.iter().any(|t| t.name.value == owner)
}

/// The step, ready to run.
struct OverTables {
    /// The tables, in the order of the inputs.
    relations: Vec<Relation>,
    query: Query,
}

impl Whole for OverTables {
    fn make(&self, inputs: Vec<Input>, run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let tables = inputs.into_iter().zip(&self.relations);
        let tables = tables.map(|(input, relation)| Ok((relation, input.rows.visible()?.1)));
        let tables = tables.collect::<Result<Vec<_>, Error>>()?;
        let began = Instant::now();
        Ok(Made {
            rows: self.query.run_over(run.table, tables)?,
            sides: Vec::new(),
            state: None,
            account: Account::new("sql", None, began),
        })
    }
}

impl Follow for OverTables {
    fn follow(
        &self,
        _input: usize,
        _row: &Row,
        _kept: &dyn KeptTables,
        _run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        Ok(None)
    }
}
