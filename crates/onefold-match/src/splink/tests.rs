//! Settings in the shape that Splink writes, and what becomes of them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Translated, read};
use crate::kind::Kind;

/// A level with its condition.
fn level(sql: &str) -> Value {
    json!({"sql_condition": sql, "label_for_charts": "a level", "fix_m_probability": false, "fix_u_probability": false})
}

fn missing(column: &str) -> Value {
    let sql = format!("\"{column}_l\" IS NULL OR \"{column}_r\" IS NULL");
    json!({"sql_condition": sql, "label_for_charts": "missing", "is_null_level": true})
}

/// A comparison of a column: missing, equal, some conditions with `{}` for the column, else.
fn comparison(description: &str, column: &str, further: &[&str]) -> Value {
    let mut levels = vec![
        missing(column),
        level(&format!("\"{column}_l\" = \"{column}_r\"")),
    ];
    levels.extend(further.iter().map(|sql| level(&sql.replace("{}", column))));
    levels.push(level("ELSE"));
    json!({"output_column_name": column, "comparison_levels": levels, "comparison_description": description})
}

fn settings(link_type: &str, comparisons: &[Value]) -> Value {
    json!({
        "link_type": link_type,
        "probability_two_random_records_match": 0.001,
        "retain_matching_columns": true,
        "em_convergence": 0.0001,
        "unique_id_column_name": "no",
        "blocking_rules_to_generate_predictions": [{"blocking_rule": "l.a = r.a", "sql_dialect": "duckdb"}],
        "comparisons": comparisons,
    })
}

fn made(settings: &Value) -> Translated {
    read(&settings.to_string()).expect("settings")
}

/// Label, kind, and the comparison that implies it.
fn compared(translated: &Translated) -> Vec<(&str, Kind, Option<&str>)> {
    let all = &translated.comparisons;
    all.iter()
        .map(|one| {
            (
                one.label.as_str(),
                one.kind,
                one.implied_by.map(|index| all[index].label.as_str()),
            )
        })
        .collect()
}

fn paths(translated: &Translated) -> Vec<&str> {
    translated
        .untranslated
        .iter()
        .map(|one| one.path.as_str())
        .collect()
}

const ALIKE: &str = "jaro_winkler_similarity(\"{}_l\", \"{}_r\") >= 0.92";
const NEAR: &str = "levenshtein(\"{}_l\", \"{}_r\") <= 1";
const DAYS: &str = "ABS(EPOCH(try_strptime(\"{}_l\", '%Y-%m-%d')) - EPOCH(try_strptime(\"{}_r\", '%Y-%m-%d'))) <= 86400.0";
const BEFORE_AT: &str = "NULLIF(regexp_extract(\"{}_l\", '^[^@]+', 0), '') = NULLIF(regexp_extract(\"{}_r\", '^[^@]+', 0), '')";
const KILOMETRES: &str =
    "cast(acos(sin(radians(\"lat_l\")) * sin(radians(\"lat_r\"))) * 6371 as float) <= 10";

#[test]
fn comparisons_of_a_customer_table() {
    let settings = settings(
        "dedupe_only",
        &[
            comparison("NameComparison", "given", &[ALIKE]),
            comparison("NameComparison", "surname", &[ALIKE]),
            comparison("DateOfBirthComparison", "born", &[NEAR, DAYS]),
            comparison("EmailComparison", "contact", &[BEFORE_AT, ALIKE]),
            comparison("LevenshteinAtThresholds", "phone", &[NEAR]),
            comparison("PostcodeComparison", "postcode", &[KILOMETRES]),
            comparison("ExactMatch", "city", &[]),
            comparison(
                "ExactMatch",
                "passport_number",
                &["damerau_levenshtein(\"{}_l\", \"{}_r\") <= 1"],
            ),
            comparison(
                "JaroAtThresholds",
                "job",
                &["jaro_similarity(\"{}_l\", \"{}_r\") >= 0.9"],
            ),
        ],
    );
    let made = made(&settings);
    assert_eq!(
        compared(&made),
        [
            ("given+surname", Kind::Name, None),
            ("contact", Kind::Email, None),
            ("phone", Kind::Phone, None),
            ("born", Kind::Date, None),
            ("passport_number", Kind::Code, None),
            ("postcode", Kind::Code, None),
            ("city", Kind::Text, Some("postcode")),
            ("job", Kind::Text, None),
        ]
    );
    assert!(made.comparisons[4].identifies);
    assert!(!made.is_link_only);
    assert_eq!(
        paths(&made),
        [
            "probability_two_random_records_match",
            "blocking_rules_to_generate_predictions",
            "comparisons[5].comparison_levels[2].sql_condition",
        ]
    );
    assert_eq!(
        made.untranslated[2].to_string(),
        "`comparisons[5].comparison_levels[2].sql_condition`: distances on the map are not measured"
    );
}

