//! The field types: their names, what they do, and which options of a field belong to them.

use onefold_values::{NameOrder, Pivot};

use crate::model::{DateOrder, PhoneFormat, Type};
use crate::nearest::nearest;
use crate::scalar::InvalidScalar;

/// A field type.
#[derive(Debug)]
pub(crate) struct TypeDef {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// Those of [`TYPE_OPTIONS`] that it takes.
    pub(crate) options: &'static [&'static str],
}

/// Keys of a field that only some types take.
pub(crate) const TYPE_OPTIONS: &[&str] = &[
    "region",
    "format",
    "formats",
    "order",
    "pivot",
    "true_values",
    "false_values",
    "currency",
    "decimal_comma",
    "min",
    "max",
    "pattern",
    "one_of",
    "default",
];

/// Most digits of a decimal.
const MAX_PRECISION: u8 = 38;

const NUMBER: &[&str] = &["decimal_comma", "min", "max", "one_of", "default"];
const TIME: &[&str] = &[
    "formats", "pivot", "order", "min", "max", "one_of", "default",
];
const TEXT: &[&str] = &["pattern", "one_of", "default"];

/// All types, in the order of the reference.
pub(crate) static TYPES: &[TypeDef] = &[
    TypeDef {
        name: "text",
        doc: "Text as it stands, outer white space removed.",
        options: TEXT,
    },
    TypeDef {
        name: "integer",
        doc: "A 64-bit whole number: `42`, `-7`, `+7`, with commas between all groups of three digits (`1,234`) or none, as a decimal without fraction (`5.0`), in scientific notation where it is whole (`1.5e3`). Digits are ASCII.",
        options: NUMBER,
    },
    TypeDef {
        name: "float",
        doc: "A 64-bit binary floating point number, written as an integer or a decimal: the nearest to `0.1`, `1,234.5`, `-2e-3`. `nan` and `inf` are not numbers.",
        options: NUMBER,
    },
    TypeDef {
        name: "decimal",
        doc: "An exact number, written `decimal(12,2)`: 12 digits (at most 38), 2 of them after the point; nothing is rounded. Reads what an integer may be, fractions (`1,234.50`, `.5`), one currency symbol before or after it, which is dropped (`$5`, `5 €`; a column must have one currency), and negative amounts as accounts write them (`(5)`, `5-`). Not percentages or currency codes.",
        options: NUMBER,
    },
    TypeDef {
        name: "money",
        doc: "An exact amount, `money` for 18 digits with 2 of them after the mark, or `money(12,3)`, with its `currency`: a code of ISO 4217 or a sign before or after the number (`196,50 €`, `EUR 1.234,56`, `$12.00`, `CHF 1'234.50`, `5,-`), negative as of a `decimal`. Amounts in another currency are rejected (`other_currency`). Where `decimal_comma` does not say which mark is before the fraction, each amount shows it; one that could be two numbers (`1.234`) is rejected (`ambiguous_amount`).",
        options: &[
            "currency",
            "decimal_comma",
            "min",
            "max",
            "one_of",
            "default",
        ],
    },
    TypeDef {
        name: "currency",
        doc: "The code of the currency that stands beside an amount, or alone: `EUR` of `196,50 €`. A sign of several currencies (`$`) is rejected.",
        options: TEXT,
    },
    TypeDef {
        name: "boolean",
        doc: "true/false, yes/no, y/n, t/f, 1/0, or the words of `true_values` and `false_values` instead.",
        options: &["true_values", "false_values", "one_of", "default"],
    },
    TypeDef {
        name: "date",
        doc: "A calendar date, years 1 to 9999: in `formats`, or without them the year first (`2024-01-31`, `20240131`, `2024/1/31`), the month as an English word (`31 Jan 2024`), or numbers with the year last that have one reading (`31/12/2024`). A time behind it is checked and dropped, whatever its offset.",
        options: TIME,
    },
    TypeDef {
        name: "timestamp",
        doc: "A moment in microseconds, UTC, years 1 to 9999: as a `date`, with a time and an offset or without; finer digits are cut. Without an offset it is local time of the source's `timezone`: a time that came twice when clocks went back is the first, one that was skipped is rejected.",
        options: TIME,
    },
    TypeDef {
        name: "uuid",
        doc: "RFC 9562, lower case with hyphens.",
        options: TEXT,
    },
    TypeDef {
        name: "email",
        doc: "An e-mail address, lower case.",
        options: TEXT,
    },
    TypeDef {
        name: "phone",
        doc: "A telephone number.",
        options: &["region", "format", "pattern", "one_of", "default"],
    },
    TypeDef {
        name: "person_name",
        doc: "A person's full name in title case, given names first: `Müller, Anna` is `Anna Müller`, where both sides of the one comma look like names and what follows it is more than a title or letters after a name (`Jane Doe, PhD`).",
        options: &["order", "pattern", "one_of", "default"],
    },
    TypeDef {
        name: "country",
        doc: "A country, as its code of two letters in ISO 3166-1: `DE` of `de`, `DEU`, `276`, `Germany`, `Deutschland`, `Allemagne`. Names of several countries (`Korea`) and slips of the pen are rejected; `XK` is Kosovo.",
        options: TEXT,
    },
    TypeDef {
        name: "postcode",
        doc: "A postcode in capitals, with the blank or hyphen that its country writes: `TQ13 8DF` of `tq138df`, `1234 AB` of `1234ab`. Digits stay as they are; a leading zero that a spreadsheet took is not put back. With a `region`, the postcode must have the form of that country, and a prefix for the country (`D-12345`) goes.",
        options: &["region", "pattern", "one_of", "default"],
    },
    TypeDef {
        name: "url",
        doc: "The address of a web page or file, as the URL standard writes it: `https://example.com/A` of `Example.com/A`. Scheme and host are in lower case, an international host in ASCII; the usual port is left out. Without a scheme it gets `https://`, where the host has a dot and a top-level domain.",
        options: TEXT,
    },
    TypeDef {
        name: "ip",
        doc: "An IPv4 address, or an IPv6 address as RFC 5952 writes it: `2001:db8::1` of `2001:0DB8:0:0:0:0:0:1`. Without brackets, port, zone and length of a prefix.",
        options: TEXT,
    },
    TypeDef {
        name: "address",
        doc: "A street line, or a whole postal address, written one way: `123 Main St, Apt 4` of `123 MAIN STREET APT. 4`. Common English street words are abbreviated as the US Postal Service has them, German `-straße` as `-str.`; parts are apart by commas, the unit within a house is a part of its own. No word and no digit is added, dropped or corrected.",
        options: TEXT,
    },
    TypeDef {
        name: "company",
        doc: "The name of a company, with its legal form at the end in the usual spelling: `ACME steel Inc.` of `ACME steel, INC`. The name keeps its capitals.",
        options: TEXT,
    },
    TypeDef {
        name: "json",
        doc: "Any JSON value, kept as its text.",
        options: &[],
    },
];

