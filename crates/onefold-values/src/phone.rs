//! Telephone numbers: libphonenumber's rules, with a byte-level path for North American numbers.
//!
//! A number is accepted where libphonenumber calls it *possible*, local numbers without an area code included; it need not be *valid*
//! (assigned): numbering plans change faster than metadata, and fictional numbers (555-01xx) fill every sample. An extension is read and
//! set apart: national notation keeps it, E.164 and plain digits name the line only.
//!
//! What a program made of a number is mended where nothing is lost (`2125550101.0`) and refused where digits are (`2.12555E9`).

use std::error::Error;
use std::fmt;

use rlibphonenumber::{
    PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, enums::Region,
    get_national_significant_number_owned,
};

use crate::invalid::Invalid;
use crate::text::trim;

/// libphonenumber looks at no more; longer texts are no telephone numbers.
const INPUT_MAX: usize = 250;

/// How a telephone number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhoneFormat {
    /// ITU-T E.164: `+12125550101`. A number without area code has none to add: `+15550101`.
    #[default]
    E164,
    /// National notation of the number's own country: `(212) 555-0101`, `555-0101 ext. 12`.
    National,
    /// Digits of the national number, without country code and trunk prefix: `2125550101`.
    Digits,
}

/// The region is none that libphonenumber knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRegion {
    region: String,
}

impl UnknownRegion {
    /// The text that is no region.
    pub fn region(&self) -> &str {
        &self.region
    }
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown region `{}`", self.region)
    }
}

impl Error for UnknownRegion {}

/// How the telephone numbers of a column are read and written.
#[derive(Debug, Clone, Copy)]
pub struct PhoneRules {
    region: Option<Region>,
    /// The region is the United States or Canada, whose national numbers the fast path knows.
    home: bool,
    format: PhoneFormat,
}

impl PhoneRules {
    /// `region`: ISO 3166-1 alpha-2 code (`US`, any case) of numbers without a country code; `None`: a number must have one.
    ///
    /// # Errors
    /// [`UnknownRegion`] where libphonenumber has no metadata for it.
    pub fn new(region: Option<&str>, format: PhoneFormat) -> Result<Self, UnknownRegion> {
        let region = match region {
            Some(code) => Some(parse_region(code).ok_or_else(|| UnknownRegion {
                region: code.to_owned(),
            })?),
            None => None,
        };
        Ok(Self {
            region,
            home: matches!(region, Some(Region::US | Region::CA)),
            format,
        })
    }

    /// Appends the number to `out` in the declared format.
    ///
    /// # Errors
    /// [`Invalid::Phone`]; `out` is then unchanged.
    pub fn standardise(&self, value: &str, out: &mut String) -> Result<(), Invalid> {
        let value = without_zero_fraction(trim(value));
        if let Some(number) = NorthAmerican::read(value.as_bytes(), self.home) {
            number.write(self.format, out);
            return Ok(());
        }
        self.standardise_any(value, out)
    }

    fn standardise_any(&self, value: &str, out: &mut String) -> Result<(), Invalid> {
        if value.len() > INPUT_MAX || is_scientific(value) {
            return Err(Invalid::Phone);
        }
        let number = PHONE_NUMBER_UTIL
            .parse(value, self.region)
            .map_err(|_| Invalid::Phone)?;
        // Zeros only are a placeholder; of the right length they pass as possible.
        if number.national_number == 0 || !PHONE_NUMBER_UTIL.is_possible_number(&number) {
            return Err(Invalid::Phone);
        }
        if !is_settled(&number) {
            return Err(Invalid::Phone);
        }
        self.write(&number, out);
        Ok(())
    }

    fn write(&self, number: &PhoneNumber, out: &mut String) {
        let format = match self.format {
            PhoneFormat::E164 => PhoneNumberFormat::E164,
            PhoneFormat::National => PhoneNumberFormat::National,
            PhoneFormat::Digits => {
                out.push_str(&get_national_significant_number_owned(number));
                return;
            }
        };
        out.push_str(&PHONE_NUMBER_UTIL.format(number, format));
    }
}

/// Whether the number is read again as the one that it is. Of several leading zeros, libphonenumber takes one for a trunk prefix at each
/// reading.
fn is_settled(number: &PhoneNumber) -> bool {
    if !get_national_significant_number_owned(number).starts_with('0') {
        return true;
    }
    let text = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    let again = PHONE_NUMBER_UTIL.parse(&text, None);
    again.is_ok_and(|again| PHONE_NUMBER_UTIL.format(&again, PhoneNumberFormat::E164) == text)
}