#[test]
fn names_in_two_columns_with_a_third_of_both() {
    let both = |sql: &str| {
        format!(
            "({}) AND ({})",
            sql.replace("{}", "first name"),
            sql.replace("{}", "last")
        )
    };
    let levels = [
        json!({"sql_condition": both("\"{}_l\" IS NULL OR \"{}_r\" IS NULL"), "is_null_level": true}),
        level("\"joined_l\" = \"joined_r\""),
        level("\"first name_l\" = \"last_r\" AND \"first name_r\" = \"last_l\""),
        level(&both(ALIKE)),
        level("\"last_l\" = \"last_r\""),
        level("ELSE"),
    ];
    let comparison = json!({"output_column_name": "both", "comparison_levels": levels, "comparison_description": "ForenameSurnameComparison"});
    let made = made(&settings("link_only", &[comparison]));
    assert_eq!(compared(&made), [("first name+last", Kind::Name, None)]);
    assert!(made.is_link_only);
    assert_eq!(
        made.untranslated.last().map(|one| one.path.as_str()),
        Some("comparisons[0].comparison_levels[1]")
    );
}

#[test]
fn quotes_of_other_databases() {
    let spark = json!({"output_column_name": "dob", "comparison_levels": [
        level("date(try_to_timestamp(`dob_l`, 'yyyy-MM-dd')) IS NULL OR date(try_to_timestamp(`dob_r`, 'yyyy-MM-dd')) IS NULL"),
        level("`dob_l` = `dob_r`"),
        level("abs(datediff(date(try_to_timestamp(`dob_l`, 'yyyy-MM-dd')), date(try_to_timestamp(`dob_r`, 'yyyy-MM-dd')))) <= floor(2629800.0 / 86400)"),
        level("ELSE")]});
    let brackets = json!({"output_column_name": "town", "comparison_levels": [
        level("[Home Town_l] IS NULL OR [Home Town_r] IS NULL"), level("[Home Town_l] = [Home Town_r]"), level("ELSE")]});
    let bare = json!({"output_column_name": "sex", "comparison_levels": [level("sex_l = sex_r"), level("else")]});
    let made = made(&settings("link_and_dedupe", &[spark, brackets, bare]));
    assert_eq!(made.columns, ["dob", "Home Town", "sex"]);
    let kinds: Vec<Kind> = made.comparisons.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Kind::Date, Kind::Text, Kind::Text]);
    assert!(!made.is_link_only);
}

