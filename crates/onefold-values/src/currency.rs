//! Currencies: codes of ISO 4217, and the signs that stand for them.

/// A currency: its code in ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(&'static str);

impl Currency {
    /// A code in capitals (`EUR`); `None` where ISO 4217 has none such.
    pub fn of_code(code: &str) -> Option<Self> {
        let found = CODES.binary_search(&code).ok()?;
        CODES.get(found).map(|code| Self(code))
    }

    /// The code in capitals.
    pub const fn code(self) -> &'static str {
        self.0
    }
}

/// What stands beside an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Code(Currency),
    /// A sign, with the codes of all currencies that are written with it.
    Sign(&'static [&'static str]),
}

impl Mark {
    /// Whether it may stand for a currency.
    pub(crate) fn may_be(self, currency: Currency) -> bool {
        match self {
            Self::Code(code) => code == currency,
            Self::Sign(codes) => codes.contains(&currency.0),
        }
    }

    /// The one currency that it stands for; `None` where there are several.
    pub(crate) fn currency(self) -> Option<Currency> {
        match self {
            Self::Code(code) => Some(code),
            Self::Sign([code]) => Some(Currency(code)),
            Self::Sign(_) => None,
        }
    }
}

/// The mark that a text begins with, and what follows it.
pub(crate) fn leading(text: &str) -> Option<(Mark, &str)> {
    let is_whole =
        |mark: &str, rest: &str| !ends_in_letter(mark) || !rest.starts_with(char::is_alphabetic);
    let code = text.split_at_checked(3).and_then(|(code, rest)| {
        let found = code_of(code).filter(|_| is_whole(code, rest))?;
        Some((found, rest))
    });
    let sign = || {
        SIGNS.iter().find_map(|(sign, codes)| {
            let (start, rest) = text.split_at_checked(sign.len())?;
            let found = start.eq_ignore_ascii_case(sign) && is_whole(sign, rest);
            found.then_some((Mark::Sign(codes), rest))
        })
    };
    code.or_else(sign)
}

/// The mark that a text ends with, and what stands before it.
pub(crate) fn trailing(text: &str) -> Option<(Mark, &str)> {
    let cut = |length: usize| text.split_at_checked(text.len().checked_sub(length)?);
    let is_whole = |mark: &str, rest: &str| {
        !mark.starts_with(char::is_alphabetic) || !rest.ends_with(char::is_alphabetic)
    };
    let code = cut(3).and_then(|(rest, code)| {
        let found = code_of(code).filter(|_| is_whole(code, rest))?;
        Some((found, rest))
    });
    let sign = || {
        SIGNS.iter().find_map(|(sign, codes)| {
            let (rest, end) = cut(sign.len())?;
            let found = end.eq_ignore_ascii_case(sign) && is_whole(sign, rest);
            found.then_some((Mark::Sign(codes), rest))
        })
    };
    code.or_else(sign)
}

fn code_of(text: &str) -> Option<Mark> {
    Currency::of_code(&text.to_ascii_uppercase()).map(Mark::Code)
}

fn ends_in_letter(text: &str) -> bool {
    text.ends_with(char::is_alphabetic)
}

