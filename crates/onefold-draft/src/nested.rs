//! JSON inside of a column: where the records of a document lie, which keys an object has.

use serde_json::Value;

use crate::column::Column;
use crate::words::words;

/// An object of more keys than this is a map: its keys are data.
const MOST_KEYS: usize = 40;

/// Elements that make an array the records of the only document, whatever else it says: with fewer it may be a record with parts.
const PAGE: usize = 5;

/// Objects of several documents that may be pages.
const MOST_PAGES: usize = 1000;

/// Where the array of records lies, where the documents of a file are what holds it: a page of an API, an export with a head.
pub(crate) fn records_of(columns: &[Column], rows: usize) -> Option<Vec<String>> {
    if rows == 0 || rows > MOST_PAGES {
        return None;
    }
    let mut best: Option<(usize, Vec<String>)> = None;
    for column in columns {
        let values: Vec<Value> = column
            .values
            .iter()
            .flatten()
            .filter_map(|text| parsed(text))
            .collect();
        if values.len() < rows {
            continue;
        }
        let Some((path, elements)) = array_in(&values, 0) else {
            continue;
        };
        let path: Vec<String> = column.path.iter().cloned().chain(path).collect();
        if best.as_ref().is_none_or(|(most, _)| elements > *most) {
            best = Some((elements, path));
        }
    }
    let (elements, path) = best?;
    let others = columns
        .iter()
        .filter_map(|column| column.path.first())
        .filter(|key| Some(*key) != path.first());
    // What says of itself more than which page it is, is a record.
    let is_page = match rows {
        1 => elements >= PAGE || others.clone().all(|key| is_of_pages(key)),
        _ => elements >= rows && others.clone().all(|key| is_of_pages(key)),
    };
    is_page.then_some(path)
}

/// Whether a key beside the records of a document speaks of the document.
fn is_of_pages(key: &str) -> bool {
    const WORDS: &[&str] = &[
        "page",
        "pages",
        "pagination",
        "paging",
        "total",
        "count",
        "offset",
        "limit",
        "next",
        "previous",
        "prev",
        "first",
        "last",
        "cursor",
        "links",
        "link",
        "meta",
        "metadata",
        "more",
        "size",
        "per",
        "status",
        "success",
        "ok",
        "object",
        "url",
        "version",
        "generated",
        "exported",
        "took",
        "schema",
        "info",
        "response",
        "request",
        "errors",
        "error",
        "query",
        "results",
        "format",
        "export",
    ];
    words(key).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The path to the array of objects in all of these values, and its elements together.
fn array_in(values: &[Value], depth: usize) -> Option<(Vec<String>, usize)> {
    let is_array = |value: &Value| match value {
        Value::Array(elements) => elements.iter().all(Value::is_object),
        _ => false,
    };
    if values.iter().all(is_array) {
        let elements = values
            .iter()
            .map(|v| v.as_array().map_or(0, Vec::len))
            .sum();
        return (elements > 0).then(|| (Vec::new(), elements));
    }
    if depth > 3 {
        return None;
    }
    let first = values.first()?.as_object()?;
    let inner = first.keys().filter_map(|key| {
        let below: Option<Vec<Value>> = values.iter().map(|v| v.get(key).cloned()).collect();
        let (mut path, elements) = array_in(&below?, depth + 1)?;
        path.insert(0, key.clone());
        Some((path, elements))
    });
    inner.max_by_key(|(_, elements)| *elements)
}

/// The path to the first array of objects in the beginning of a document, where only objects are around it.
pub(crate) fn records_in_head(head: &[u8]) -> Option<Vec<String>> {
    let mut keys: Vec<String> = Vec::new();
    let mut arrays = 0usize;
    let mut last = String::new();
    let mut at = 0;
    while let Some(byte) = head.get(at) {
        match byte {
            b'"' => {
                let rest = head.get(at + 1..)?;
                let mut end = 0;
                while *rest.get(end)? != b'"' {
                    end += if rest.get(end) == Some(&b'\\') { 2 } else { 1 };
                }
                let text = head.get(at..at + end + 2)?;
                last = serde_json::from_slice(text).unwrap_or_default();
                at += end + 1;
            }
            b'{' => keys.push(std::mem::take(&mut last)),
            b'}' => _ = keys.pop(),
            b'[' => {
                let rest = head.get(at + 1..)?;
                let next = rest.iter().find(|b| !b.is_ascii_whitespace());
                if arrays == 0 && next == Some(&b'{') {
                    // The first brace is of the document, which has no key.
                    return Some(keys.into_iter().skip(1).chain([last]).collect());
                }
                arrays += 1;
            }
            b']' => arrays = arrays.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The keys of a column of objects, in order of first appearance; `None` where it is none, or a map.
pub(crate) fn keys_of(column: &Column) -> Option<Vec<String>> {
    let mut keys: Vec<String> = Vec::new();
    for text in column.values.iter().flatten() {
        let Value::Object(object) = parsed(text)? else {
            return None;
        };
        for key in object.keys() {
            // No path leads to a key without a name.
            if !key.trim().is_empty() && !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        if keys.len() > MOST_KEYS {
            return None;
        }
    }
    (!keys.is_empty()).then_some(keys)
}

fn parsed(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_in_the_head_of_a_document() {
        for (head, expected) in [
            (r#"{"page":1,"data":{"rows":[{"id":1"#, Some("data rows")),
            (r#"{"a":"x[{","b":[1,2],"rows": [ {"id":1}"#, Some("rows")),
            (r#"{"a\"b":[[{"x":1}]],"c":{"d":1}}"#, None),
            (r#"{"a":"#, None),
        ] {
            let found = records_in_head(head.as_bytes()).map(|path| path.join(" "));
            assert_eq!(found.as_deref(), expected, "{head}");
        }
    }
}
