//! The settings as JSON, and what becomes of each part.

use std::fmt::{self, Display};

use serde_json::{Map, Value};

use super::condition::{Condition, push};
use super::meaning::{Use, role};
use crate::auto;
use crate::input::Comparison;
use crate::roles::Role;

/// Settings of Splink in our own terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// Names of the columns that are compared.
    pub columns: Vec<String>,
    /// What is compared, of these columns by their index.
    pub comparisons: Vec<Comparison>,
    /// Whether only records of different tables are linked (`link_only`): each table is without duplicates.
    pub is_link_only: bool,
    /// What has no counterpart, in the order of the settings.
    pub untranslated: Vec<Untranslated>,
}

/// A part of the settings that has no counterpart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untranslated {
    /// Where it stands: `comparisons[2].comparison_levels[1].sql_condition`.
    pub path: String,
    /// Why it is left out, and what there is in its place.
    pub why: String,
}

impl Display for Untranslated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path, self.why)
    }
}

/// Columns that settings may compare.
const MOST_COLUMNS: usize = 500;

/// Settings that say how Splink works and what it writes, not what is compared.
const OF_SPLINK: &[&str] = &[
    "sql_dialect",
    "linker_uid",
    "retain_matching_columns",
    "retain_intermediate_calculation_columns",
    "additional_columns_to_retain",
    "bayes_factor_column_prefix",
    "match_weight_column_prefix",
    "term_frequency_adjustment_column_prefix",
    "comparison_vector_value_column_prefix",
    "em_convergence",
    "max_iterations",
    "unique_id_column_name",
    "source_dataset_column_name",
];

/// The same of levels.
const OF_LEVELS: &[&str] = &[
    "sql_condition",
    "label_for_charts",
    "is_null_level",
    "m_probability",
    "u_probability",
    "tf_adjustment_column",
    "disable_tf_exact_match_detection",
    "comparison_vector_value",
];

/// Whether JSON is meant to be settings of Splink.
pub(crate) fn is_settings(json: &Map<String, Value>) -> bool {
    let comparisons = json.get("comparisons").and_then(Value::as_array);
    let has_levels = |one: &Value| one.get("comparison_levels").is_some();
    json.contains_key("link_type") || comparisons.is_some_and(|all| all.iter().any(has_levels))
}

/// Reads settings of Splink: JSON of `save_model_to_json`, or of a settings dictionary.
///
/// # Errors
/// It is not JSON, or not as Splink writes settings, or nothing of it can be compared here.
pub fn read(text: &str) -> Result<Translated, String> {
    let json: Value = serde_json::from_str(text).map_err(|e| format!("it is not JSON: {e}"))?;
    let Some(json) = json.as_object() else {
        return Err("settings of Splink are an object".to_owned());
    };
    translated(json)
}

/// What is found on the way.
#[derive(Default)]
struct Found {
    columns: Vec<(String, Role)>,
    untranslated: Vec<Untranslated>,
    /// Levels with an m or a u.
    learned: usize,
}

impl Found {
    fn note(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.untranslated.push(Untranslated {
            path: path.into(),
            why: why.into(),
        });
    }
}

fn translated(json: &Map<String, Value>) -> Result<Translated, String> {
    if json.contains_key("comparison_columns") {
        return Err("these are settings of Splink 2; save them with Splink 3 or later".to_owned());
    }
    let is_link_only = match json.get("link_type").and_then(Value::as_str) {
        Some("link_only") => true,
        Some("dedupe_only" | "link_and_dedupe") => false,
        _ => {
            return Err(
                "`link_type` is none of link_only, dedupe_only, link_and_dedupe".to_owned(),
            );
        }
    };
    let comparisons = list(json, "comparisons", "")?;
    let mut found = Found::default();
    for (key, value) in json {
        let why = match key.as_str() {
            "link_type" | "comparisons" => continue,
            known if OF_SPLINK.contains(&known) => continue,
            "blocking_rules_to_generate_predictions" => match value.as_array().map(Vec::len) {
                Some(0) => continue,
                _ => "candidate pairs are found without rules",
            },
            "probability_two_random_records_match" => "the prior is learned from the records",
            _ => "there is no such setting here",
        };
        found.note(shown(key), why);
    }
    for (place, comparison) in comparisons.iter().enumerate() {
        compared(comparison, &format!("comparisons[{place}]"), &mut found)?;
    }
    if found.learned > 0 {
        let levels = match found.learned {
            1 => "1 level".to_owned(),
            many => format!("{many} levels"),
        };
        let why = format!("m and u of {levels} are learned anew: levels are others here");
        found.note("comparisons[].comparison_levels[].m_probability", why);
    }
    if found.columns.is_empty() {
        let first = found
            .untranslated
            .iter()
            .find(|one| one.path.starts_with("comparisons"));
        let why = first.map_or_else(|| "there are none".to_owned(), ToString::to_string);
        return Err(format!("none of its comparisons can be made here: {why}"));
    }
    if found.columns.len() > MOST_COLUMNS {
        return Err(format!("it compares more than {MOST_COLUMNS} columns"));
    }
    let (columns, roles): (Vec<String>, Vec<Role>) = found.columns.into_iter().unzip();
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    Ok(Translated {
        comparisons: auto::comparisons(&names, &roles),
        columns,
        is_link_only,
        untranslated: found.untranslated,
    })
}

