//! A type that a person has chosen: how its values are read then, and how many of them.

use onefold_values::{
    BooleanRules, DateOrder, DateRules, DecimalMark, PhoneFormat, PhoneRules, PostcodeRules,
    TimestampRules, number,
};

use super::answer::{Answer, Context, Guess, Kind, Values};
use super::{GUESSERS, dates};
use crate::choice::TypeChoice;
use crate::words::Role;

/// The column as one of the chosen type. What a guesser of that type finds out, such as the order of day and month, holds.
pub(crate) fn chosen(choice: TypeChoice, values: &Values<'_>, context: &Context) -> Guess {
    let word = choice.word();
    let of = values.texts.len();
    let guess = match word.strip_suffix("_first").and_then(|w| w.rsplit_once('_')) {
        Some((word, first)) => {
            let order = match first {
                "day" => DateOrder::DayFirst,
                _ => DateOrder::MonthFirst,
            };
            dates::in_order(values, order, word == "timestamp")
        }
        None => found(word, values, context).unwrap_or_else(|| plain(word, values)),
    };
    let is_told = guess.options.iter().any(|(key, _)| *key == "on_invalid");
    let reads_all = matches!(guess.name.as_str(), "text" | "json");
    let guess = match is_told || reads_all || guess.fits == of {
        true => guess,
        false => guess.option("on_invalid", "null"),
    };
    Guess {
        note: Some(match guess.note {
            Some(note) => format!("chosen; {note}"),
            None => "chosen".to_owned(),
        }),
        ..guess
    }
}

/// What a guesser makes of the values, told that they are of the type.
fn found(word: &str, values: &Values<'_>, context: &Context) -> Option<Guess> {
    let (kind, role) = match word {
        "integer" => (Kind::Integer, None),
        "decimal" => (Kind::Decimal, Some(Role::Amount)),
        "float" => (Kind::Float, None),
        "boolean" => (Kind::Boolean, Some(Role::Flag)),
        "date" => (Kind::Date, Some(Role::Time)),
        "timestamp" => (Kind::Timestamp, Some(Role::Time)),
        "email" => (Kind::Email, Some(Role::Email)),
        "phone" => (Kind::Phone, Some(Role::Phone)),
        "uuid" => (Kind::Uuid, None),
        "json" => (Kind::Json, None),
        _ => return None,
    };
    let told = Values {
        role,
        words: values.words,
        texts: values.texts.clone(),
        is_whole: values.is_whole,
    };
    GUESSERS
        .iter()
        .find_map(|guesser| match guesser(&told, context) {
            Answer::Is(guess) if guess.kind == kind => Some(guess),
            _ => None,
        })
}

/// The type as it is without options.
fn plain(word: &str, values: &Values<'_>) -> Guess {
    let mut out = String::new();
    let point = DecimalMark::Point;
    let mut count = |reads: &dyn Fn(&str, &mut String) -> bool| {
        values.count_by(|text| {
            out.clear();
            reads(text, &mut out)
        })
    };
    let all = values.texts.len();
    let (kind, name, fits) = match word {
        "integer" => (
            Kind::Integer,
            "integer",
            count(&|t, _| number::parse_integer(t, point).is_ok()),
        ),
        "decimal" => (
            Kind::Decimal,
            "\"decimal(18,4)\"",
            count(&|t, _| number::parse_decimal(t, 18, 4, point).is_ok()),
        ),
        "float" => (
            Kind::Float,
            "float",
            count(&|t, _| number::parse_float(t, point).is_ok()),
        ),
        "boolean" => {
            let rules = BooleanRules::new(&[], &[]);
            let fits = count(&|t, _| rules.parse(t).is_ok());
            (Kind::Boolean, "boolean", fits)
        }
        "date" => {
            let rules = DateRules::new(DateOrder::Undeclared, &[], None).ok();
            let reads = |t: &str| rules.as_ref().is_some_and(|r| r.parse(t).is_ok());
            (Kind::Date, "date", count(&|t, _| reads(t)))
        }
        "timestamp" => {
            let rules = TimestampRules::new(DateOrder::Undeclared, &[], None).ok();
            let reads = |t: &str| rules.as_ref().is_some_and(|r| r.parse(t).is_ok());
            (Kind::Timestamp, "timestamp", count(&|t, _| reads(t)))
        }
        "email" => (
            Kind::Email,
            "email",
            count(&|t, out| onefold_values::email::standardise(t, out).is_ok()),
        ),
        "phone" => {
            let rules = PhoneRules::new(None, PhoneFormat::E164).ok();
            let reads = |t: &str, out: &mut String| {
                rules
                    .as_ref()
                    .is_some_and(|r| r.standardise(t, out).is_ok())
            };
            (Kind::Phone, "phone", count(&reads))
        }
        "person_name" => (
            Kind::PersonName,
            "person_name",
            count(&|t, out| onefold_values::name::standardise(t, out).is_ok()),
        ),
        "uuid" => (
            Kind::Uuid,
            "uuid",
            count(&|t, out| onefold_values::uuid::standardise(t, out).is_ok()),
        ),
        "country" => (
            Kind::Text,
            "country",
            count(&|t, out| onefold_values::country::standardise(t, out).is_ok()),
        ),
        "postcode" => {
            let rules = PostcodeRules::new(None);
            let fits = count(&|t, out| rules.standardise(t, out).is_ok());
            (Kind::Text, "postcode", fits)
        }
        "address" => (
            Kind::Text,
            "address",
            count(&|t, out| onefold_values::address::standardise(t, out).is_ok()),
        ),
        "url" => (
            Kind::Text,
            "url",
            count(&|t, out| onefold_values::url::standardise(t, out).is_ok()),
        ),
        "ip" => (
            Kind::Text,
            "ip",
            count(&|t, out| onefold_values::ip::standardise(t, out).is_ok()),
        ),
        "json" => (Kind::Json, "json", all),
        _ => (Kind::Text, "text", all),
    };
    Guess::new(kind, name, fits, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<'a>(texts: &[&'a str]) -> Values<'a> {
        Values {
            role: None,
            words: &[],
            texts: texts.to_vec(),
            is_whole: true,
        }
    }

    fn as_type(word: &str, texts: &[&str]) -> Guess {
        let choice = TypeChoice::parse(word).expect("a type");
        chosen(choice, &values(texts), &Context::default())
    }

    #[test]
    fn a_chosen_order_settles_what_the_values_leave_open() {
        for (word, format) in [
            ("date_day_first", "\"%d/%m/%Y\""),
            ("date_month_first", "\"%m/%d/%Y\""),
        ] {
            let guess = as_type(word, &["01/02/2024", "03/04/2024"]);
            assert_eq!((guess.kind, guess.fits), (Kind::Date, 2));
            assert_eq!(guess.options, [("formats", format.to_owned())]);
        }
    }

    #[test]
    fn values_that_do_not_fit_become_missing() {
        let guess = as_type("integer", &["1", "x", "3"]);
        assert_eq!((guess.fits, guess.of), (2, 3));
        assert_eq!(guess.options, [("on_invalid", "null".to_owned())]);
        assert_eq!(guess.note.as_deref(), Some("chosen"));
    }

    #[test]
    fn every_type_can_be_chosen_for_anything() {
        for choice in TypeChoice::all() {
            let guess = as_type(choice.word(), &["?", "", "2024-01-01"]);
            assert!(guess.fits <= guess.of, "{choice:?}");
            let stem = choice.word().split("_day").next().expect("a word");
            let stem = stem.split("_month").next().expect("a word");
            assert!(guess.name.contains(stem), "{choice:?}: {}", guess.name);
        }
    }
}