/// Programs that take a column for numbers write `2125550101.0`; the zero would be one digit more.
fn without_zero_fraction(value: &str) -> &str {
    match value.strip_suffix(".0") {
        Some(whole) if whole.len() > 6 && whole.bytes().all(|b| b.is_ascii_digit()) => whole,
        _ => value,
    }
}

/// `2.12555E9`: of such a number the last digits are lost, and the first are no number.
fn is_scientific(value: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    value
        .split_once(['e', 'E'])
        .is_some_and(|(mantissa, exponent)| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !mantissa.is_empty()
                && !exponent.is_empty()
                && is_number(mantissa)
                && is_number(exponent)
        })
}

fn parse_region(code: &str) -> Option<Region> {
    let region = Region::from_code(&code.to_ascii_uppercase()).ok()?;
    PHONE_NUMBER_UTIL
        .get_supported_regions()
        .any(|supported| supported == region)
        .then_some(region)
}

/// A number of country code 1 in plain punctuation: 10 digits, or 7 without area code, the first of them 2 to 9.
struct NorthAmerican {
    /// Right-aligned.
    digits: [u8; 10],
    local: bool,
}

impl NorthAmerican {
    /// Digits between ` `, `-`, `.`, `(` and `)`, after `+1`, or where `home` is set after `1` or nothing; `None`: not so plain.
    fn read(bytes: &[u8], home: bool) -> Option<Self> {
        let (plus, rest) = match bytes {
            [b'+', rest @ ..] => (true, rest),
            _ => (false, bytes),
        };
        if !plus && !home {
            return None;
        }
        let mut digits = [0; 11];
        let mut count = 0;
        for &byte in rest {
            match byte {
                b'0'..=b'9' => {
                    *digits.get_mut(count)? = byte;
                    count += 1;
                }
                b' ' | b'-' | b'.' | b'(' | b')' => {}
                _ => return None,
            }
        }
        let national = match (plus, count) {
            (_, 11) | (true, 8) if digits[0] == b'1' => &digits[1..count],
            (false, 7 | 10) => &digits[..count],
            _ => return None,
        };
        if !matches!(national.first(), Some(b'2'..=b'9')) {
            return None;
        }
        let mut right = [b'0'; 10];
        right[10 - national.len()..].copy_from_slice(national);
        Some(Self {
            digits: right,
            local: national.len() == 7,
        })
    }

