//! E-mail addresses: RFC 5321 mailboxes as people have them.
//!
//! Accepted: a dot-atom local part of at most 64 bytes, `@`, a domain of at least two labels (each 1 to 63 letters, digits and inner
//! hyphens), a last label of at least two characters that is not a number, at most 254 bytes in all (RFC 3696 erratum 1690). Letters beyond
//! ASCII are accepted on both sides (RFC 6531); the domain becomes ASCII (UTS 46), the local part NFKC.
//!
//! Not accepted, although RFC 5322 knows them: quoted local parts, comments, folding white space, address literals, dotless domains. No
//! provider hands them out; in an export they are damage, and a damaged address must not join two people.
//!
//! Lower case throughout: by RFC 5321 the local part may be case-sensitive, in practice none is.

use unicode_normalization::UnicodeNormalization;

use crate::invalid::Invalid;
use crate::text::{is_zero_width, trim};

const LOCAL_MAX: usize = 64;
const LABEL_MAX: usize = 63;
const ADDRESS_MAX: usize = 254;

/// Appends the address to `out` in its standard form: trimmed, without zero-width characters, lower case, ASCII domain.
///
/// # Errors
/// [`Invalid::Email`]; `out` is then unchanged.
pub fn standardise(value: &str, out: &mut String) -> Result<(), Invalid> {
    let value = trim(value);
    if !value.is_ascii() {
        return standardise_unicode(value, out);
    }
    if !is_address(value.as_bytes()) {
        return Err(Invalid::Email);
    }
    let start = out.len();
    out.push_str(value);
    out[start..].make_ascii_lowercase();
    Ok(())
}

#[cold]
fn standardise_unicode(value: &str, out: &mut String) -> Result<(), Invalid> {
    let folded: String = value
        .chars()
        .filter(|&c| !is_zero_width(c))
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    let (local, domain) = trim(&folded).rsplit_once('@').ok_or(Invalid::Email)?;
    if local.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Invalid::Email);
    }
    let domain = idna::domain_to_ascii_cow(domain.as_bytes(), idna::AsciiDenyList::URL)
        .map_err(|_| Invalid::Email)?;
    let start = out.len();
    out.push_str(local);
    out.push('@');
    out.push_str(&domain);
    if is_address(&out.as_bytes()[start..]) {
        Ok(())
    } else {
        out.truncate(start);
        Err(Invalid::Email)
    }
}

/// What a byte may be in an address. Bytes above ASCII are [`ATOM`]: the caller has looked at their characters.
///
/// In an order that makes the frequent questions one comparison: from `ATOM` on all may stand anywhere in a local part, from `DIGIT` on
/// anywhere in a label.
const OTHER: u8 = 0;
const AT: u8 = 1;
const DOT: u8 = 2;
const ATOM: u8 = 3;
const HYPHEN: u8 = 4;
const DIGIT: u8 = 5;
const ALPHA: u8 = 6;

static CLASS: [u8; 256] = {
    let mut class = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => ALPHA,
            b'0'..=b'9' => DIGIT,
            b'-' => HYPHEN,
            b'.' => DOT,
            b'@' => AT,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~' => {
                ATOM
            }
            0x80.. => ATOM,
            _ => OTHER,
        };
        byte += 1;
    }
    class
};

fn is_address(bytes: &[u8]) -> bool {
    if bytes.len() > ADDRESS_MAX {
        return false;
    }
    let mut after_dot = true;
    for (position, &byte) in bytes.iter().enumerate() {
        let class = CLASS[usize::from(byte)];
        if class >= ATOM {
            after_dot = false;
        } else if after_dot || class == OTHER {
            return false;
        } else if class == AT {
            return position <= LOCAL_MAX && is_domain(&bytes[position + 1..]);
        } else {
            after_dot = true;
        }
    }
    false
}

fn is_domain(bytes: &[u8]) -> bool {
    let mut label_start = 0;
    let mut all_digits = true;
    let mut previous = DOT;
    for (position, &byte) in bytes.iter().enumerate() {
        let class = CLASS[usize::from(byte)];
        if class >= DIGIT {
            all_digits &= class == DIGIT;
        } else if class == DOT {
            if previous < DIGIT || position - label_start > LABEL_MAX {
                return false;
            }
            label_start = position + 1;
            all_digits = true;
        } else if class == HYPHEN && previous != DOT {
            all_digits = false;
        } else {
            return false;
        }
        previous = class;
    }
    let last = bytes.len() - label_start;
    label_start > 0 && (2..=LABEL_MAX).contains(&last) && !all_digits && previous >= DIGIT
}

/// Mailboxes of a function, not of a person: usable as an attribute, weak as identity. Sorted.
const ROLES: &[&str] = &[
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administrator",
    "billing",
    "contact",
    "do-not-reply",
    "donotreply",
    "enquiries",
    "hello",
    "help",
    "helpdesk",
    "hostmaster",
    "hr",
    "info",
    "inquiries",
    "invoice",
    "invoices",
    "jobs",
    "mail",
    "mailer-daemon",
    "marketing",
    "no-reply",
    "noreply",
    "office",
    "orders",
    "postmaster",
    "press",
    "reception",
    "root",
    "sales",
    "service",
    "support",
    "team",
    "webmaster",
];

