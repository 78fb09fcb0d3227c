//! The words and parts of words in person names that are not simply capitalised.
//!
//! Every table is of ASCII letters in lower case.

/// No word of the exact tables (particles, articles, suffixes, initials) has more letters.
pub(crate) const LONGEST_WORD: usize = 6;

/// Written in lower case between other words of a name: prepositions, articles and patronymics of European and Arabic names.
///
/// Words that are as often a name of their own (`le`, `do`, `ben`), or an initial (`e`, `y`), are left out.
pub(crate) const fn is_particle(word: &[u8]) -> bool {
    matches!(
        word,
        b"van"
            | b"von"
            | b"vom"
            | b"vander"
            | b"zu"
            | b"zum"
            | b"zur"
            | b"der"
            | b"den"
            | b"het"
            | b"ter"
            | b"ten"
            | b"op"
            | b"de"
            | b"del"
            | b"della"
            | b"delle"
            | b"dello"
            | b"degli"
            | b"dei"
            | b"di"
            | b"da"
            | b"das"
            | b"dos"
            | b"du"
            | b"des"
            | b"la"
            | b"las"
            | b"los"
            | b"af"
            | b"av"
            | b"bin"
            | b"ibn"
            | b"bint"
            | b"al"
            | b"el"
            | b"ul"
    )
}

/// The Arabic article and its assimilated forms, before a hyphen.
pub(crate) const fn is_article(word: &[u8]) -> bool {
    matches!(
        word,
        b"al" | b"el" | b"ul" | b"ad" | b"an" | b"ar" | b"as" | b"ash" | b"at" | b"az"
    )
}

/// Letters after a name that have their own capitals. Where such a word is not the first of a name it is nothing else; words that are
/// also names (`vi`, `ma`, `do`) are left out.
pub(crate) const fn suffix(word: &[u8]) -> Option<&'static str> {
    Some(match word {
        b"ii" => "II",
        b"iii" => "III",
        b"iv" => "IV",
        b"vii" => "VII",
        b"viii" => "VIII",
        b"phd" => "PhD",
        b"md" => "MD",
        b"dds" => "DDS",
        b"dvm" => "DVM",
        b"mba" => "MBA",
        b"cpa" => "CPA",
        b"rn" => "RN",
        b"kc" => "KC",
        b"qc" => "QC",
        b"obe" => "OBE",
        b"mbe" => "MBE",
        b"cbe" => "CBE",
        _ => return None,
    })
}

/// Two initials used as a first name.
pub(crate) const fn first_initials(word: &[u8]) -> Option<&'static str> {
    Some(match word {
        b"aj" => "AJ",
        b"bj" => "BJ",
        b"cj" => "CJ",
        b"dj" => "DJ",
        b"ej" => "EJ",
        b"jb" => "JB",
        b"jc" => "JC",
        b"jd" => "JD",
        b"jj" => "JJ",
        b"jk" => "JK",
        b"jp" => "JP",
        b"jt" => "JT",
        b"kj" => "KJ",
        b"lj" => "LJ",
        b"mj" => "MJ",
        b"oj" => "OJ",
        b"pj" => "PJ",
        b"rj" => "RJ",
        b"tj" => "TJ",
        _ => return None,
    })
}

/// What follows `mac` in the names that are usually written with a second capital. `Mackenzie`, `Mackay`, `Macaulay` are as often
/// written with one; `Macy`, `Mack`, `Machado`, `Macias` are no Mac names.
const AFTER_MAC: [&str; 46] = [
    "adam",
    "alister",
    "allister",
    "arthur",
    "askill",
    "bain",
    "bean",
    "beath",
    "bride",
    "callum",
    "cartney",
    "clellan",
    "coll",
    "cormack",
    "cormick",
    "culloch",
    "dermott",
    "donald",
    "donell",
    "donnell",
    "dougal",
    "dougall",
    "dowell",
    "duff",
    "eachern",
    "ewan",
    "ewen",
    "fadyen",
    "farlane",
    "gillivray",
    "gregor",
    "innes",
    "innis",
    "intosh",
    "intyre",
    "iver",
    "kinnon",
    "lachlan",
    "laren",
    "lean",
    "leod",
    "millan",
    "naughton",
    "neil",
    "pherson",
    "rae",
];

/// Length of `mc` or `mac` where a capital follows it.
pub(crate) fn mac_prefix(word: &[u8]) -> Option<usize> {
    match word {
        [b'm', b'c', _, _, ..] => Some(2),
        [b'm', b'a', b'c', rest @ ..] => AFTER_MAC
            .binary_search_by(|stem| stem.as_bytes().cmp(rest))
            .ok()
            .map(|_| 3),
        _ => None,
    }
}

/// What stands before the apostrophe in the names where a capital follows it (`O'Brien`, `D'Angelo`); not so in `Sa'id`.
pub(crate) const fn is_elided(before: &[u8]) -> bool {
    matches!(
        before,
        [_] | b"dell" | b"dall" | b"nell" | b"sull" | b"all" | b"sant"
    )
}

/// The commonest Vietnamese family names: `Van` after one of them is a middle name, not the Dutch particle.
const VIETNAMESE_FAMILIES: [&str; 16] = [
    "nguyen", "tran", "le", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do",
    "ho", "ngo", "duong", "ly",
];

/// Whether a word, in any case, is such a name.
pub(crate) fn is_vietnamese_family(word: &str) -> bool {
    VIETNAMESE_FAMILIES
        .iter()
        .any(|family| family.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_sorted() {
        assert!(AFTER_MAC.is_sorted());
    }
}
