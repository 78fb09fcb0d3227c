//! The list of directions in `ARCHITECTURE.md`: which crate depends on which.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::workspace::{dependencies, packages};

/// One line a crate, those that nothing depends on first: `engine -> spec, read`.
pub(crate) fn list(metadata: &Value) -> String {
    let ours: BTreeSet<&str> = packages(metadata).map(|(name, _)| name).collect();
    let of = |package| {
        dependencies(package, false)
            .filter(|d| ours.contains(d))
            .collect()
    };
    let mut open: BTreeMap<&str, BTreeSet<&str>> = packages(metadata)
        .map(|(name, package)| (name, of(package)))
        .collect();
    let mut out = String::from("```text\n");
    while !open.is_empty() {
        let needed: BTreeSet<&str> = open.values().flatten().copied().collect();
        let free: Vec<&str> = open
            .keys()
            .filter(|name| !needed.contains(*name))
            .copied()
            .collect();
        // Cargo allows no circle among crates; if it did, the list would end here.
        if free.is_empty() {
            break;
        }
        for name in free {
            let below: Vec<&str> = open.remove(name).into_iter().flatten().map(short).collect();
            let below = match below.is_empty() {
                true => "nothing of ours".to_owned(),
                false => below.join(", "),
            };
            out.push_str(&format!("{} -> {below}\n", short(name)));
        }
    }
    out + "```\n"
}

fn short(name: &str) -> &str {
    name.strip_prefix("onefold-").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_a_crate_from_the_top_down() {
        let dependency = |name: &str| json!({"name": name, "kind": null});
        let metadata = json!({"packages": [
            {"name": "onefold-values", "dependencies": [dependency("memchr")]},
            {"name": "onefold-read", "dependencies": [dependency("onefold-values"), dependency("onefold-spec")]},
            {"name": "onefold-cli", "dependencies": [dependency("onefold-read"), {"name": "onefold-values", "kind": "dev"}]},
            {"name": "onefold-spec", "dependencies": []},
        ]});
        assert_eq!(
            list(&metadata),
            "```text\ncli -> read\nread -> spec, values\nspec -> nothing of ours\nvalues -> nothing of ours\n```\n"
        );
    }
}
