//! How texts, names and numbers are written in a pipeline file and its comments.

/// A text as YAML takes it literally.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text.replace("${", "$${")).to_string()
}

/// A list of keys, each literal.
pub(crate) fn path_list(path: &[String]) -> String {
    let keys: Vec<String> = path.iter().map(|key| quoted(key)).collect();
    format!("[{}]", keys.join(", "))
}

/// Words of SQL that may not stand for a column as they are.
const RESERVED: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "column",
    "current",
    "date",
    "default",
    "desc",
    "distinct",
    "else",
    "end",
    "exists",
    "extract",
    "false",
    "fetch",
    "filter",
    "first",
    "for",
    "from",
    "full",
    "group",
    "having",
    "in",
    "inner",
    "interval",
    "into",
    "is",
    "join",
    "last",
    "left",
    "like",
    "limit",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "range",
    "right",
    "row",
    "rows",
    "select",
    "set",
    "some",
    "start",
    "table",
    "then",
    "time",
    "timestamp",
    "to",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "value",
    "values",
    "when",
    "where",
    "window",
    "with",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "position",
    "trim",
    "substring",
    "overlay",
    "qualify",
    "sort",
    "cluster",
    "lateral",
    "natural",
    "cross",
];

/// A column in SQL.
pub(crate) fn column(name: &str) -> String {
    match RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        true => format!("\"{name}\""),
        false => name.to_owned(),
    }
}

/// A SQL expression in a flow mapping.
pub(crate) fn expression(sql: &str) -> String {
    let is_plain = sql
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '(' | ')' | ' '));
    match is_plain {
        true => sql.to_owned(),
        false => quoted(sql),
    }
}

/// `1,234`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 record`, `2 records`.
pub(crate) fn counted(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('s')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) if what.ends_with("ss") => format!("{} {stem}ses", grouped(number)),
        _ => format!("{} {what}s", grouped(number)),
    }
}
