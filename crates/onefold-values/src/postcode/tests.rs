//! Postcodes of the world.

use super::*;
use proptest::prelude::*;

fn standard(region: Option<&str>, value: &str) -> Result<String, Invalid> {
    let mut out = String::new();
    PostcodeRules::new(region)
        .standardise(value, &mut out)
        .map(|()| out)
}

#[test]
fn of_any_country() {
    for (value, expected) in [
        ("TQ138DF", "TQ13 8DF"),
        ("tq13 8df", "TQ13 8DF"),
        (" TQ13  8DF ", "TQ13 8DF"),
        ("TQ1 38DF", "TQ13 8DF"),
        ("m11aa", "M1 1AA"),
        ("ec1a1bb", "EC1A 1BB"),
        ("GX111AA", "GX11 1AA"),
        ("1234ab", "1234 AB"),
        ("1234 AB", "1234 AB"),
        ("k1a0b6", "K1A 0B6"),
        ("d02af30", "D02 AF30"),
        ("D6WXY00", "D6W XY00"),
        ("01234", "01234"),
        ("00501-1234", "00501-1234"),
        ("12345 - 6789", "12345-6789"),
        ("12345\u{2013}6789", "12345-6789"),
        ("123 45", "123 45"),
        ("12345", "12345"),
        ("D-12345", "D-12345"),
        ("LV-1050", "LV-1050"),
        ("TQ13-8DF", "TQ13-8DF"),
        ("C1425CLA", "C1425CLA"),
        ("１００－０００１", "100-0001"),
        ("1234\u{a0}AB", "1234 AB"),
        ("0", "0"),
    ] {
        assert_eq!(standard(None, value).as_deref(), Ok(expected), "{value:?}");
    }
}

#[test]
fn of_a_region() {
    for (region, value, expected) in [
        ("US", "02134", Some("02134")),
        ("us", "021341234", Some("02134-1234")),
        ("US", "02134 1234", Some("02134-1234")),
        ("US", "2134", None),
        ("US", "2134.0", None),
        ("US", "K1A 0B6", None),
        ("CA", "k1a-0b6", Some("K1A 0B6")),
        ("CA", "D1A 0B6", None),
        ("CA", "W1A 0B6", None),
        ("GB", "TQ13-8DF", Some("TQ13 8DF")),
        ("GB", "SW1A1AA", Some("SW1A 1AA")),
        ("GB", "TQ13 8DC", None),
        ("GB", "12345", None),
        ("DE", "01067", Some("01067")),
        ("DE", "D-01067", Some("01067")),
        ("DE", "DE-01067", Some("01067")),
        ("DE", "F-01067", None),
        ("DE", "1067", None),
        ("FR", "F-75001", Some("75001")),
        ("NL", "1234ab", Some("1234 AB")),
        ("NL", "NL-1234 AB", Some("1234 AB")),
        ("NL", "1234", None),
        ("AT", "A-1010", Some("1010")),
        ("CH", "CH-8001", Some("8001")),
        ("ES", "08001", Some("08001")),
        ("IT", "00118", Some("00118")),
        ("AU", "0800", Some("0800")),
        ("AU", "800", None),
        ("PL", "00001", Some("00-001")),
        ("PL", "00-001", Some("00-001")),
        ("SE", "11455", Some("114 55")),
        ("SE", "SE-114 55", Some("114 55")),
        ("PT", "1000001", Some("1000-001")),
        ("BR", "01001000", Some("01001-000")),
        ("JP", "1000001", Some("100-0001")),
        ("IE", "d02af30", Some("D02 AF30")),
        // Nothing is known of its forms.
        ("AE", "12345", Some("12345")),
    ] {
        let found = standard(Some(region), value);
        let expected = expected.ok_or(Invalid::Postcode);
        assert_eq!(
            found.as_deref(),
            expected.as_ref().copied(),
            "{region} {value:?}"
        );
    }
}

#[test]
fn rejects() {
    for value in [
        "",
        "-",
        "AB",
        "unknown",
        "12345-",
        "-12345",
        "12--34",
        "12345.0",
        "1.2E4",
        "12345, Berlin",
        "1234567890123",
        "PO BOX 12 34 56",
        "١٢٣٤٥",
        "12/34",
    ] {
        assert_eq!(standard(None, value), Err(Invalid::Postcode), "{value:?}");
    }
}

proptest! {
    #[test]
    fn signs_stay_and_a_second_time_changes_nothing(
        value in "[A-Za-z0-9]{1,4}[ -]?[A-Za-z0-9]{1,4}[ -]?[A-Za-z0-9]{0,4}",
        region in prop::sample::select(vec![None, Some("US"), Some("GB"), Some("CA"), Some("NL"), Some("DE"), Some("SE"), Some("AD")]),
    ) {
        let signs = |text: &str| -> String {
            let signs = text.chars().filter(char::is_ascii_alphanumeric);
            signs.map(|c| c.to_ascii_uppercase()).collect()
        };
        if let Ok(once) = standard(region, &value) {
            prop_assert!(signs(&value).ends_with(&signs(&once)));
            prop_assert!(region.is_some() || signs(&value) == signs(&once));
            prop_assert_eq!(standard(region, &once), Ok(once));
        }
    }

    #[test]
    fn no_text_panics(value in any::<String>(), region in prop::sample::select(vec![None, Some("US"), Some("GB")])) {
        let mut out = "before".to_owned();
        match PostcodeRules::new(region).standardise(&value, &mut out) {
            Ok(()) => {
                let once = out["before".len()..].to_owned();
                prop_assert_eq!(standard(region, &once), Ok(once));
            }
            Err(_) => prop_assert_eq!(out, "before"),
        }
    }
}