/// Signs, longer ones before those that they begin with. Those of cents are left out: they would be off by a hundred.
const SIGNS: &[(&str, &[&str])] = &[
    ("US$", &["USD"]),
    ("CA$", &["CAD"]),
    ("AU$", &["AUD"]),
    ("NZ$", &["NZD"]),
    ("HK$", &["HKD"]),
    ("NT$", &["TWD"]),
    ("MX$", &["MXN"]),
    ("R$", &["BRL"]),
    ("C$", &["CAD", "NIO"]),
    ("A$", &["AUD"]),
    ("S$", &["SGD"]),
    (
        "$",
        &[
            "USD", "ARS", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP", "COP", "CUP",
            "FJD", "GYD", "HKD", "JMD", "KYD", "LRD", "MXN", "NAD", "NZD", "SBD", "SGD", "SRD",
            "TTD", "TWD", "UYU", "XCD",
        ],
    ),
    ("€", &["EUR"]),
    (
        "£",
        &[
            "GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP",
        ],
    ),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("円", &["JPY"]),
    ("元", &["CNY"]),
    ("₹", &["INR"]),
    ("₨", &["INR", "LKR", "MUR", "NPR", "PKR", "SCR"]),
    ("₽", &["RUB"]),
    ("руб.", &["RUB"]),
    ("руб", &["RUB"]),
    ("₩", &["KRW", "KPW"]),
    ("₺", &["TRY"]),
    ("₪", &["ILS"]),
    ("₫", &["VND"]),
    ("₴", &["UAH"]),
    ("₦", &["NGN"]),
    ("₱", &["PHP", "CUP"]),
    ("฿", &["THB"]),
    ("₡", &["CRC"]),
    ("₲", &["PYG"]),
    ("₵", &["GHS"]),
    ("₸", &["KZT"]),
    ("₼", &["AZN"]),
    ("₾", &["GEL"]),
    ("zł", &["PLN"]),
    ("Kč", &["CZK"]),
    ("Ft", &["HUF"]),
    ("kr.", &["DKK", "ISK", "NOK", "SEK"]),
    ("kr", &["DKK", "ISK", "NOK", "SEK"]),
    ("SFr.", &["CHF"]),
    ("SFr", &["CHF"]),
    ("Fr.", &["CHF"]),
    ("Fr", &["CHF"]),
    ("лв.", &["BGN"]),
    ("лв", &["BGN"]),
    ("lei", &["RON", "MDL"]),
    ("Rp", &["IDR"]),
    ("RM", &["MYR"]),
];

/// Codes of ISO 4217 in the order of the alphabet.
const CODES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD",
    "CDF", "CHF", "CLF", "CLP", "CNY", "COP", "CRC", "CUC", "CUP", "CVE", "CZK", "DJF", "DKK",
    "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD",
    "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR",
    "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT",
    "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP",
    "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
    "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SLL", "SOS", "SRD", "SSP", "STN",
    "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH",
    "UGX", "USD", "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF",
    "YER", "ZAR", "ZMW", "ZWL",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn eur() -> Mark {
        Mark::Code(Currency::of_code("EUR").expect("a code"))
    }

    #[test]
    fn codes_are_sorted_and_signs_stand_for_codes() {
        assert!(CODES.is_sorted());
        for code in CODES {
            assert_eq!(Currency::of_code(code).map(Currency::code), Some(*code));
        }
        for (place, (sign, codes)) in SIGNS.iter().enumerate() {
            for code in *codes {
                assert!(CODES.contains(code), "{sign} {code}");
            }
            let hiding = SIGNS
                .iter()
                .take(place)
                .find(|(other, _)| sign.starts_with(other) || sign.ends_with(other));
            assert_eq!(hiding, None, "{sign} is never found");
        }
        assert_eq!(Currency::of_code("eur"), None);
        assert_eq!(Currency::of_code("EURO"), None);
    }

    #[test]
    fn marks_at_both_ends() {
        let one = |found: Option<(Mark, &str)>| {
            found
                .and_then(|(mark, _)| mark.currency())
                .map(Currency::code)
        };
        assert_eq!(leading("EUR 5"), Some((eur(), " 5")));
        assert_eq!(leading("eur5"), Some((eur(), "5")));
        assert_eq!(trailing("5 EUR"), Some((eur(), "5 ")));
        for text in ["EURO 5", "Fritz 5", "5", "", "5 €"] {
            assert_eq!(leading(text), None, "{text}");
        }
        for text in ["5 xUSD", "5 Blei", "5", "", "€ 5"] {
            assert_eq!(trailing(text), None, "{text}");
        }
        assert_eq!(one(leading("US$5")), Some("USD"));
        assert_eq!(one(leading("$5")), None);
        assert_eq!(one(leading("Fr. 5")), Some("CHF"));
        assert_eq!(one(trailing("5 Kč")), Some("CZK"));
        assert_eq!(one(trailing("5 SFr.")), Some("CHF"));
        assert_eq!(one(trailing("5zł")), Some("PLN"));
        assert_eq!(one(trailing("5 kr")), None);
        assert_eq!(trailing("€"), Some((Mark::Sign(&["EUR"]), "")));
    }
}