/// Whether a standardised address belongs to a function (`info@`, `sales+eu@`) and not to a person; RFC 2142 and common practice.
pub fn is_role(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    let name = local.split('+').next().unwrap_or_default();
    ROLES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standard(value: &str) -> Result<String, Invalid> {
        let mut out = String::new();
        standardise(value, &mut out).map(|()| out)
    }

    #[test]
    fn accepts() {
        for (value, expected) in [
            ("john.smith@email.com", "john.smith@email.com"),
            (" JANE.DOE@EMAIL.COM\t", "jane.doe@email.com"),
            ("te~st+tag@example.co.uk", "te~st+tag@example.co.uk"),
            ("!#$%&'*+/=?^_`{|}~@iana.org", "!#$%&'*+/=?^_`{|}~@iana.org"),
            ("test@123.com", "test@123.com"),
            ("test@c--n.com", "test@c--n.com"),
            ("a@b.co", "a@b.co"),
            (
                "test@xn--hxajbheg2az3al.xn--jxalpdlp",
                "test@xn--hxajbheg2az3al.xn--jxalpdlp",
            ),
            ("jo\u{200b}hn@email.com", "john@email.com"),
            ("\u{feff}john@email.com", "john@email.com"),
            ("user＠example.com", "user@example.com"),
            ("Jörg@Bücher.example", "jörg@xn--bcher-kva.example"),
            ("실례@실례.테스트", "실례@xn--9n2bp8q.xn--9t4b11yi5a"),
            ("CAFE\u{301}@example.com", "café@example.com"),
            ("ｊｏｈｎ@example.com", "john@example.com"),
        ] {
            assert_eq!(standard(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn rejects() {
        for value in [
            "",
            "test",
            "@",
            "test@",
            "@iana.org",
            "test@io",
            "test@org",
            ".test@iana.org",
            "test.@iana.org",
            "te..st@iana.org",
            "test..iana.org",
            "a@b@c.com",
            "test@iana.123",
            "test@255.255.255.255",
            "test@[255.255.255.255]",
            "test@-iana.org",
            "test@iana-.com",
            "test@iana.org-",
            "test@.iana.org",
            "test@iana.org.",
            "test@iana..com",
            "test@iana/icann.org",
            "test@under_score.org",
            "\"test\"@iana.org",
            "joe bloggs@example.com",
            "test@ iana.org",
            "(comment)test@iana.org",
            "a@b.com, c@d.com",
            "Joe <joe@b.com>",
            "\u{7f}@iana.org",
            "\u{85}a@exa\u{85}mple.com",
            "a\u{85}b@example.com",
            "é@\u{a0}.com",
            "é@example",
        ] {
            assert_eq!(standard(value), Err(Invalid::Email), "{value:?}");
        }
    }

    #[test]
    fn lengths() {
        let local = "a".repeat(LOCAL_MAX);
        let label = "b".repeat(LABEL_MAX);
        assert!(standard(&format!("{local}@{label}.com")).is_ok());
        assert!(standard(&format!("{local}a@{label}.com")).is_err());
        assert!(standard(&format!("{local}@{label}b.com")).is_err());
        assert!(standard(&format!("{}@iana.org", "é".repeat(32))).is_ok());
        assert!(standard(&format!("{}@iana.org", "é".repeat(33))).is_err());
        let longest = format!("{local}@{label}.{label}.{}.{}", "c".repeat(57), "de");
        assert_eq!(longest.len(), ADDRESS_MAX - 1);
        assert!(standard(&longest).is_ok());
        assert!(standard(&format!("{longest}fg")).is_err());
    }

    #[test]
    fn roles() {
        assert!(ROLES.is_sorted());
        for address in ["info@a.com", "sales+eu@a.com", "no-reply@a.com"] {
            assert!(is_role(address), "{address}");
        }
        for address in ["information@a.com", "john@info.com", ""] {
            assert!(!is_role(address), "{address}");
        }
    }

    /// The grammar of the module docs, written down once more with splits.
    fn plain_rule(value: &str) -> bool {
        let atom = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
        };
        let label = |part: &str| {
            (1..=LABEL_MAX).contains(&part.len())
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let Some((local, domain)) = value.split_once('@') else {
            return false;
        };
        let last = domain.rsplit('.').next().unwrap_or_default();
        value.len() <= ADDRESS_MAX
            && local.len() <= LOCAL_MAX
            && local.split('.').all(atom)
            && domain.contains('.')
            && domain.split('.').all(label)
            && last.len() >= 2
            && !last.chars().all(|c| c.is_ascii_digit())
    }

    proptest! {
        #[test]
        fn agrees_with_the_grammar(value in "[aB1._@\"+ -]{0,3}[aB1.@-]{0,6}(@[aB1.-]{1,7})?") {
            prop_assert_eq!(standard(&value).is_ok(), plain_rule(trim(&value)));
        }

        #[test]
        fn standard_form_is_a_fixed_point(value in "[\\PC]{1,8}@[a-zäöß1.-]{1,8}\\.[a-zé]{2,4}") {
            if let Ok(once) = standard(&value) {
                prop_assert_eq!(standard(&once), Ok(once));
            }
        }

        #[test]
        fn no_text_panics(value in any::<String>()) {
            let mut out = "before".to_owned();
            if standardise(&value, &mut out).is_err() {
                prop_assert_eq!(out, "before");
            }
        }
    }
}