/// Translates a comparison: its columns, and what is left of it.
fn compared(comparison: &Value, path: &str, found: &mut Found) -> Result<(), String> {
    let Some(map) = comparison.as_object() else {
        return Err(format!("`{path}` is not an object"));
    };
    for key in map.keys() {
        if ![
            "output_column_name",
            "comparison_levels",
            "comparison_description",
        ]
        .contains(&key.as_str())
        {
            found.note(
                format!("{path}.{}", shown(key)),
                "there is no such setting here",
            );
        }
    }
    let levels = list(map, "comparison_levels", path)?;
    let mut all = Condition::default();
    let mut of_missing = Vec::new();
    let mut single = Vec::new();
    for (place, level) in levels.iter().enumerate() {
        let path = format!("{path}.comparison_levels[{place}]");
        let read = level_read(level, &path, found)?;
        if let Some(why) = read.why {
            found.note(format!("{path}.sql_condition"), why);
        }
        for column in read.not_texts {
            push(&mut all.not_texts, column);
        }
        if read.is_null {
            read.columns
                .into_iter()
                .for_each(|column| push(&mut of_missing, column));
            continue;
        }
        if let [column] = read.columns.as_slice() {
            single.push((place, column.clone()));
        }
        for (all, new) in [
            (&mut all.columns, read.columns),
            (&mut all.dates, read.dates),
            (&mut all.emails, read.emails),
        ] {
            new.into_iter().for_each(|column| push(all, column));
        }
    }
    // Two names joined in a column of their own say nothing beside the two.
    let is_joined = |column: &String| {
        all.columns.len() > 2 && !of_missing.is_empty() && !of_missing.contains(column)
    };
    let joined: Vec<(usize, String)> = single
        .into_iter()
        .filter(|(_, column)| is_joined(column))
        .collect();
    for (place, column) in &joined {
        let column = shown(column);
        let why = format!(
            "`{column}` is taken for the other columns joined, and these are compared together anyway"
        );
        found.note(format!("{path}.comparison_levels[{place}]"), why);
    }
    let description = map
        .get("comparison_description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut is_compared = false;
    for column in &all.columns {
        if all.not_texts.contains(column) || joined.iter().any(|(_, joined)| joined == column) {
            continue;
        }
        is_compared = true;
        if found.columns.iter().any(|(known, _)| known == column) {
            let why = format!(
                "`{}` is compared already, and at all levels of its kind",
                shown(column)
            );
            found.note(path, why);
            continue;
        }
        let of = Use {
            column,
            description,
            is_date: all.dates.contains(column),
            is_email: all.emails.contains(column),
        };
        found.columns.push((column.clone(), role(of)));
    }
    if !is_compared {
        found.note(path, "nothing is left to compare");
    }
    Ok(())
}

/// Reads a level, and notes what of it has no counterpart beside its condition.
fn level_read(level: &Value, path: &str, found: &mut Found) -> Result<Condition, String> {
    let Some(map) = level.as_object() else {
        return Err(format!("`{path}` is not an object"));
    };
    let number = |key: &str| map.get(key).and_then(Value::as_f64);
    for (key, value) in map {
        let why = match key.as_str() {
            known if OF_LEVELS.contains(&known) => continue,
            "fix_m_probability" | "fix_u_probability" if value.as_bool() != Some(true) => continue,
            "fix_m_probability" | "fix_u_probability" => "m and u are always learned",
            "tf_minimum_u_value" if number(key) == Some(0.0) => continue,
            "tf_adjustment_weight" if matches!(number(key), Some(0.0 | 1.0)) => continue,
            "tf_minimum_u_value" | "tf_adjustment_weight" => {
                "how often a value occurs always counts in full"
            }
            _ => "there is no such setting here",
        };
        found.note(format!("{path}.{}", shown(key)), why);
    }
    found.learned +=
        usize::from(map.contains_key("m_probability") || map.contains_key("u_probability"));
    match map.get("sql_condition").and_then(Value::as_str) {
        Some(sql) => {
            let read = Condition::read(sql);
            let is_null_level = map.get("is_null_level").and_then(Value::as_bool) == Some(true);
            Ok(match is_null_level {
                true => read.of_missing(),
                false => read,
            })
        }
        None => Err(format!("`{path}.sql_condition` is not a text")),
    }
}

fn list<'a>(map: &'a Map<String, Value>, key: &str, path: &str) -> Result<&'a [Value], String> {
    let point = if path.is_empty() { "" } else { "." };
    let found = map.get(key).and_then(Value::as_array).map(Vec::as_slice);
    found.ok_or_else(|| format!("`{path}{point}{key}` is not a list"))
}

/// A name as messages show it: on one line, and not too long.
fn shown(name: &str) -> String {
    let mut shown: String = name.chars().flat_map(char::escape_debug).take(80).collect();
    if shown.len() < name.len() && name.chars().count() > 80 {
        shown.push('…');
    }
    shown
}