/// What the types are called elsewhere.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("string", "text"),
    ("str", "text"),
    ("varchar", "text"),
    ("int", "integer"),
    ("bigint", "integer"),
    ("int64", "integer"),
    ("long", "integer"),
    ("double", "float"),
    ("real", "float"),
    ("float64", "float"),
    ("number", "decimal(12,2)"),
    ("numeric", "decimal(12,2)"),
    ("bool", "boolean"),
    ("datetime", "timestamp"),
    ("time", "timestamp"),
    ("mail", "email"),
    ("telephone", "phone"),
    ("name", "person_name"),
    ("zip", "postcode"),
    ("zipcode", "postcode"),
    ("postalcode", "postcode"),
    ("uri", "url"),
    ("website", "url"),
    ("link", "url"),
    ("inet", "ip"),
    ("ipv4", "ip"),
    ("ipv6", "ip"),
    ("street", "address"),
    ("organisation", "company"),
    ("organization", "company"),
    ("object", "json"),
];

/// A type by its name, with the options that a field may then change, and its entry in [`TYPES`].
pub(crate) fn parse(text: &str) -> Result<(Type, &'static TypeDef), InvalidScalar> {
    let (name, arguments) = match text.split_once('(') {
        Some((name, arguments)) => (name.trim_end(), Some(arguments)),
        None => (text, None),
    };
    let def = TYPES
        .iter()
        .find(|def| def.name == name)
        .ok_or_else(|| unknown(name))?;
    let ty = match (def.name, arguments) {
        ("decimal", arguments) => {
            let (precision, scale) = digits("decimal", arguments)?;
            Type::Decimal { precision, scale }
        }
        ("money", arguments) => {
            let (precision, scale) = match arguments {
                None => (18, 2),
                Some(_) => digits("money", arguments)?,
            };
            Type::Money {
                precision,
                scale,
                currency: None,
            }
        }
        (_, Some(_)) => {
            return Err(InvalidScalar::new(format!(
                "not a type: `{}` has nothing in parentheses",
                def.name
            )));
        }
        ("integer", None) => Type::Integer,
        ("float", None) => Type::Float,
        ("currency", None) => Type::Currency,
        ("boolean", None) => Type::Boolean {
            true_values: Vec::new(),
            false_values: Vec::new(),
        },
        ("date", None) => Type::Date {
            order: DateOrder::Undeclared,
            formats: Vec::new(),
            pivot: Pivot::default(),
        },
        ("timestamp", None) => Type::Timestamp {
            order: DateOrder::Undeclared,
            formats: Vec::new(),
            pivot: Pivot::default(),
        },
        ("uuid", None) => Type::Uuid,
        ("email", None) => Type::Email,
        ("phone", None) => Type::Phone {
            region: None,
            format: PhoneFormat::E164,
        },
        ("person_name", None) => Type::PersonName {
            order: NameOrder::Undeclared,
        },
        ("country", None) => Type::Country,
        ("postcode", None) => Type::Postcode { region: None },
        ("url", None) => Type::Url,
        ("ip", None) => Type::Ip,
        ("address", None) => Type::Address,
        ("company", None) => Type::Company,
        ("json", None) => Type::Json,
        _ => Type::Text,
    };
    Ok((ty, def))
}

