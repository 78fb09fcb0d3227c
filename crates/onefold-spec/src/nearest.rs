//! "Did you mean": the known name that a word is most likely a slip of.

/// Longest word for which a near name is sought: the distance costs time in proportion to both lengths.
const LONGEST_WORD: usize = 64;

/// The candidate that `word` is most likely a slip of; the first of equals. `None` where none is near: at most a third of the
/// letters may differ (Damerau-Levenshtein, case ignored), or one is the beginning of the other.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST_WORD {
        return None;
    }
    let word = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let folded = candidate.to_lowercase();
        let longer = length.max(folded.chars().count());
        if longer > LONGEST_WORD {
            continue;
        }
        let distance = if is_prefix_pair(&word, &folded) {
            1
        } else {
            strsim::damerau_levenshtein(&word, &folded)
        };
        let near = distance <= (longer / 3).max(1) && distance < longer;
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The hint where one of `names` stands in `sql` without the quotes that it needs: `lower(E-Mail-Adresse)` subtracts columns.
pub fn unquoted<'n>(sql: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let is_plain = |name: &str| {
        !name.starts_with(|c: char| c.is_numeric())
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let stands = |name: &str| {
        sql.match_indices(name).any(|(at, _)| {
            let before = sql.get(..at).and_then(|text| text.chars().next_back());
            let behind = sql.get(at + name.len()..);
            let after = behind.and_then(|text| text.chars().next());
            let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\'');
            !before.is_some_and(goes_on) && !after.is_some_and(goes_on)
        })
    };
    let names = names.into_iter();
    // The longest: another name may be a part of it.
    let found = names
        .filter(|name| !name.trim().is_empty() && !is_plain(name) && stands(name))
        .max_by_key(|name| name.len())?;
    let quoted = found.replace('"', "\"\"");
    Some(format!(
        "a name that is not one word stands in double quotes: `\"{quoted}\"`"
    ))
}

/// A shortened name (`cust`, `customers`), if enough of it is there to tell.
fn is_prefix_pair(a: &str, b: &str) -> bool {
    a.chars().count().min(b.chars().count()) >= 3 && (a.starts_with(b) || b.starts_with(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names() {
        let names = ["email", "customer_id", "phone", "on"];
        let cases = [
            ("emial", Some("email")),
            ("EMAIL", Some("email")),
            ("customer", Some("customer_id")),
            ("custmer_id", Some("customer_id")),
            ("of", Some("on")),
            ("xyz", None),
            ("p", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
        assert_eq!(nearest(&"e".repeat(10_000), names), None);
    }
    #[test]
    fn names_without_their_quotes() {
        let names = ["E-Mail", "E-Mail-Adresse", "First Name", "a", "2024"];
        let of = |sql| unquoted(sql, names);
        let ends = |sql, end| of(sql).is_some_and(|hint: String| hint.ends_with(end));
        assert!(ends("lower(E-Mail-Adresse)", "`\"E-Mail-Adresse\"`"));
        assert!(ends("First Name || a", "`\"First Name\"`"));
        for sql in [
            "\"E-Mail\"",
            "E - Mail",
            "a + 1",
            "'First Name'",
            "xE-Mail",
            "20245",
        ] {
            assert_eq!(of(sql), None, "{sql}");
        }
    }
}