#[test]
fn what_has_no_counterpart_is_named() {
    let lists = json!({"output_column_name": "mails", "comparison_levels": [
        missing("mails"), level("array_length(list_intersect(\"mails_l\", \"mails_r\")) >= 1"), level("ELSE")]});
    let own = json!({"output_column_name": "own", "comparison_levels": [
        missing("a"), level("soundex(a_l) = soundex(a_r)"), level("ELSE")]});
    let trained = json!({"output_column_name": "city", "comparison_levels": [
        missing("city"),
        {"sql_condition": "city_l = city_r", "m_probability": 0.9, "u_probability": 1e-300, "fix_m_probability": true,
         "tf_adjustment_column": "city", "tf_adjustment_weight": 0.5, "tf_minimum_u_value": 0.001, "colour": "red"},
        {"sql_condition": "ELSE", "m_probability": "level not observed in training dataset", "u_probability": 0.9}]});
    let again = comparison("ExactMatch", "city", &[]);
    let mut settings = settings("dedupe_only", &[lists, own, trained, again]);
    settings["weather"] = json!(1);
    let made = made(&settings);
    assert_eq!(compared(&made), [("city", Kind::Text, None)]);
    assert_eq!(
        paths(&made),
        [
            "probability_two_random_records_match",
            "blocking_rules_to_generate_predictions",
            "weather",
            "comparisons[0].comparison_levels[1].sql_condition",
            "comparisons[0]",
            "comparisons[1].comparison_levels[1].sql_condition",
            "comparisons[1]",
            "comparisons[2].comparison_levels[1].fix_m_probability",
            "comparisons[2].comparison_levels[1].tf_adjustment_weight",
            "comparisons[2].comparison_levels[1].tf_minimum_u_value",
            "comparisons[2].comparison_levels[1].colour",
            "comparisons[3]",
            "comparisons[].comparison_levels[].m_probability",
        ]
    );
    let last = made.untranslated.last().map(|one| one.why.as_str());
    assert_eq!(
        last,
        Some("m and u of 2 levels are learned anew: levels are others here")
    );
}

#[test]
fn mistakes_are_refused_with_their_place() {
    let refusal = |settings: &Value| read(&settings.to_string()).expect_err("a refusal");
    let one = comparison("ExactMatch", "a", &[]);
    for (settings, why) in [
        (json!([]), "settings of Splink are an object"),
        (
            json!({"link_type": "dedupe_only"}),
            "`comparisons` is not a list",
        ),
        (
            json!({"comparisons": [one]}),
            "`link_type` is none of link_only, dedupe_only, link_and_dedupe",
        ),
        (
            settings("merge", std::slice::from_ref(&one)),
            "`link_type` is none of link_only, dedupe_only, link_and_dedupe",
        ),
        (
            settings("link_only", &[json!(3)]),
            "`comparisons[0]` is not an object",
        ),
        (
            settings("link_only", &[json!({})]),
            "`comparisons[0].comparison_levels` is not a list",
        ),
        (
            settings(
                "link_only",
                &[
                    one.clone(),
                    json!({"comparison_levels": [{"sql_condition": 1}]}),
                ],
            ),
            "`comparisons[1].comparison_levels[0].sql_condition` is not a text",
        ),
        (
            settings("link_only", &[]),
            "none of its comparisons can be made here: there are none",
        ),
        (
            settings(
                "link_only",
                &[json!({"comparison_levels": [level("f(a_l, a_r)")]})],
            ),
            "none of its comparisons can be made here: `comparisons[0].comparison_levels[0].sql_condition`: custom SQL: levels are built in",
        ),
        (
            json!({"link_type": "dedupe_only", "comparison_columns": []}),
            "these are settings of Splink 2; save them with Splink 3 or later",
        ),
    ] {
        assert_eq!(refusal(&settings), why);
    }
    assert!(
        read("{")
            .expect_err("no JSON")
            .starts_with("it is not JSON: EOF")
    );
    let deep = format!("{{\"link_type\": {}", "[".repeat(10_000));
    assert!(
        read(&deep)
            .expect_err("too deep")
            .contains("recursion limit")
    );
    let many: Vec<Value> = (0..600)
        .map(|number| comparison("", &format!("c{number}"), &[]))
        .collect();
    assert_eq!(
        refusal(&settings("dedupe_only", &many)),
        "it compares more than 500 columns"
    );
}

/// A piece of JSON, of the keys that settings have too.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[\"`a-c_lr =()]{0,24}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("comparisons"),
        Just("comparison_levels"),
        Just("sql_condition"),
        Just("tf_adjustment_weight"),
        Just("link_type"),
        Just("x"),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|pairs| {
                pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(json in any_json()) {
        let mut settings = settings("link_only", &[]);
        settings["comparisons"] = json.clone();
        for text in [json.to_string(), settings.to_string()] {
            if let Ok(made) = read(&text) {
                let columns = made.comparisons.iter().flat_map(|one| &one.columns);
                prop_assert!(!made.comparisons.is_empty());
                prop_assert_eq!(columns.count(), made.columns.len());
            }
        }
    }
}
