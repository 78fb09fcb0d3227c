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
}
