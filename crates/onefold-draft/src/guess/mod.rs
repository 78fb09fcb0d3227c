//! Which type a column has. A guess tries the product's own rules on the values, and says how many it reads.
//!
//! To add a type: write a [`Guesser`] and put it into [`GUESSERS`]. The first that reads practically all values wins.

mod answer;
mod chosen;
mod contacts;
mod dates;
mod numbers;

use onefold_values::NullTokens;

use crate::words::Role;

use answer::{Answer, has_leading_zero};
pub(crate) use answer::{Context, Guess, Kind, Values};
pub(crate) use chosen::chosen;
pub(crate) use contacts::email_regions;
pub(crate) use dates::order_of;
pub(crate) use numbers::has_decimal_comma;

type Guesser = fn(&Values<'_>, &Context) -> Answer;

/// Tried in this order.
const GUESSERS: &[Guesser] = &[
    contacts::email,
    contacts::phone,
    uuid,
    json,
    identifier,
    boolean,
    dates::moment,
    numbers::number,
    contacts::person_name,
];

/// The values of a column that are there.
pub(crate) fn present(values: &[Option<String>]) -> Vec<&str> {
    let nulls = NullTokens::default();
    let texts = values
        .iter()
        .flatten()
        .map(|text| onefold_values::text::trim(text));
    texts.filter(|text| !nulls.is_null(text)).collect()
}

/// The type of a column.
pub(crate) fn guess(values: &Values<'_>, context: &Context) -> Guess {
    let of = values.texts.len();
    let text = Guess::new(Kind::Text, "text", of, of);
    if of == 0 {
        return text.note("no value in the sample");
    }
    let mut doubt = None;
    for guesser in GUESSERS {
        match guesser(values, context) {
            Answer::Is(found) if is_enough(&found, values) => {
                let rest = found.of - found.fits;
                return match rest {
                    0 => found,
                    _ => found.option("on_invalid", "null"),
                };
            }
            Answer::Is(found) if found.fits * 2 > of && doubt.is_none() => {
                let reason = format!(
                    "{} of {of} sampled values are of type {}: too few to say so",
                    found.fits, found.name
                );
                doubt = Some(reason);
            }
            Answer::Doubt(reason) => doubt = doubt.or(Some(reason)),
            _ => {}
        }
    }
    match doubt {
        Some(reason) => text.note(reason),
        None => text,
    }
}

/// Practically all values are of the type; where the name says the same, the others are dirt.
fn is_enough(guess: &Guess, values: &Values<'_>) -> bool {
    let (fits, of) = (guess.fits, guess.of);
    let is_named = match guess.kind {
        Kind::Email => values.role == Some(Role::Email),
        Kind::Phone => values.role == Some(Role::Phone),
        Kind::Date | Kind::Timestamp => matches!(values.role, Some(Role::Time | Role::BirthDate)),
        Kind::Decimal | Kind::Integer | Kind::Float => values.role == Some(Role::Amount),
        _ => false,
    };
    fits == of
        || is_named && of >= 5 && fits * 100 >= of * 80
        || of >= 200 && fits * 1000 >= of * 995
}

fn uuid(values: &Values<'_>, _: &Context) -> Answer {
    let mut out = String::new();
    let mut reads = |text: &str| {
        out.clear();
        text.contains('-') && onefold_values::uuid::standardise(text, &mut out).is_ok()
    };
    let fits = values.texts.iter().filter(|text| reads(text)).count();
    match fits {
        0 => Answer::No,
        _ => Answer::Is(Guess::new(Kind::Uuid, "uuid", fits, values.texts.len())),
    }
}

fn json(values: &Values<'_>, _: &Context) -> Answer {
    let is_json = |text: &str| {
        text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok()
    };
    match values.all(is_json) {
        true => {
            let of = values.texts.len();
            Answer::Is(Guess::new(Kind::Json, "json", of, of))
        }
        false => Answer::No,
    }
}

/// Identifiers stay as they are written: `007` is not 7.
fn identifier(values: &Values<'_>, _: &Context) -> Answer {
    let of = values.texts.len();
    let text = Guess::new(Kind::Text, "text", of, of);
    match values.role {
        Some(Role::Id | Role::Owner | Role::Session | Role::Postcode) => Answer::Is(text),
        _ if values.any(has_leading_zero)
            && values.all(|text| text.bytes().all(|b| b.is_ascii_digit())) =>
        {
            Answer::Is(text.note("digits with leading zeros"))
        }
        _ => Answer::No,
    }
}

fn boolean(values: &Values<'_>, _: &Context) -> Answer {
    const WORDS: &[&str] = &["true", "false", "yes", "no", "y", "n", "t", "f"];
    const PAIRS: &[(&str, &str)] = &[
        ("ja", "nein"),
        ("oui", "non"),
        ("si", "no"),
        ("sí", "no"),
        ("wahr", "falsch"),
        ("vrai", "faux"),
        ("on", "off"),
    ];
    const OTHERS: &[&str] = &[
        "ja", "nein", "oui", "non", "si", "sí", "on", "off", "j", "x",
    ];
    let of = values.texts.len();
    let is_word = |text: &str| WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    let is_digit = |text: &str| text == "0" || text == "1";
    let is_flag = values.role == Some(Role::Flag);
    let fits = values.count(|text| is_word(text) || is_digit(text));
    if fits == of && (values.any(is_word) || is_flag) {
        return Answer::Is(Guess::new(Kind::Boolean, "boolean", fits, of));
    }
    let is_in = |(yes, no): (&str, &str), text: &str| {
        let text = text.to_lowercase();
        text == yes || text == no
    };
    let mut pairs = PAIRS.iter();
    if let Some(pair) = pairs.find(|pair| values.all(|text| is_in(**pair, text))) {
        let guess = Guess::new(Kind::Boolean, "boolean", of, of);
        let guess = guess.option("true_values", pair.0);
        return Answer::Is(guess.option("false_values", pair.1));
    }
    let is_other = |text: &str| OTHERS.contains(&text.to_lowercase().as_str());
    if values.all(|text| is_other(text) || is_word(text)) {
        return Answer::Doubt(
            "looks like yes and no in words that `boolean` does not read".to_owned(),
        );
    }
    Answer::No
}
