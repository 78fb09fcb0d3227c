//! What a query may do: ask, and nothing else.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Query, SetExpr, Statement as Ast};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::{Error, Kind};

/// Refuses other statements than queries by their words, before anybody plans them.
pub(crate) fn is_question(statement: &Statement) -> Result<(), Error> {
    if let Statement::Statement(ast) = statement
        && let Ast::Query(query) = &**ast
    {
        return match other_statement(query) {
            None => Ok(()),
            Some(word) => Err(no_question(&format!("`{word}`"))),
        };
    }
    let text = statement.to_string();
    let word = text.split(' ').next().unwrap_or_default();
    Err(no_question(&format!("`{word}`")))
}

/// The word by which a text that the parser does not understand would do more than ask: its first one, or an `INTO` in it.
pub(crate) fn other_word(text: &str) -> Option<String> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize().ok()?;
    let words = tokens.into_iter().filter_map(|token| match token {
        Token::Word(word) => Some(word),
        _ => None,
    });
    let other = words.enumerate().find(|(number, word)| {
        let is_verb = matches!(
            word.keyword,
            Keyword::COPY
                | Keyword::UNLOAD
                | Keyword::LOAD
                | Keyword::IMPORT
                | Keyword::EXPORT
                | Keyword::ATTACH
                | Keyword::DETACH
                | Keyword::INSTALL
                | Keyword::CREATE
                | Keyword::ALTER
                | Keyword::DROP
                | Keyword::INSERT
                | Keyword::UPDATE
                | Keyword::DELETE
                | Keyword::MERGE
                | Keyword::REPLACE
                | Keyword::TRUNCATE
                | Keyword::VACUUM
                | Keyword::SET
                | Keyword::RESET
                | Keyword::SHOW
                | Keyword::EXPLAIN
                | Keyword::CALL
                | Keyword::EXECUTE
                | Keyword::GRANT
                | Keyword::REVOKE
        );
        *number == 0 && is_verb || word.keyword == Keyword::INTO
    });
    other.map(|(_, word)| word.value.to_uppercase())
}

/// The first statement in a query, in `WITH` or behind it, that is no `SELECT`.
fn other_statement(query: &Query) -> Option<&'static str> {
    let mut with = query.with.iter().flat_map(|with| &with.cte_tables);
    with.find_map(|table| other_statement(&table.query))
        .or_else(|| other_part(&query.body))
}

fn other_part(body: &SetExpr) -> Option<&'static str> {
    match body {
        SetExpr::Insert(_) => Some("INSERT"),
        SetExpr::Update(_) => Some("UPDATE"),
        SetExpr::Delete(_) => Some("DELETE"),
        SetExpr::Merge(_) => Some("MERGE"),
        SetExpr::Select(select) => select.into.as_ref().map(|_| "SELECT INTO"),
        SetExpr::Query(query) => other_statement(query),
        SetExpr::SetOperation { left, right, .. } => other_part(left).or_else(|| other_part(right)),
        SetExpr::Values(_) | SetExpr::Table(_) => None,
    }
}

pub(crate) fn no_question(what: &str) -> Error {
    let message = format!("a query only reads: {what} is not allowed");
    Error::new(Kind::Configuration, message).hint("write one SELECT")
}

/// Refuses plans that do more than ask: statements that make, change or write anything, or that change the session.
pub(crate) fn only_asks(plan: &LogicalPlan) -> Result<(), Error> {
    let mut other = None;
    let walked = plan.apply_with_subqueries(|node| {
        let asks = matches!(
            node,
            LogicalPlan::Projection(_)
                | LogicalPlan::Filter(_)
                | LogicalPlan::Window(_)
                | LogicalPlan::Aggregate(_)
                | LogicalPlan::Sort(_)
                | LogicalPlan::Join(_)
                | LogicalPlan::Repartition(_)
                | LogicalPlan::Union(_)
                | LogicalPlan::TableScan(_)
                | LogicalPlan::EmptyRelation(_)
                | LogicalPlan::Subquery(_)
                | LogicalPlan::SubqueryAlias(_)
                | LogicalPlan::Limit(_)
                | LogicalPlan::Values(_)
                | LogicalPlan::Distinct(_)
                | LogicalPlan::Unnest(_)
                | LogicalPlan::RecursiveQuery(_)
        );
        if !asks {
            other.get_or_insert_with(|| node.display().to_string());
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.map_err(Error::internal)?;
    match other {
        None => Ok(()),
        Some(other) => {
            let name = other.split(['(', ':', ' ']).next().unwrap_or_default();
            Err(no_question(&format!("`{name}`")))
        }
    }
}
