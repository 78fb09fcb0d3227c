//! How alike two texts are.
//!
//! Texts are bytes of ASCII, as [`fold`](crate::fold::fold) leaves them, so a byte is a character.

/// Whether `a` becomes `b` by at most `limit` edits: insertions, deletions, substitutions and swaps of neighbours, where no part is edited
/// twice (*optimal string alignment*; Boytsov 2011, section 2.2).
///
/// The number of edits if there are no more than `limit`. Time grows with the length and exponentially with `limit`, which is meant to
/// be 1 or 2.
pub fn edits(a: &[u8], b: &[u8], limit: u8) -> Option<u8> {
    if a.len().abs_diff(b.len()) > usize::from(limit) {
        return None;
    }
    // Equal beginnings and ends never need an edit.
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let ends = a.iter().rev().zip(b.iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    match (a, b) {
        ([], []) => return Some(0),
        ([_], [_] | []) | ([], [_]) => return (limit > 0).then_some(1),
        ([x, y], [z, w]) if x == w && y == z => return (limit > 0).then_some(1),
        _ => {}
    }
    (2..=limit).find(|limit| within(a, b, *limit))
}

/// The edits of two different texts of one length and at most 16 bytes, each in one number, if there are no more than two.
pub(crate) fn edits_in_place(a: u128, b: u128) -> Option<u8> {
    let byte = |text: u128, place: u32| (text >> (8 * place)) as u8;
    let is_swap =
        |i: u32, j: u32| i + 1 == j && byte(a, i) == byte(b, j) && byte(a, j) == byte(b, i);
    // The first five places that differ.
    let (mut places, mut count) = ([0u32; 5], 0);
    let mut rest = a ^ b;
    while rest != 0 && count < places.len() {
        let place = rest.trailing_zeros() / 8;
        places[count] = place;
        count += 1;
        rest &= !(0xff << (8 * place));
    }
    let [p, q, r, s, _] = places;
    match count {
        0 => return Some(0),
        1 => return Some(1),
        2 => return Some(if is_swap(p, q) { 1 } else { 2 }),
        3 if is_swap(p, q) || is_swap(q, r) => return Some(2),
        4 if is_swap(p, q) && is_swap(r, s) => return Some(2),
        _ => {}
    }
    // What is left is a letter taken from one place and put in at another: between them all moved on by one.
    let last = 15 - (a ^ b).leading_zeros() / 8;
    let between = (u128::MAX << (8 * p)) & (u128::MAX >> (8 * (15 - last)));
    let (up, down) = (between << 8 & between, between >> 8 & between);
    let is_moved = (a << 8 ^ b) & up == 0 || (a >> 8 ^ b) & down == 0;
    is_moved.then_some(2)
}

/// Whether at most `limit` edits are enough. Equal beginnings and ends never need an edit, so only the first difference branches.
fn within(mut a: &[u8], mut b: &[u8], limit: u8) -> bool {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (a, b) = (&a[same..], &b[same..]);
    let limit_left = match limit {
        0 => return a.is_empty() && b.is_empty(),
        limit => limit - 1,
    };
    if a.is_empty() || b.is_empty() {
        return a.len().max(b.len()) <= usize::from(limit);
    }
    if a.len().abs_diff(b.len()) > usize::from(limit) {
        return false;
    }
    if within(&a[1..], &b[1..], limit_left)
        || within(&a[1..], b, limit_left)
        || within(a, &b[1..], limit_left)
    {
        return true;
    }
    a.len() > 1
        && b.len() > 1
        && a[0] == b[1]
        && a[1] == b[0]
        && within(&a[2..], &b[2..], limit_left)
}

/// Jaro similarity, from 0 to 1 (Jaro 1989), of texts of at most 64 bytes; of longer ones only the first 64 count.
pub fn jaro(a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (&a[..a.len().min(64)], &b[..b.len().min(64)]);
    if a.is_empty() || b.is_empty() {
        return if a.len() == b.len() { 1.0 } else { 0.0 };
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut in_a, mut in_b) = (0u64, 0u64);
    for (i, letter) in a.iter().enumerate() {
        let from = i.saturating_sub(window);
        let to = (i + window + 1).min(b.len());
        for (j, other) in b.iter().enumerate().take(to).skip(from) {
            if letter == other && in_b >> j & 1 == 0 {
                in_a |= 1 << i;
                in_b |= 1 << j;
                break;
            }
        }
    }
    let matches = in_a.count_ones();
    if matches == 0 {
        return 0.0;
    }
    let mut out_of_order = 0;
    let mut rest = in_b;
    for (i, letter) in a.iter().enumerate() {
        if in_a >> i & 1 == 1 {
            if *letter != b[rest.trailing_zeros() as usize] {
                out_of_order += 1;
            }
            rest &= rest - 1;
        }
    }
    let matches = f64::from(matches);
    (matches / a.len() as f64
        + matches / b.len() as f64
        + (matches - f64::from(out_of_order / 2)) / matches)
        / 3.0
}

/// Jaro-Winkler similarity, from 0 to 1 (Winkler 1990): Jaro, with up to four equal first letters
/// counted in, a tenth each, where it is above 0.7.
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    let jaro = jaro(a, b);
    if jaro <= 0.7 {
        return jaro;
    }
    let prefix = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count();
    jaro + prefix as f64 * 0.1 * (1.0 - jaro)
}