    fn write(&self, format: PhoneFormat, out: &mut String) {
        // Digits are ASCII, so the text is never the default.
        let digits = str::from_utf8(&self.digits).unwrap_or_default();
        let (area, rest) = digits.split_at(3);
        let (exchange, line) = rest.split_at(3);
        match (format, self.local) {
            (PhoneFormat::E164, false) => out.extend(["+1", digits]),
            (PhoneFormat::E164, true) => out.extend(["+1", rest]),
            (PhoneFormat::Digits, false) => out.push_str(digits),
            (PhoneFormat::Digits, true) => out.push_str(rest),
            (PhoneFormat::National, false) => out.extend(["(", area, ") ", exchange, "-", line]),
            (PhoneFormat::National, true) => out.extend([exchange, "-", line]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMATS: [PhoneFormat; 3] = [
        PhoneFormat::E164,
        PhoneFormat::National,
        PhoneFormat::Digits,
    ];

    fn standard(region: Option<&str>, format: PhoneFormat, value: &str) -> Result<String, Invalid> {
        let mut out = String::new();
        PhoneRules::new(region, format)
            .map_err(|_| Invalid::Phone)?
            .standardise(value, &mut out)
            .map(|()| out)
    }

    #[test]
    fn digits_of_the_united_states() {
        for (value, expected) in [
            ("+1-555-0101", "5550101"),
            ("555.0102", "5550102"),
            ("5550101", "5550101"),
            ("(212) 555-1234", "2125551234"),
            ("1 212 555 1234", "2125551234"),
            ("212.555.1234", "2125551234"),
            (" +1 (212) 555-1234 ", "2125551234"),
            ("011 44 20 7946 0958", "2079460958"),
            ("1-800-FLOWERS", "8003569377"),
            ("212-555-1234 x12", "2125551234"),
            ("tel:+1-212-555-1234", "2125551234"),
            ("２１２５５５１２３４", "2125551234"),
        ] {
            assert_eq!(
                standard(Some("US"), PhoneFormat::Digits, value).as_deref(),
                Ok(expected),
                "{value:?}"
            );
        }
    }

    #[test]
    fn formats_of_the_world() {
        use PhoneFormat::{Digits, E164, National};
        for (region, format, value, expected) in [
            (Some("us"), E164, "(212) 555-1234", "+12125551234"),
            (Some("US"), E164, "212-555-1234 ext 12", "+12125551234"),
            (
                Some("US"),
                National,
                "212-555-1234 ext 12",
                "(212) 555-1234 ext. 12",
            ),
            (Some("US"), National, "+1-555-0101", "555-0101"),
            (Some("CA"), National, "416 555 0123", "(416) 555-0123"),
            (Some("GB"), E164, "020 7946 0958", "+442079460958"),
            (Some("GB"), E164, "00 1 212 555 1234", "+12125551234"),
            (Some("DE"), National, "+49 30 123456", "030 123456"),
            (Some("IT"), E164, "0352 6553537", "+3903526553537"),
            (Some("IT"), Digits, "+39 0352 6553537", "03526553537"),
            (None, E164, "+1 212 555 1234", "+12125551234"),
            (None, E164, "+91 98765 43210", "+919876543210"),
        ] {
            assert_eq!(
                standard(region, format, value).as_deref(),
                Ok(expected),
                "{region:?} {value:?}"
            );
        }
    }

    #[test]
    fn rejects_the_impossible() {
        for value in [
            "",
            "abc",
            "12",
            "555-01",
            "123456",
            "+",
            "+999 123456789",
            "212 555 12345",
            "+44  000.20 7[1 000.0]",
            "1-555-0101",
            "000-000-0000",
            "john@example.com",
        ] {
            assert_eq!(
                standard(Some("US"), PhoneFormat::E164, value),
                Err(Invalid::Phone),
                "{value:?}"
            );
        }
        assert!(standard(None, PhoneFormat::E164, "212 555 1234").is_err());
        assert!(standard(Some("US"), PhoneFormat::E164, &"1".repeat(100_000)).is_err());
    }

    /// No digit more, and none less, than were typed.
    #[test]
    fn numbers_that_programs_took_for_numbers() {
        for (region, value, expected) in [
            ("US", "2125550101.0", Ok("2125550101")),
            ("US", "12125550101.0", Ok("2125550101")),
            ("US", "5550101.0", Ok("5550101")),
            ("US", "1255501010.0", Ok("1255501010")),
            ("DE", "3012345678.0", Ok("3012345678")),
            ("DE", "03012345678.0", Ok("3012345678")),
            ("US", "1.21255E10", Err(Invalid::Phone)),
            ("US", "1.21255E+10", Err(Invalid::Phone)),
            ("US", "2.125550101e9", Err(Invalid::Phone)),
            ("DE", "4.930123456e10", Err(Invalid::Phone)),
            ("DE", "4930123E5", Err(Invalid::Phone)),
        ] {
            assert_eq!(
                standard(Some(region), PhoneFormat::Digits, value).as_deref(),
                expected.as_ref().copied(),
                "{value:?}"
            );
        }
    }

    #[test]
    fn unknown_regions() {
        for region in ["", "U", "XX", "USA", "001", "ÜS"] {
            let error = PhoneRules::new(Some(region), PhoneFormat::E164).err();
            assert_eq!(error.as_ref().map(UnknownRegion::region), Some(region));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn the_fast_path_gives_the_answer_of_the_library(
            value in "[+(]{0,2}1?[ .()-]{0,2}[0-9]{3}[ .()-]{0,2}([0-9]{3}[ .()+-]{0,2})?[0-9]{3,5}[ .()-]{0,1}",
            region in prop::sample::select(vec![Some("US"), Some("CA"), Some("GB"), Some("BS"), None]),
            format in prop::sample::select(FORMATS.to_vec()),
        ) {
            let rules = PhoneRules::new(region, format)
                .map_err(|e| TestCaseError::fail(e.to_string()))?;
            let (mut fast, mut full) = (String::new(), String::new());
            let fast_result = rules.standardise(&value, &mut fast);
            let full_result = rules.standardise_any(trim(&value), &mut full);
            prop_assert_eq!((fast_result, fast), (full_result, full));
        }

        // Not with zeros: libphonenumber takes one more for a trunk prefix at each reading of a number that begins with several.
        #[test]
        fn e164_is_a_fixed_point(value in "(\\+|0)?[1-9 ]{7,15}", region in prop::sample::select(vec!["US", "DE", "IT", "BR"])) {
            if let Ok(once) = standard(Some(region), PhoneFormat::E164, &value) {
                prop_assert_eq!(standard(Some(region), PhoneFormat::E164, &once), Ok(once));
            }
        }

        #[test]
        fn no_text_panics(value in any::<String>(), region in prop::sample::select(vec![Some("US"), Some("AR"), None])) {
            let rules = PhoneRules::new(region, PhoneFormat::National)
                .map_err(|e| TestCaseError::fail(e.to_string()))?;
            let mut out = "before".to_owned();
            if rules.standardise(&value, &mut out).is_err() {
                prop_assert_eq!(out, "before");
            }
        }
    }
}
