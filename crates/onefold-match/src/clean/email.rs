//! E-mail addresses in the form in which they are compared.

use std::borrow::Cow;

use crate::fold::fold;

/// Stands before a letter of another script that looks like the Latin one behind it. No address has this sign.
pub(crate) const LOOK_ALIKE: char = ':';

/// Local parts of mailboxes that nobody reads: they are no evidence. Dots, hyphens and underscores are left out.
const NOBODY: &[&str] = &[
    "noreply",
    "donotreply",
    "noemail",
    "nomail",
    "none",
    "null",
    "mailerdaemon",
    "unknown",
    "notprovided",
];

/// The address alone of `Ann <ann@x.org>`; `mailto:` aside. Of Gmail's addresses the dots and the tag, which Gmail ignores, are left out.
/// A domain in Punycode (`xn--`) is written as it reads.
pub(super) fn clean(folded: &str, out: &mut String) {
    let inner = match (folded.rfind('<'), folded.rfind('>')) {
        (Some(from), Some(to)) if from < to => &folded[from + 1..to],
        _ => folded,
    };
    let address = inner.strip_prefix("mailto:").unwrap_or(inner).trim();
    let Some((local, domain)) = address.rsplit_once('@') else {
        return out.push_str(address);
    };
    let name = || local.bytes().filter(|c| !matches!(c, b'.' | b'-' | b'_'));
    if NOBODY.iter().any(|nobody| name().eq(nobody.bytes())) {
        return;
    }
    let domain = readable(domain.trim_end_matches('.'));
    match domain.as_ref() {
        "gmail.com" | "googlemail.com" => {
            let local = local.split('+').next().unwrap_or(local);
            out.extend(local.chars().filter(|c| *c != '.'));
            out.push_str("@gmail.com");
        }
        domain => {
            out.push_str(local);
            out.push('@');
            out.push_str(domain);
        }
    }
}

/// A domain without Punycode, folded.
fn readable(domain: &str) -> Cow<'_, str> {
    // Quicker than to search for a text.
    if !domain.as_bytes().windows(4).any(|part| part == b"xn--") {
        return domain.into();
    }
    let (unicode, valid) = idna::domain_to_unicode(domain);
    match valid {
        Ok(()) => {
            let mut folded = String::new();
            fold(&unicode, &mut folded);
            folded.into()
        }
        Err(_) => domain.into(),
    }
}

/// An address in which letters are marked that look Latin and are not, where they stand in a word with Latin letters. Such a word is an
/// error or a deceit, never a spelling: another mailbox than the one that it looks like.
pub(super) fn marked(raw: &str) -> Cow<'_, str> {
    if raw.is_ascii() || !raw.chars().any(|c| shape(c).is_some()) {
        return raw.into();
    }
    let mut out = String::with_capacity(raw.len() + 4);
    for word in raw.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let is_mixed = word.chars().any(|c| c.is_ascii_alphabetic());
        for c in word.chars() {
            match shape(c).filter(|_| is_mixed) {
                Some(latin) => out.extend([LOOK_ALIKE, latin]),
                None => out.push(c),
            }
        }
    }
    out.into()
}

/// Whether two different addresses look the same.
pub(crate) fn look_alike(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.replace(LOOK_ALIKE, "");
    a != b && (a.contains(LOOK_ALIKE) || b.contains(LOOK_ALIKE)) && plain(a) == plain(b)
}

/// The Latin letter that a Cyrillic or Greek one looks like (a part of Unicode's table of confusables, UTS 39).
fn shape(c: char) -> Option<char> {
    const LOOKS: [(&str, &str); 4] = [
        ("аеорсухіјѕһԁԛԝѵкӏ", "aeopcyxijshdqwvkl"),
        ("АВЕКМНОРСТУХІЈЅ", "abekmhopctyxijs"),
        ("οανρικυχγ", "oavpikuxy"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
    ];
    if c.is_ascii() {
        return None;
    }
    LOOKS.iter().find_map(|(letters, latin)| {
        let place = letters.chars().position(|letter| letter == c)?;
        latin.chars().nth(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_look_latin_are_marked() {
        for (raw, expected) in [
            ("jоse@example.com", "j:ose@example.com"),
            ("ann@exаmple.com", "ann@ex:ample.com"),
            ("РAUL@x.org", ":pAUL@x.org"),
            ("ανn@x.org", ":a:vn@x.org"),
            // Words of one script are spelt as they are.
            ("анна@почта.рф", "анна@почта.рф"),
            ("josé@example.com", "josé@example.com"),
            ("anna@почта.com", "anna@почта.com"),
        ] {
            assert_eq!(marked(raw), expected, "{raw}");
        }
        assert!(look_alike("j:ose@x.org", "jose@x.org"));
        assert!(!look_alike("jose@x.org", "jose@x.org"));
        assert!(!look_alike("j:ose@x.org", "josef@x.org"));
    }

    #[test]
    fn each_letter_has_a_shape() {
        assert_eq!(shape('ӏ'), Some('l'));
        assert_eq!(shape('Ѕ'), Some('s'));
        assert_eq!(shape('γ'), Some('y'));
        assert_eq!(shape('Χ'), Some('x'));
        assert_eq!(shape('o'), None);
    }
}
