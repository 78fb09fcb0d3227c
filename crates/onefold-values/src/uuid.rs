//! UUIDs, RFC 9562.

use crate::invalid::Invalid;
use crate::text::trim;

/// Appends the UUID to `out`: lower case, in groups of 8-4-4-4-12.
///
/// Read in any case, with hyphens in these places or none at all, in braces (`{...}`, as Windows writes them), after `urn:uuid:`.
/// Version and variant are not checked: RFC 9562 leaves room for new ones, and customers' systems invent some.
///
/// # Errors
/// [`Invalid::Uuid`]; `out` is then unchanged.
pub fn standardise(value: &str, out: &mut String) -> Result<(), Invalid> {
    const URN: &[u8] = b"urn:uuid:";
    let bytes = trim(value).as_bytes();
    let bare = match bytes {
        [b'{', inner @ .., b'}'] => inner,
        _ if bytes.len() > URN.len() && bytes[..URN.len()].eq_ignore_ascii_case(URN) => {
            &bytes[URN.len()..]
        }
        _ => bytes,
    };
    let mut text = *b"00000000-0000-0000-0000-000000000000";
    match bare.len() {
        36 => text.copy_from_slice(bare),
        32 => {
            let mut digits = bare;
            for group in text.split_mut(|&byte| byte == b'-') {
                let (head, tail) = digits.split_at(group.len());
                group.copy_from_slice(head);
                digits = tail;
            }
        }
        _ => return Err(Invalid::Uuid),
    }
    text.make_ascii_lowercase();
    let mut fits = true;
    for (position, byte) in text.iter().enumerate() {
        fits &= match position {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
    }
    if !fits {
        return Err(Invalid::Uuid);
    }
    out.push_str(str::from_utf8(&text).map_err(|_| Invalid::Uuid)?);
    Ok(())
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
    fn accepts_the_usual_writings() {
        for value in [
            "2EB8AA08-AA98-11EA-B4AA-73B441D16380",
            "2eb8aa08-AA98-11ea-B4Aa-73B441D16380",
            "2eb8aa08aa9811eab4aa73b441d16380",
            "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}",
            " urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380\n",
            "URN:UUID:2eb8aa08-aa98-11ea-b4aa-73b441d16380",
        ] {
            let expected = "2eb8aa08-aa98-11ea-b4aa-73b441d16380";
            assert_eq!(standard(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn rejects_the_rest() {
        for value in [
            "",
            "{}",
            "urn:uuid:",
            "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
            "2eb8aa08-aa98-11ea-73b441d16380",
            "2eb8aa08-aa98-11ea-b4ga-73b441d16380",
            "2eb8aa08aa98-11ea-b4aa73b441d16380",
            "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380",
            "2eb8aa08aa9811eab4aa73b441d16380----",
            "2eb8aa0-8aa98-11e-ab4aa7-3b441d16380",
            "2eb8aa08-aa98-11ea-b4aa-73b441d16380-",
            "২eb8aa08-aa98-11ea-b4aa-73b441d16380",
            "2eb8aa08-aa98-11ea-b4aa-73b441d1_380",
            "{2eb8aa08-aa98-11ea-b4aa-73b441d16380",
        ] {
            assert_eq!(standard(value), Err(Invalid::Uuid), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn every_number_keeps_its_digits(number: u128) {
            let digits = format!("{number:032X}");
            let text = standard(&digits).unwrap_or_default();
            prop_assert_eq!(text.replace('-', ""), digits.to_ascii_lowercase());
            prop_assert_eq!(standard(&text), Ok(text));
        }

        #[test]
        fn no_text_panics(value in "\\PC{0,40}") {
            let mut out = "before".to_owned();
            if standardise(&value, &mut out).is_err() {
                prop_assert_eq!(out, "before");
            }
        }
    }
}
