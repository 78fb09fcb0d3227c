//! Names as they are compared.

use crate::nearest::nearest;

/// Lower-case letters and digits only: as names are compared.
pub(super) fn folded(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The name that `text` is a slip of. A beginning is not enough: there are too many names.
pub(super) fn near<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const SHORTEST: usize = 5;
    if text.chars().count() < SHORTEST {
        return None;
    }
    let most = |name: &&str| name.chars().count().abs_diff(text.chars().count()) <= 2;
    let name = nearest(text, names.filter(most))?;
    let distance = strsim::damerau_levenshtein(&folded(text), &folded(name));
    (distance <= 2).then_some(name)
}