/// The entry of a type in [`TYPES`].
pub(crate) fn def_of(ty: &Type) -> Option<&'static TypeDef> {
    let name = match ty {
        Type::Text => "text",
        Type::Integer => "integer",
        Type::Float => "float",
        Type::Decimal { .. } => "decimal",
        Type::Money { .. } => "money",
        Type::Currency => "currency",
        Type::Boolean { .. } => "boolean",
        Type::Date { .. } => "date",
        Type::Timestamp { .. } => "timestamp",
        Type::Uuid => "uuid",
        Type::Email => "email",
        Type::Phone { .. } => "phone",
        Type::PersonName { .. } => "person_name",
        Type::Country => "country",
        Type::Postcode { .. } => "postcode",
        Type::Url => "url",
        Type::Ip => "ip",
        Type::Address => "address",
        Type::Company => "company",
        Type::Json => "json",
    };
    TYPES.iter().find(|def| def.name == name)
}

fn unknown(name: &str) -> InvalidScalar {
    let invalid = InvalidScalar::new("not a type");
    let folded = name.to_lowercase();
    let other = OTHER_NAMES
        .iter()
        .find(|(other, _)| *other == folded)
        .map(|(_, ours)| *ours);
    match other.or_else(|| nearest(name, TYPES.iter().map(|def| def.name))) {
        Some(near) => invalid.with_hint(format!("did you mean `{near}`?")),
        None => {
            let names: Vec<&str> = TYPES.iter().map(|def| def.name).collect();
            invalid.with_hint(format!("the types are {}", names.join(", ")))
        }
    }
}

/// Digits in all and after the point.
fn digits(name: &str, arguments: Option<&str>) -> Result<(u8, u8), InvalidScalar> {
    let wrong = || {
        InvalidScalar::new(format!("a {name} without its digits")).with_hint(format!(
            "write `{name}(12,2)`: 12 digits, 2 of them after the point"
        ))
    };
    let arguments = arguments.ok_or_else(wrong)?;
    let Some(digits) = arguments.strip_suffix(')') else {
        // In a flow mapping the comma of `decimal(12,2)` ends the value.
        return Err(InvalidScalar::new(format!("an unfinished {name}"))
            .with_hint(format!("put the type in quotes: `\"{name}(12,2)\"`")));
    };
    let (precision, scale) = digits.split_once(',').unwrap_or((digits, "0"));
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let (Some(precision), Some(scale)) = (number(precision), number(scale)) else {
        return Err(wrong());
    };
    match (u8::try_from(precision), u8::try_from(scale)) {
        (Ok(precision), Ok(scale))
            if (1..=MAX_PRECISION).contains(&precision) && scale <= precision =>
        {
            Ok((precision, scale))
        }
        _ if scale > precision => Err(InvalidScalar::new(format!(
            "a {name} with more digits after the point than in all"
        ))),
        _ => Err(InvalidScalar::new(format!(
            "a {name} that does not have 1 to {MAX_PRECISION} digits"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_name() {
        for def in TYPES {
            let text = if def.name == "decimal" {
                "decimal(12,2)"
            } else {
                def.name
            };
            assert_eq!(parse(text).map(|(_, found)| found.name), Ok(def.name));
            let ty = parse(text).map(|(ty, _)| ty).expect("a type");
            assert_eq!(def_of(&ty).map(|found| found.name), Some(def.name));
            assert!(
                def.options
                    .iter()
                    .all(|option| TYPE_OPTIONS.contains(option)),
                "{}",
                def.name
            );
        }
        for (_, ours) in OTHER_NAMES {
            assert!(parse(ours).is_ok(), "{ours}");
        }
        assert_eq!(parse("text").map(|(ty, _)| ty), Ok(Type::Text));
        assert!(matches!(
            parse("person_name").map(|(ty, _)| ty),
            Ok(Type::PersonName { .. })
        ));
    }

    #[test]
    fn decimals() {
        let cases = [
            ("decimal(12,2)", Some((12, 2))),
            ("decimal( 38 , 38 )", Some((38, 38))),
            ("decimal(5)", Some((5, 0))),
            ("decimal(39,2)", None),
            ("decimal(0,0)", None),
            ("decimal(2,3)", None),
            ("decimal(300,2)", None),
            ("decimal(12", None),
            ("decimal()", None),
            ("decimal", None),
            ("text(5)", None),
            ("money()", None),
            ("money(2,3)", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(precision, scale)| Type::Decimal { precision, scale });
            assert_eq!(parse(text).ok().map(|(ty, _)| ty), expected, "{text}");
        }
    }
}
