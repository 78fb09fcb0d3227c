//! Clauses that the parser reads and the planner passes over: a query that had one would be answered as if the clause were not there.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    GroupByExpr, LimitClause, Query, Select, TableFactor, Visit, Visitor,
};

/// The first clause of a statement that would have no effect.
pub(crate) fn without_effect(statement: &Statement) -> Option<&'static str> {
    let Statement::Statement(ast) = statement else {
        return None;
    };
    match ast.visit(&mut Clauses) {
        ControlFlow::Break(clause) => Some(clause),
        ControlFlow::Continue(()) => None,
    }
}

/// The error for such a clause.
pub(crate) fn no_effect(clause: &str) -> String {
    format!("queries do not support {clause}")
}

struct Clauses;

impl Visitor for Clauses {
    type Break = &'static str;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        first([
            ("FOR UPDATE or FOR SHARE", !query.locks.is_empty()),
            ("FOR XML, JSON or BROWSE", query.for_clause.is_some()),
            ("SETTINGS", query.settings.is_some()),
            ("FORMAT", query.format_clause.is_some()),
            ("FETCH (write LIMIT)", query.fetch.is_some()),
            ("LIMIT BY", is_by(query.limit_clause.as_ref())),
        ])
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) =
            &select.group_by;
        first([
            ("TOP", select.top.is_some()),
            ("PREWHERE", select.prewhere.is_some()),
            ("CONNECT BY", !select.connect_by.is_empty()),
            (
                "WITH ROLLUP, CUBE or TOTALS (write GROUP BY ROLLUP or CUBE)",
                !modifiers.is_empty(),
            ),
            ("CLUSTER BY", !select.cluster_by.is_empty()),
            ("DISTRIBUTE BY", !select.distribute_by.is_empty()),
            ("SORT BY", !select.sort_by.is_empty()),
            ("LATERAL VIEW", !select.lateral_views.is_empty()),
            ("SELECT AS", select.value_table_mode.is_some()),
        ])
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<Self::Break> {
        match table {
            TableFactor::Table {
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
                ..
            } => first([
                ("table hints", !with_hints.is_empty()),
                ("versions of tables", version.is_some()),
                ("WITH ORDINALITY", *with_ordinality),
                ("PARTITION", !partitions.is_empty()),
                ("paths behind names of tables", json_path.is_some()),
                ("TABLESAMPLE", sample.is_some()),
                ("index hints", !index_hints.is_empty()),
            ]),
            TableFactor::Derived { sample, .. } => first([("TABLESAMPLE", sample.is_some())]),
            TableFactor::TableFunction { .. } => ControlFlow::Break("TABLE(...)"),
            TableFactor::JsonTable { .. } => ControlFlow::Break("JSON_TABLE"),
            TableFactor::OpenJsonTable { .. } => ControlFlow::Break("OPENJSON"),
            TableFactor::XmlTable { .. } => ControlFlow::Break("XMLTABLE"),
            TableFactor::Pivot { .. } => ControlFlow::Break("PIVOT"),
            TableFactor::Unpivot { .. } => ControlFlow::Break("UNPIVOT"),
            TableFactor::MatchRecognize { .. } => ControlFlow::Break("MATCH_RECOGNIZE"),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn is_by(limit: Option<&LimitClause>) -> bool {
    matches!(limit, Some(LimitClause::LimitOffset { limit_by, .. }) if !limit_by.is_empty())
}

fn first<const N: usize>(clauses: [(&'static str, bool); N]) -> ControlFlow<&'static str> {
    match clauses.into_iter().find(|(_, is_there)| *is_there) {
        Some((clause, _)) => ControlFlow::Break(clause),
        None => ControlFlow::Continue(()),
    }
}
