//! What the query engine and Arrow say of a mistake, in the words of the pipeline file.

use arrow::datatypes::DataType;
use datafusion::common::{Column, DataFusionError, SchemaError};
use onefold_read::shown_text;
use onefold_spec::{Diagnostic, Span, nearest, unquoted};

use crate::functions::instead_of;

/// Under this name SQL sees the events of a `sessionize:`; messages leave it out.
pub(crate) const EVENTS: &str = "session_events_";

/// What an engine error says, and how to put it right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// The columns that there are, where one is not known.
    columns: Vec<String>,
}

impl Said {
    fn new(message: String) -> Self {
        Self {
            message,
            hint: None,
            columns: Vec::new(),
        }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The same of `sql`, in which a name may lack its quotes.
    pub(crate) fn of(self, sql: &str) -> Self {
        match unquoted(sql, self.columns.iter().map(String::as_str)) {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    pub(crate) fn at(self, span: Span) -> Diagnostic {
        let diagnostic = Diagnostic::error(span, self.message);
        match self.hint {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        }
    }
}

/// The cause of an engine error.
pub(crate) fn said(error: &DataFusionError) -> Said {
    let root = error.find_root();
    match root {
        DataFusionError::SchemaError(error, _) => schema(error),
        DataFusionError::SQL(error, _) => Said::new(syntax(&error.to_string())),
        DataFusionError::Plan(_) | DataFusionError::NotImplemented(_) => {
            text(&root.strip_backtrace())
        }
        // What failed for a value names the value.
        _ => text(&shown_text(&root.strip_backtrace())),
    }
}

/// The same without how to put it right.
pub(crate) fn short(error: &DataFusionError) -> String {
    said(error).message
}

fn schema(error: &SchemaError) -> Said {
    let twice = |name: &str| {
        Said::new(format!("the query has two columns `{name}`"))
            .hint("give one of them another name: `... AS other_name`")
    };
    match error {
        SchemaError::FieldNotFound {
            field,
            valid_fields,
        } => unknown_column(field, valid_fields),
        SchemaError::AmbiguousReference { field } if field.relation.is_none() => {
            let name = &field.name;
            Said::new(format!("more than one table has a column `{name}`"))
                .hint(format!("say whose it is: `TABLE.{name}`"))
        }
        SchemaError::AmbiguousReference { field } => twice(&field.name),
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => twice(name),
    }
}

fn unknown_column(field: &Column, known: &[Column]) -> Said {
    let said = Said {
        columns: known.iter().map(|column| column.name.clone()).collect(),
        ..Said::new(format!(
            "unknown column `{}`",
            without_catalog(&field.flat_name())
        ))
    };
    let near = nearest(&field.name, known.iter().map(|c| c.name.as_str()));
    let near = near.and_then(|name| known.iter().find(|c| c.name == name));
    let flat = |column: &Column| format!("`{}`", without_catalog(&column.flat_name()));
    match near {
        Some(near) => said.hint(format!("did you mean {}?", flat(near))),
        None if known.is_empty() => said,
        None => {
            let all: Vec<String> = known.iter().map(flat).collect();
            said.hint(format!("the columns here are {}", all.join(", ")))
        }
    }
}

/// Names of errors that say nothing to the author of a pipeline.
const KINDS: &[&str] = &[
    "Error during planning: ",
    "Internal error: ",
    "Schema error: ",
    "SQL error: ",
    "Arrow error: ",
    "Execution error: ",
    "Compute error: ",
    "Cast error: ",
    "External error: ",
    "Invalid argument error: ",
    "This feature is not implemented: ",
];

/// An error of which there is only its text.
fn text(text: &str) -> Said {
    let mut first = text.lines().next().unwrap_or_default();
    while let Some(rest) = KINDS.iter().find_map(|kind| first.strip_prefix(kind)) {
        first = rest;
    }
    if let Some((_, why)) = first.split_once(" user-defined coercion failed with: ") {
        return self::text(why);
    }
    for (expression, what) in [
        ("AggregateFunction", "an aggregate function"),
        ("WindowFunction", "a window function"),
    ] {
        if text.contains(&format!("does not support logical expression {expression}")) {
            let said = Said::new(format!("{what} is computed of many rows, and here is one"));
            return said.hint("compute it in `aggregate` or `sql`, and use its column here");
        }
    }
    let between = |start: &str, end: &str| Some(text.split_once(start)?.1.split_once(end)?.0);
    if let Some(name) = between("Invalid function '", "'") {
        let said = Said::new(format!("there is no function `{name}`"));
        // What the engine takes for near depends on chance.
        return match instead_of(name) {
            Some(hint) => said.hint(hint),
            None => said,
        };
    }
    if text.contains("must appear in the GROUP BY clause")
        && let Some(column) = between("column \"", "\"")
    {
        let column = without_catalog(column);
        return Said::new(format!(
            "the groups have no single `{column}`: it is neither grouped by nor in an aggregate"
        ))
        .hint(format!(
            "group by it, or say which one, such as `max({column})`"
        ));
    }
    if let (Some(function), Some(found)) = (between("Function '", "'"), between("(DataType: ", ")"))
    {
        return Said::new(format!(
            "`{function}` does not take a column of type {}",
            words(found)
        ))
        .hint("declare another type under `fields`, or use `cast(... AS ...)`");
    }
    if let Some((_, compared)) = first.split_once("for comparison operation ") {
        return Said::new(format!(
            "values of these types cannot be compared: {}",
            words(compared)
        ))
        .hint("`cast(... AS ...)` makes one type of two");
    }
    // What follows repeats the call.
    let first = first.split(". No function matches").next().unwrap_or(first);
    Said::new(lower_case(&words(first.trim_end_matches('.'))))
}

/// What the SQL parser says.
pub(crate) fn syntax(text: &str) -> String {
    let text = text.trim_start_matches("sql parser error: ");
    let (text, place) = match text.rsplit_once(" at Line: ") {
        Some((text, place)) => (text, place.replace(", Column: ", ", column ")),
        None => (text, String::new()),
    };
    let place = match place.strip_prefix("1, ") {
        Some(column) => format!(" at {column}"),
        None if place.is_empty() => place,
        None => format!(" at line {place}"),
    };
    let expected = text.strip_prefix("Expected: ");
    match expected.and_then(|rest| rest.rsplit_once(", found: ")) {
        Some((wanted, found)) => {
            let named = |token: &str| match token {
                "EOF" => "the end".to_owned(),
                _ if token.contains(' ') => token.to_owned(),
                _ => format!("`{token}`"),
            };
            let found = match found {
                "EOF" => "the end".to_owned(),
                _ => format!("`{found}`"),
            };
            format!("expected {}, found {found}{place}", named(wanted))
        }
        None => format!("{}{place}", lower_case(text)),
    }
}

fn lower_case(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && !second.is_uppercase() => {
            first.to_lowercase().collect::<String>() + &text[first.len_utf8()..]
        }
        _ => text.to_owned(),
    }
}

/// Tables live in a catalog that no pipeline knows of, and the events of a `sessionize` in a table that it does not name.
fn without_catalog(name: &str) -> String {
    name.replace("datafusion.public.", "")
        .replace("datafusion.", "")
        .replace(&format!("{EVENTS}."), "")
}

/// `text` with the types of Arrow called as in a pipeline file; names in backticks stay.
pub(crate) fn words(text: &str) -> String {
    let text = without_catalog(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let taken = if first == '`' {
            rest[1..].find('`').map_or(rest.len(), |end| end + 2)
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(taken);
        // Some types have parameters: `Decimal128(12, 2)`.
        let parameters = match after.starts_with('(') {
            true => after.find(')').map(|end| after.split_at(end + 1)),
            false => None,
        };
        let whole = parameters.map(|(given, after)| (format!("{word}{given}"), after));
        let typed = |text: &str| {
            // As all types are written; most words are not.
            let may_be = text.starts_with(|c: char| c.is_ascii_uppercase());
            let data_type = may_be.then(|| text.parse::<DataType>().ok()).flatten();
            data_type.map(|t| type_name(&t))
        };
        if let Some((name, after)) = whole.and_then(|(whole, after)| Some((typed(&whole)?, after)))
        {
            out += &name;
            rest = after;
            continue;
        }
        match typed(word) {
            Some(name) => out += &name,
            None => out += word,
        }
        rest = after;
    }
    out
}

/// A column type in the words of the pipeline language.
pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8View | DataType::Utf8 | DataType::LargeUtf8 => "text".into(),
        t if t.is_integer() => "integer".into(),
        t if t.is_floating() => "float".into(),
        DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => format!("decimal({p},{s})"),
        DataType::Boolean => "boolean".into(),
        DataType::Date32 | DataType::Date64 => "date".into(),
        DataType::Timestamp(..) => "timestamp".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::TimeUnit;

    #[test]
    fn types_of_arrow() {
        for (data_type, expected) in [
            (DataType::Utf8View, "text"),
            (DataType::Int64, "integer"),
            (DataType::Decimal128(12, 2), "decimal(12,2)"),
            (
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                "timestamp",
            ),
        ] {
            let text = format!("column `Int64` is {data_type}, and Int644 (Int64) is {data_type}");
            assert_eq!(
                words(&text),
                format!("column `Int64` is {expected}, and Int644 (integer) is {expected}")
            );
        }
        assert_eq!(words("`Int64 (é"), "`Int64 (é");
        assert_eq!(words("no datafusion.public.a"), "no a");
    }

    #[test]
    fn the_sql_parser() {
        for (text, expected) in [
            (
                "sql parser error: Expected: EOF, found: DOWN at Line: 1, Column: 5",
                "expected the end, found `DOWN` at column 5",
            ),
            (
                "sql parser error: Expected: an SQL statement, found: SELEC at Line: 2, Column: 1",
                "expected an SQL statement, found `SELEC` at line 2, column 1",
            ),
            ("Expected: ), found: EOF", "expected `)`, found the end"),
            (
                "Unterminated string literal at Line: 1, Column: 3",
                "unterminated string literal at column 3",
            ),
        ] {
            assert_eq!(syntax(text), expected);
        }
    }

    #[test]
    fn texts_of_the_engine() {
        let said = text("Error during planning: Invalid function 'uper'.\nDid you mean 'upper'?");
        assert_eq!(said.message, "there is no function `uper`");
        assert_eq!(said.hint.as_deref(), Some("did you mean `upper`?"));
        let said = text("Invalid function 'first'.\nDid you mean 'floor'?");
        assert!(said.hint.is_some_and(|hint| hint.contains("first_value")));
        let said = text("Arrow error: Cast error: Cannot cast string 'Ann' to value of Int64 type");
        assert_eq!(
            said.message,
            "cannot cast string 'Ann' to value of integer type"
        );
    }
}
