//! What is in a file of a model: one that was learned here, or settings of Splink.

use serde_json::Value;

use crate::model::Model;
use crate::splink::{self, Translated};

/// What is in a file of a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Saved {
    /// What an earlier run has learned.
    Learned(Model),
    /// What settings of Splink compare.
    Splink(Translated),
}

impl Saved {
    /// Reads a file of a model. Its keys tell which of the two it is.
    ///
    /// # Errors
    /// It is not JSON, or neither of the two, or one with mistakes. The message says which.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}');
        let json: Value = serde_json::from_str(text).map_err(|e| format!("it is not JSON: {e}"))?;
        let Some(map) = json.as_object() else {
            return Err("it is JSON, but not an object".to_owned());
        };
        if map.contains_key("matches_per_record") {
            let model: Model = serde_json::from_str(text).map_err(|e| e.to_string())?;
            return checked(model).map(Self::Learned);
        }
        if splink::is_settings(map) {
            return splink::read(text).map(Self::Splink);
        }
        Err(
            "it is neither a model that was learned (`matches_per_record`, `comparisons`) nor settings of Splink \
             (`link_type`, `comparisons`)"
                .to_owned(),
        )
    }
}

/// A model whose numbers are shares.
fn checked(model: Model) -> Result<Model, String> {
    let is_share = |share: f64| (0.0..=1.0).contains(&share);
    if !model.matches_per_record.is_finite() || model.matches_per_record < 0.0 {
        return Err("`matches_per_record` is below 0".to_owned());
    }
    for (place, learned) in model.comparisons.iter().enumerate() {
        let mut levels = learned.levels.iter().enumerate();
        if let Some((level, _)) = levels.find(|(_, level)| !is_share(level.m) || !is_share(level.u))
        {
            return Err(format!(
                "`comparisons[{place}].levels[{level}]`: m and u are from 0 to 1"
            ));
        }
    }
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Saved::read(text).map(|_| ()).expect_err("a refusal")
    }

    #[test]
    fn keys_tell_whose_it_is() {
        let ours = r#"{"matches_per_record": 0.4, "comparisons": []}"#;
        assert!(matches!(Saved::read(ours), Ok(Saved::Learned(_))));
        let splink = r#"{"link_type": "dedupe_only", "comparisons": [{"comparison_levels": [{"sql_condition": "a_l = a_r"}]}]}"#;
        assert!(matches!(Saved::read(splink), Ok(Saved::Splink(_))));
        assert!(matches!(
            Saved::read(&format!("\u{feff}{splink}")),
            Ok(Saved::Splink(_))
        ));
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        assert!(refusal("").starts_with("it is not JSON"));
        assert!(refusal("{\"link_type\": NaN}").starts_with("it is not JSON"));
        assert!(refusal(&"[".repeat(100_000)).starts_with("it is not JSON"));
        assert_eq!(refusal("[]"), "it is JSON, but not an object");
        assert!(refusal("{\"name\": \"x\"}").starts_with("it is neither"));
        assert!(refusal("{\"comparisons\": []}").starts_with("it is neither"));
        assert!(refusal("{\"matches_per_record\": 1}").starts_with("missing field `comparisons`"));
        assert!(refusal("{\"matches_per_record\": -1, \"comparisons\": []}").contains("below 0"));
        let level = r#"{"name": "equal", "m": 7, "u": 0}"#;
        let model = format!(
            r#"{{"matches_per_record": 1, "comparisons": [{{"label": "a", "kind": "text", "filled": 1, "distinct": 1, "levels": [{level}]}}]}}"#
        );
        assert_eq!(
            refusal(&model),
            "`comparisons[0].levels[0]`: m and u are from 0 to 1"
        );
        let huge = model.replace("\"m\": 7", "\"m\": 1e999");
        assert!(
            refusal(&huge).contains("number out of range"),
            "{}",
            refusal(&huge)
        );
    }
}
