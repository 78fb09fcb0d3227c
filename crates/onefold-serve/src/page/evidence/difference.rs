//! Where two texts differ, character by character.
//!
//! # Algorithm
//! What both begin and end with is equal. Between, a longest common subsequence is equal too, where the texts are short enough for a table
//! of both lengths; a single sign that is equal between two that differ says nothing, and counts as differing. A letter and the accents
//! that are put onto it are one sign.

/// Longest part of a text, in signs, that is compared sign by sign.
const MOST: usize = 240;

/// A part of a text, and whether the other text lacks it.
pub(super) type Piece<'t> = (&'t str, bool);

/// The parts of two texts.
pub(super) fn difference<'t>(a: &'t str, b: &'t str) -> [Vec<Piece<'t>>; 2] {
    let (x, y) = (signs(a), signs(b));
    let start = x.iter().zip(&y).take_while(|(x, y)| x == y).count();
    let (x_rest, y_rest) = (&x[start..], &y[start..]);
    let pairs = x_rest.iter().rev().zip(y_rest.iter().rev());
    let end = pairs.take_while(|(x, y)| x == y).count();
    let x_rest = &x_rest[..x_rest.len() - end];
    let y_rest = &y_rest[..y_rest.len() - end];
    let [x_equal, y_equal] = equal(x_rest, y_rest);
    [(a, &x, x_equal), (b, &y, y_equal)].map(|(text, signs, equal)| {
        let mut differs = vec![false; start];
        differs.extend(equal.into_iter().map(|is_equal| !is_equal));
        differs.resize(signs.len(), false);
        pieces(text, signs, &differs)
    })
}

/// The signs of a text: characters with what is put onto them.
fn signs(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = text
        .char_indices()
        .filter(|(place, sign)| *place == 0 || !is_put_on(*sign))
        .map(|(place, _)| place)
        .collect();
    starts.push(text.len());
    starts
        .windows(2)
        .map(|ends| &text[ends[0]..ends[1]])
        .collect()
}

/// Whether a character is put onto the one before it.
fn is_put_on(sign: char) -> bool {
    matches!(sign, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}')
}

/// Which signs of two parts are equal, in their order.
fn equal(x: &[&str], y: &[&str]) -> [Vec<bool>; 2] {
    let mut found = [vec![false; x.len()], vec![false; y.len()]];
    if x.len() > MOST || y.len() > MOST {
        return found;
    }
    let width = y.len() + 1;
    // Length of the longest subsequence of what follows from a place in each.
    let mut longest = vec![0u16; (x.len() + 1) * width];
    for i in (0..x.len()).rev() {
        for j in (0..y.len()).rev() {
            longest[i * width + j] = match x[i] == y[j] {
                true => longest[(i + 1) * width + j + 1] + 1,
                false => longest[(i + 1) * width + j].max(longest[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut run = 0;
    let [of_x, of_y] = &mut found;
    while i < x.len() && j < y.len() {
        if x[i] == y[j] {
            (of_x[i], of_y[j]) = (true, true);
            run += 1;
            (i, j) = (i + 1, j + 1);
            continue;
        }
        if run == 1 {
            (of_x[i - 1], of_y[j - 1]) = (false, false);
        }
        run = 0;
        match longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            true => i += 1,
            false => j += 1,
        }
    }
    if run == 1 {
        (of_x[i - 1], of_y[j - 1]) = (false, false);
    }
    found
}

/// A text in parts that differ and parts that do not.
fn pieces<'t>(text: &'t str, signs: &[&str], differs: &[bool]) -> Vec<Piece<'t>> {
    let mut pieces: Vec<Piece<'t>> = Vec::new();
    let (mut start, mut at) = (0, 0);
    for (place, (sign, is_other)) in signs.iter().zip(differs).enumerate() {
        at += sign.len();
        if differs.get(place + 1) != Some(is_other) {
            pieces.push((&text[start..at], *is_other));
            start = at;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differing parts in brackets.
    fn marked(a: &str, b: &str) -> [String; 2] {
        difference(a, b).map(|pieces| {
            let piece = |(text, differs): Piece<'_>| match differs {
                true => format!("[{text}]"),
                false => text.to_owned(),
            };
            pieces.into_iter().map(piece).collect()
        })
    }

    #[test]
    fn what_differs_is_told_from_what_does_not() {
        for (a, b, first, second) in [
            ("ann", "ann", "ann", "ann"),
            ("anne", "anna", "ann[e]", "ann[a]"),
            ("an", "ann", "an", "an[n]"),
            ("", "a", "", "[a]"),
            (
                "1980-04-07",
                "1980-07-04",
                "1980-0[4]-0[7]",
                "1980-0[7]-0[4]",
            ),
            ("Jon Smith", "John Smyth", "Jo[]n Sm[i]th", "Jo[h]n Sm[y]th"),
            ("abc", "xyz", "[abc]", "[xyz]"),
            (
                "jose@x.com",
                "j\u{43e}se@x.com",
                "j[o]se@x.com",
                "j[\u{43e}]se@x.com",
            ),
            ("e\u{301}", "e", "[e\u{301}]", "[e]"),
            ("a-b", "b-a", "[a-b]", "[b-a]"),
        ] {
            let [x, y] = marked(a, b);
            assert_eq!([x, y], [first.replace("[]", ""), second.replace("[]", "")]);
        }
    }

    #[test]
    fn nothing_of_a_text_is_lost_however_long_it_is() {
        let long = "é".repeat(5_000);
        let other = format!("{}x{}y", "é".repeat(100), "e".repeat(5_000));
        for (a, b) in [
            (long.as_str(), other.as_str()),
            ("a b c", "c b a"),
            ("", ""),
        ] {
            let [x, y] = difference(a, b);
            let joined = |pieces: Vec<Piece<'_>>| pieces.iter().map(|(text, _)| *text).collect();
            let (x, y): (String, String) = (joined(x), joined(y));
            assert_eq!((x.as_str(), y.as_str()), (a, b));
        }
    }
}