/// The Soundex code of a word with up to five signs (Russell 1918, as the US census uses it, one sign longer). `None` where it does not
/// begin with a letter.
pub fn soundex(word: &[u8]) -> Option<[u8; 5]> {
    const CODES: &[u8; 26] = b"01230120022455012623010202";
    let code = |letter: u8| match letter {
        b'a'..=b'z' => CODES[usize::from(letter - b'a')],
        _ => b'0',
    };
    let first = *word.first().filter(|c| c.is_ascii_lowercase())?;
    let mut sound = [first, b'0', b'0', b'0', b'0'];
    let mut filled = 1;
    let mut last = code(first);
    for letter in &word[1..] {
        let code = code(*letter);
        if code != b'0' && code != last {
            sound[filled] = code;
            filled += 1;
            if filled == sound.len() {
                break;
            }
        }
        // H and W do not part equal sounds; vowels do.
        if !matches!(letter, b'h' | b'w') {
            last = code;
        }
    }
    Some(sound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn edits_are_those_of_the_oracle(a in "[abc]{0,9}", b in "[abc]{0,9}") {
            let distance = strsim::osa_distance(&a, &b);
            for limit in 0..=3u8 {
                let expected = (distance <= usize::from(limit)).then_some(distance as u8);
                prop_assert_eq!(edits(a.as_bytes(), b.as_bytes(), limit), expected, "{} {} {}", a, b, limit);
            }
        }

        #[test]
        fn edits_in_place_are_those_of_the_oracle(a in "[abc]{0,9}", letters in "[abc]{9}", turns in 0usize..4) {
            let number = |text: &str| text.bytes().rev().fold(0u128, |all, byte| all << 8 | u128::from(byte));
            let mut b = a.clone().into_bytes();
            for turn in 0..turns.min(a.len()) {
                let letter = letters.as_bytes()[turn];
                let place = usize::from(letters.as_bytes()[8 - turn] - b'a') * 3 % a.len();
                match letter {
                    b'a' => { let taken = b.remove(place); b.push(taken); }
                    b'b' => b.swap(place, 0),
                    _ => b[place] = letter,
                }
            }
            let b = String::from_utf8(b).unwrap_or_default();
            for b in [b.as_str(), &letters[..a.len()]] {
                let distance = strsim::osa_distance(&a, b);
                prop_assert_eq!(edits_in_place(number(&a), number(b)), (distance <= 2).then_some(distance as u8), "{} {}", a, b);
            }
        }

        #[test]
        fn similarities_are_those_of_the_oracle(a in "[a-e]{0,20}", b in "[a-e]{0,20}") {
            prop_assert!((jaro(a.as_bytes(), b.as_bytes()) - strsim::jaro(&a, &b)).abs() < 1e-12);
            prop_assert!((jaro_winkler(a.as_bytes(), b.as_bytes()) - strsim::jaro_winkler(&a, &b)).abs() < 1e-12);
        }
    }

    /// Texts as they are compared: folded, whatever their letters were.
    fn folded(text: &str) -> String {
        let mut folded = String::new();
        crate::fold::fold(text, &mut folded);
        folded
    }

    /// Two libraries count signs of Unicode, and this module counts bytes. Folded texts are ASCII, so it is the same.
    fn assert_like_the_oracles(a: &str, b: &str) -> Result<(), TestCaseError> {
        use rapidfuzz::distance::{damerau_levenshtein, jaro, jaro_winkler, levenshtein, osa};
        let (a, b) = (&*folded(a), &*folded(b));
        prop_assert!(a.is_ascii() && b.is_ascii());
        let distance = osa::distance(a.chars(), b.chars());
        prop_assert_eq!(distance, strsim::osa_distance(a, b), "{} {}", a, b);
        for limit in 0..=2u8 {
            let expected = (distance <= usize::from(limit)).then_some(distance as u8);
            prop_assert_eq!(
                edits(a.as_bytes(), b.as_bytes(), limit),
                expected,
                "{} {} {}",
                a,
                b,
                limit
            );
        }
        // On purpose, no part is edited twice, as in Damerau's distance: `ca` is three edits from `abc`, not two. Unlike Levenshtein's, a
        // swap is one edit.
        prop_assert!(damerau_levenshtein::distance(a.chars(), b.chars()) <= distance);
        prop_assert!(distance <= levenshtein::distance(a.chars(), b.chars()));
        // On purpose, only the first 64 bytes count.
        let (a, b) = (&a[..a.len().min(64)], &b[..b.len().min(64)]);
        let ours = jaro(a.as_bytes(), b.as_bytes());
        prop_assert!(
            (ours - jaro::similarity(a.chars(), b.chars())).abs() < 1e-12,
            "{} {}",
            a,
            b
        );
        prop_assert!((ours - strsim::jaro(a, b)).abs() < 1e-12, "{} {}", a, b);
        let ours = jaro_winkler(a.as_bytes(), b.as_bytes());
        prop_assert!(
            (ours - jaro_winkler::similarity(a.chars(), b.chars())).abs() < 1e-12,
            "{} {}",
            a,
            b
        );
        prop_assert!(
            (ours - strsim::jaro_winkler(a, b)).abs() < 1e-12,
            "{} {}",
            a,
            b
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn ascii_is_as_alike_as_the_oracles_say(a in "[ -~]{0,80}", b in "[ -~]{0,80}") {
            assert_like_the_oracles(&a, &b)?;
        }

        #[test]
        fn any_script_is_as_alike_as_the_oracles_say(a in "\\PC{0,30}", b in "\\PC{0,30}", letters in "[a-cäéжя]{0,12}", slip in "[a-cäéжя]{0,12}") {
            assert_like_the_oracles(&a, &b)?;
            assert_like_the_oracles(&letters, &slip)?;
        }

        #[test]
        fn slips_are_as_alike_as_the_oracles_say(a in "[a-zäéжя]{1,70}", at in 0usize..70, c in "[a-zя]", way in 0u8..4) {
            let mut b: Vec<char> = a.chars().collect();
            let at = at % b.len();
            match way {
                0 => drop(b.remove(at)),
                1 => b.insert(at, c.chars().next().unwrap_or('a')),
                2 => b.swap(at, a.chars().count() - 1 - at),
                _ => b.rotate_left(at),
            }
            assert_like_the_oracles(&a, &b.into_iter().collect::<String>())?;
        }
    }

    #[test]
    fn published_values() {
        let close = |a: f64, b: f64| (a - b).abs() < 5e-4;
        assert!(close(jaro(b"martha", b"marhta"), 0.944));
        assert!(close(jaro_winkler(b"martha", b"marhta"), 0.961));
        assert!(close(jaro_winkler(b"dixon", b"dicksonx"), 0.813));
        assert_eq!(edits(b"ca", b"abc", 3), Some(3));
        assert_eq!(edits(b"smith", b"smiht", 2), Some(1));
        assert_eq!(soundex(b"robert"), Some(*b"r1630"));
        assert_eq!(soundex(b"rupert"), Some(*b"r1630"));
        assert_eq!(soundex(b"ashcraft"), soundex(b"ashcroft"));
        assert_eq!(soundex(b"1st"), None);
    }
}
