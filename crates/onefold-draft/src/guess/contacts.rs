//! E-mail addresses, telephone numbers, names of people.

use onefold_values::{PhoneFormat, PhoneRules};

use super::answer::{Answer, Context, Guess, Kind, Region, Values};
use crate::words::Role;

/// Regions with the code of their numbers and the ends of their e-mail addresses.
const REGIONS: &[(&str, &str, &[&str])] = &[
    ("DE", "+49", &[".de"]),
    ("AT", "+43", &[".at"]),
    ("CH", "+41", &[".ch"]),
    ("GB", "+44", &[".uk"]),
    ("FR", "+33", &[".fr"]),
    ("IT", "+39", &[".it"]),
    ("ES", "+34", &[".es"]),
    ("PT", "+351", &[".pt"]),
    ("NL", "+31", &[".nl"]),
    ("BE", "+32", &[".be"]),
    ("DK", "+45", &[".dk"]),
    ("SE", "+46", &[".se"]),
    ("NO", "+47", &[".no"]),
    ("FI", "+358", &[".fi"]),
    ("PL", "+48", &[".pl"]),
    ("CZ", "+420", &[".cz"]),
    ("IE", "+353", &[".ie"]),
    ("AU", "+61", &[".au"]),
    ("NZ", "+64", &[".nz"]),
    ("BR", "+55", &[".br"]),
    ("MX", "+52", &[".mx"]),
    ("JP", "+81", &[".jp"]),
    ("IN", "+91", &[".in"]),
    ("US", "+1", &[".us"]),
];

/// Words of German, whose speakers call a telephone so.
const GERMAN: &[&str] = &[
    "telefon",
    "handy",
    "telefonnummer",
    "handynummer",
    "mobilnummer",
    "rufnummer",
    "festnetz",
    "mobiltelefon",
];

/// What the e-mail addresses of a source say about where its people are.
pub(crate) fn email_regions<'a>(addresses: impl Iterator<Item = &'a str> + Clone) -> Vec<Region> {
    let all = addresses.clone().count();
    let found = REGIONS.iter().filter_map(|(code, _, ends)| {
        let is_there = |address: &&str| {
            ends.iter()
                .any(|end| address.to_ascii_lowercase().ends_with(end))
        };
        let count = addresses.clone().filter(is_there).count();
        // A few are strangers.
        let ends = ends.first().copied().unwrap_or_default();
        (count * 10 >= all.max(1)).then(|| Region {
            code,
            why: format!("{count} of {all} e-mail addresses end in {ends}"),
            count,
        })
    });
    found.collect()
}

pub(super) fn email(values: &Values<'_>, _: &Context) -> Answer {
    let mut out = String::new();
    let mut fits = 0;
    for text in &values.texts {
        out.clear();
        fits += usize::from(
            text.contains('@') && onefold_values::email::standardise(text, &mut out).is_ok(),
        );
    }
    match fits {
        0 => Answer::No,
        _ => Answer::Is(Guess::new(Kind::Email, "email", fits, values.texts.len())),
    }
}

pub(super) fn phone(values: &Values<'_>, context: &Context) -> Answer {
    let of = values.texts.len();
    let is_named = values.role == Some(Role::Phone);
    let plus = values.count(|text| text.starts_with('+'));
    if !is_named && plus < of {
        return Answer::No;
    }
    let alone = fits(values, None);
    if alone == of {
        return Answer::Is(Guess::new(Kind::Phone, "phone", of, of));
    }
    if !is_named {
        return Answer::No;
    }
    let Some(region) = region(values, context) else {
        return match fits(values, Some("US")) + fits(values, Some("DE")) {
            0 => Answer::No,
            _ => Answer::Doubt(
                "telephone numbers without a country code; say where they are from: `{type: phone, region: DE}`".to_owned(),
            ),
        };
    };
    let here = fits(values, Some(region.code));
    let guess = Guess::new(Kind::Phone, "phone", here, of).option("region", region.code);
    Answer::Is(guess.note(format!("the region is a guess: {}", region.why)))
}

fn fits(values: &Values<'_>, region: Option<&str>) -> usize {
    let Ok(rules) = PhoneRules::new(region, PhoneFormat::E164) else {
        return 0;
    };
    let mut out = String::new();
    let mut count = 0;
    for text in &values.texts {
        out.clear();
        count += usize::from(rules.standardise(text, &mut out).is_ok());
    }
    count
}

/// Where numbers without a country code are from: as those with one, as the e-mail addresses beside them, by the shape of the numbers, by
/// the language of the column's name.
fn region(values: &Values<'_>, context: &Context) -> Option<Region> {
    let mut found: Vec<Region> = Vec::new();
    for (code, prefix, _) in REGIONS {
        let zeros = prefix.replace('+', "00");
        let count = values.count(|text| text.starts_with(prefix) || text.starts_with(&zeros));
        if count > 0 {
            let why = format!("{count} of its numbers begin with {prefix}");
            found.push(Region { code, why, count });
        }
    }
    // The longest count wins; of equal ones the first.
    let most = |list: &[Region]| list.iter().rev().max_by_key(|region| region.count).cloned();
    if let Some(region) = most(&found).or_else(|| most(&context.regions)) {
        return Some(region);
    }
    if values
        .words
        .iter()
        .any(|word| GERMAN.contains(&word.as_str()))
        && values.any(|text| text.starts_with(['0', '(']))
    {
        let why = "the column has a German name".to_owned();
        return Some(Region {
            code: "DE",
            why,
            count: 0,
        });
    }
    let local = values.texts.iter().filter(|text| !text.starts_with('+'));
    let (all, alike) = local.fold((0, 0), |(all, alike), text| {
        (all + 1, alike + usize::from(is_north_american(text)))
    });
    (all > 0 && alike * 100 >= all * 90).then(|| Region {
        code: "US",
        why: "its numbers have the shape of North American ones".to_owned(),
        count: 0,
    })
}

fn is_north_american(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let national = match digits.as_slice() {
        [b'1', rest @ ..] if rest.len() == 10 => rest,
        all => all,
    };
    matches!(national.len(), 7 | 10) && matches!(national.first(), Some(b'2'..=b'9'))
}

/// Names of people: only where the column's name says so, and for a plain `name` only among people.
pub(super) fn person_name(values: &Values<'_>, context: &Context) -> Answer {
    let is_name = match values.role {
        Some(Role::FirstName | Role::LastName) => true,
        Some(Role::FullName) => context.is_people,
        _ => false,
    };
    if !is_name {
        return Answer::No;
    }
    let mut out = String::new();
    let mut fits = 0;
    for text in &values.texts {
        out.clear();
        fits += usize::from(onefold_values::name::standardise(text, &mut out).is_ok());
    }
    Answer::Is(Guess::new(
        Kind::PersonName,
        "person_name",
        fits,
        values.texts.len(),
    ))
}
