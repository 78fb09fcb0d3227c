//! The role of a column whose name says nothing: its values alone, cautiously.

use super::column::Column;
use super::role::{Guess, Role};
use super::shape::Trait;

/// The first rule that holds decides.
struct Rule {
    role: Role,
    /// How sure it is if all values have the trait.
    sure: f32,
    /// What the values say, after their share if there is one.
    says: &'static str,
    /// The trait that enough values must have.
    of: Option<(Trait, f32)>,
    also: fn(&Column<'_>) -> bool,
}

const ALWAYS: fn(&Column<'_>) -> bool = |_| true;

const RULES: &[Rule] = &[
    Rule {
        role: Role::Ignore,
        sure: 0.9,
        says: "it has no values",
        of: None,
        also: |c| c.shape.values == 0,
    },
    Rule {
        role: Role::Email,
        sure: 0.95,
        says: "look like e-mail addresses",
        of: Some((Trait::Email, 0.6)),
        also: ALWAYS,
    },
    Rule {
        role: Role::Ignore,
        sure: 0.9,
        says: "all its values are equal",
        of: None,
        also: |c| c.is_constant(),
    },
    Rule {
        role: Role::Ignore,
        sure: 0.9,
        says: "are web addresses",
        of: Some((Trait::Web, 0.6)),
        also: ALWAYS,
    },
    Rule {
        role: Role::Key,
        sure: 0.8,
        says: "are tokens, another in every record",
        of: Some((Trait::Token, 0.8)),
        also: |c| c.is_key(),
    },
    Rule {
        role: Role::Code,
        sure: 0.5,
        says: "are tokens or hashes",
        of: Some((Trait::Token, 0.8)),
        also: ALWAYS,
    },
    Rule {
        role: Role::Ignore,
        sure: 0.7,
        says: "are dates of something",
        of: Some((Trait::Date, 0.7)),
        also: ALWAYS,
    },
    Rule {
        role: Role::PersonId,
        sure: 0.7,
        says: "look like social security numbers",
        of: Some((Trait::Social, 0.7)),
        also: |c| c.distinct_share() > 0.1,
    },
    Rule {
        role: Role::Phone,
        sure: 0.8,
        says: "look like telephone numbers",
        of: Some((Trait::WholePhone, 0.8)),
        also: |c| c.share(Trait::SeparatedPhone) >= 0.5,
    },
    Rule {
        role: Role::Ignore,
        sure: 0.8,
        says: "are yes or no",
        of: Some((Trait::Flag, 0.9)),
        also: |c| c.seen.distinct <= 4 && c.share(Trait::Gender) < 0.9,
    },
    Rule {
        role: Role::Gender,
        sure: 0.7,
        says: "are words for genders",
        of: Some((Trait::Gender, 0.9)),
        also: |c| c.seen.distinct <= 12,
    },
    Rule {
        role: Role::Ignore,
        sure: 0.7,
        says: "are titles",
        of: Some((Trait::Title, 0.8)),
        also: ALWAYS,
    },
    Rule {
        role: Role::Suffix,
        sure: 0.5,
        says: "are suffixes of names",
        of: Some((Trait::Suffix, 0.9)),
        also: |c| c.share(Trait::Letter) > 0.9,
    },
    Rule {
        role: Role::State,
        sure: 0.6,
        says: "are states",
        of: Some((Trait::State, 0.8)),
        also: |c| c.seen.distinct > 3 && c.share(Trait::State) >= c.share(Trait::Country),
    },
    Rule {
        role: Role::Country,
        sure: 0.6,
        says: "are countries",
        of: Some((Trait::Country, 0.8)),
        also: ALWAYS,
    },
    Rule {
        role: Role::Ignore,
        sure: 0.8,
        says: "are long texts",
        of: Some((Trait::Long, 0.5)),
        also: |c| c.share(Trait::Parts) < 0.5,
    },
    Rule {
        role: Role::Postcode,
        sure: 0.6,
        says: "have the form of postcodes",
        of: Some((Trait::TellingPostcode, 0.8)),
        also: ALWAYS,
    },
    Rule {
        role: Role::Address,
        sure: 0.6,
        says: "look like whole addresses",
        of: Some((Trait::Parts, 0.5)),
        also: |c| c.share(Trait::StreetWord) >= 0.3,
    },
    Rule {
        role: Role::Street,
        sure: 0.6,
        says: "have words of streets",
        of: Some((Trait::StreetWord, 0.4)),
        also: |c| c.seen.distinct > 5,
    },
    Rule {
        role: Role::Street,
        sure: 0.5,
        says: "have a number and a word, as streets do",
        of: Some((Trait::NumberAndWord, 0.6)),
        also: |c| c.share(Trait::StreetWord) >= 0.15,
    },
    Rule {
        role: Role::Ignore,
        sure: 0.7,
        says: "it has few different values",
        of: None,
        also: |c| c.seen.distinct <= 5 && c.seen.filled >= 20,
    },
    Rule {
        role: Role::Company,
        sure: 0.6,
        says: "have words of companies",
        of: Some((Trait::Organisation, 0.15)),
        also: |c| {
            c.share(Trait::Letter) > 0.8
                && c.share(Trait::Given) < 0.3
                && c.share(Trait::OneWord) < 0.8
        },
    },
    Rule {
        role: Role::FullName,
        sure: 0.7,
        says: "are two or three words",
        of: Some((Trait::FewWords, 0.6)),
        also: |c| c.share(Trait::Given) >= 0.3,
    },
    Rule {
        role: Role::LastName,
        sure: 0.6,
        says: "are single words; some of them are the commonest family names",
        of: Some((Trait::OneWord, 0.7)),
        also: |c| c.share(Trait::Family) >= 0.15 && c.share(Trait::Family) > c.share(Trait::Given),
    },
    Rule {
        role: Role::FirstName,
        sure: 0.6,
        says: "are single words; many of them are the commonest given names",
        of: Some((Trait::OneWord, 0.7)),
        also: |c| c.share(Trait::Given) >= 0.3,
    },
    Rule {
        role: Role::Text,
        sure: 0.5,
        says: "are words",
        of: Some((Trait::Name, 0.6)),
        also: ALWAYS,
    },
    Rule {
        role: Role::Key,
        sure: 0.5,
        says: "its values differ in every record",
        of: None,
        also: |c| {
            c.is_key()
                && c.share(Trait::Digit) >= 0.9
                && c.share(Trait::Short).max(c.share(Trait::Document)) >= 0.9
        },
    },
    Rule {
        role: Role::Code,
        sure: 0.4,
        says: "are numbers that recur in few records",
        of: Some((Trait::Integer, 0.8)),
        also: |c| c.distinct_share() >= 0.3,
    },
    Rule {
        role: Role::Ignore,
        sure: 0.6,
        says: "are numbers or amounts",
        of: Some((Trait::Number, 0.8)),
        also: ALWAYS,
    },
    Rule {
        role: Role::Code,
        sure: 0.4,
        says: "are short and have digits",
        of: Some((Trait::Short, 0.8)),
        also: |c| c.share(Trait::Digit) >= 0.6,
    },
    Rule {
        role: Role::Text,
        sure: 0.4,
        says: "are texts",
        of: Some((Trait::Letter, 0.0)),
        also: ALWAYS,
    },
];

/// What the values alone tell.
pub(super) fn by_values(column: &Column<'_>) -> Guess {
    let rule = RULES.iter().find(|rule| {
        let is_enough = rule
            .of
            .is_none_or(|(of, at_least)| column.share(of) >= at_least);
        is_enough && (rule.also)(column)
    });
    let Some(rule) = rule else {
        return Guess::new(Role::Text, 0.2, String::new());
    };
    match rule.of {
        None => Guess::new(rule.role, rule.sure, rule.says.to_owned()),
        Some((of, _)) => {
            let share = column.share(of);
            let percent = (share * 100.0).round();
            let because = format!("{percent}% of its values {}", rule.says);
            // Few values tell little.
            let known = (column.shape.values as f32 / 10.0).clamp(0.3, 1.0);
            Guess::new(rule.role, rule.sure * share.max(0.5) * known, because)
        }
    }
}
