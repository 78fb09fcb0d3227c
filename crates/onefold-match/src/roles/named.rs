//! The role of a column that its declared type decides, or its name as far as its values bear it out.

use super::column::Column;
use super::role::{Declared, Guess, Role};
use super::shape::Trait;
use super::words::Hint;

impl Column<'_> {
    /// The role that the declared type decides, if it does.
    pub(super) fn by_declaration(&self) -> Option<Guess> {
        let declared = self.seen.declared?;
        let named = match self.hint {
            Some(Hint::Is(role)) => Some(role),
            _ => None,
        };
        let name_part = named.filter(|role| {
            matches!(
                role,
                Role::FullName | Role::FirstName | Role::MiddleName | Role::LastName | Role::Suffix
            )
        });
        let of_another = match self.hint {
            Some(Hint::Never) => Some(Role::Ignore),
            // Such as a mother's name, or the country of a birth.
            Some(Hint::Is(Role::Text)) if declared != Declared::Email => Some(Role::Text),
            _ => None,
        };
        let is_birth = named == Some(Role::BirthDate) || self.hint == Some(Hint::Birth);
        let (role, type_name) = match declared {
            Declared::Email => (Role::Email, "an e-mail address"),
            Declared::Phone => (Role::Phone, "a telephone number"),
            Declared::Postcode => (Role::Postcode, "a postcode"),
            Declared::Country => (Role::Country, "a country"),
            Declared::Company => (Role::Company, "a company"),
            Declared::Boolean => (Role::Ignore, "yes or no"),
            Declared::Money => (Role::Ignore, "an amount of money"),
            Declared::Url => (Role::Ignore, "a web address"),
            Declared::Ip => (Role::Ignore, "an IP address"),
            Declared::Date if is_birth => (Role::BirthDate, "a date"),
            Declared::Timestamp if is_birth => (Role::BirthDate, "a timestamp"),
            Declared::Date => (Role::Ignore, "a date"),
            Declared::Timestamp => (Role::Ignore, "a timestamp"),
            Declared::Uuid if self.is_key() => (Role::Key, "a UUID"),
            Declared::Uuid if named == Some(Role::PersonId) => (Role::PersonId, "a UUID"),
            Declared::Uuid => (Role::Code, "a UUID"),
            Declared::Address => match named {
                Some(
                    role @ (Role::Street
                    | Role::Address
                    | Role::HouseNumber
                    | Role::Postcode
                    | Role::City
                    | Role::State
                    | Role::Country),
                ) => (role, "an address"),
                _ => (self.line_or_address(), "an address"),
            },
            Declared::PersonName => match (name_part, self.hint) {
                (Some(role), _) => (role, "a person's name"),
                (None, None) if self.share(Trait::OneWord) > 0.8 => {
                    (self.given_or_family(), "a person's name")
                }
                _ => (Role::FullName, "a person's name"),
            },
            Declared::Number | Declared::Text => return None,
        };
        let role = match (role, of_another) {
            (Role::Ignore | Role::Key | Role::Code, _) | (_, None) => role,
            (_, Some(other)) => other,
        };
        let because = match self.hint {
            Some(_) => format!("declared as {type_name}, named `{}`", self.name()),
            None => format!("declared as {type_name}"),
        };
        Some(Guess::new(role, 0.95, because))
    }

    /// The role that the name hints at, if the values bear it out; otherwise what makes it doubtful, if there is a hint.
    pub(super) fn by_name(&self) -> Result<Guess, Option<String>> {
        let Some(hint) = self.hint else {
            return Err(None);
        };
        let name = self.name();
        let ignored = |confidence: f32| {
            let because = format!("named `{name}`, which says nothing about who it is");
            Ok(Guess::new(Role::Ignore, confidence, because))
        };
        let by_fit = |role: Role, share: f32, at_least: f32, sure: f32| {
            if self.shape.values == 0 {
                return Ok(Guess::new(
                    role,
                    0.3,
                    format!("named `{name}`; it has no values"),
                ));
            }
            let percent = (share * 100.0).round();
            let like = format!("{percent}% of its values look like {}", role.plural());
            match share >= at_least {
                true => Ok(Guess::new(
                    role,
                    sure * (0.6 + 0.4 * share.min(1.0)),
                    format!("named `{name}`; {like}"),
                )),
                false => Err(Some(format!("named `{name}`, but {like}"))),
            }
        };
        let letters = self.share(Trait::Letter);
        match hint {
            Hint::Never => ignored(0.9),
            // A date remains open: it may be of birth if there is no other.
            Hint::Aside | Hint::When => ignored(0.8),
            Hint::Is(role) => {
                if let Some(found) = self.hashed(role) {
                    return Ok(found);
                }
                let role = self.refined(role);
                let (share, at_least) = self.fit(role);
                match self.numbered(role) {
                    Some(found) if share < at_least => Ok(found),
                    _ => by_fit(role, share, at_least, 0.97),
                }
            }
            Hint::Name | Hint::FirstOrFull | Hint::LastOrFull => {
                let share = self.share(Trait::Name);
                match self.numbered(Role::FullName) {
                    Some(found) if share < 0.5 => Ok(found),
                    _ => by_fit(Role::FullName, share, 0.5, 0.8),
                }
            }
            Hint::Address => by_fit(self.line_or_address(), letters, 0.5, 0.9),
            Hint::Birth => match self.share(Trait::Date) >= 0.5 {
                true => by_fit(Role::BirthDate, self.share(Trait::Date), 0.5, 0.9),
                // Such as the place of it.
                false => by_fit(Role::Text, letters, 0.5, 0.7),
            },
            Hint::Employer => match self.share(Trait::Organisation) > 0.15 {
                true => by_fit(Role::Company, letters, 0.5, 0.7),
                false => by_fit(Role::Text, letters, 0.5, 0.7),
            },
            Hint::Title => match self.share(Trait::Title) >= 0.5 {
                true => ignored(0.8),
                false => by_fit(Role::Text, letters, 0.5, 0.7),
            },
            Hint::Number => self.number(),
            Hint::Whoever => match self.share(Trait::FewWords) + self.share(Trait::Given) >= 0.4 {
                true => by_fit(Role::FullName, self.share(Trait::Name), 0.6, 0.7),
                false => Err(None),
            },
            Hint::Thing | Hint::Staff | Hint::Relative => ignored(0.7),
        }
    }

    /// Names with numbers behind them, as made-up ones have: `Person 17`.
    fn numbered(&self, role: Role) -> Option<Guess> {
        let is_name = matches!(
            role,
            Role::FullName | Role::FirstName | Role::MiddleName | Role::LastName
        );
        let words = self.share(Trait::Name) + self.share(Trait::NumberAndWord);
        (is_name && words >= 0.8 && self.share(Trait::StreetWord) < 0.2).then(|| {
            let because = format!(
                "named `{}`; its values are words, many with numbers",
                self.name()
            );
            Guess::new(role, 0.4, because)
        })
    }

    /// Hashes are compared as they are: they are equal or not.
    fn hashed(&self, role: Role) -> Option<Guess> {
        let hashes = self.share(Trait::Token);
        let role = match role {
            Role::Email | Role::Phone | Role::PersonId => Role::PersonId,
            _ => Role::Code,
        };
        (hashes >= 0.8 && self.shape.values > 0).then(|| {
            let percent = (hashes * 100.0).round();
            let because = format!(
                "named `{}`; {percent}% of its values are hashes",
                self.name()
            );
            Guess::new(role, 0.6, because)
        })
    }

    /// The role that the values make of the one that the name says.
    fn refined(&self, role: Role) -> Role {
        match role {
            Role::BirthDate if self.share(Trait::Year) >= 0.8 && self.share(Trait::Date) < 0.2 => {
                Role::BirthYear
            }
            Role::BirthDay if self.share(Trait::Date) >= 0.5 => Role::BirthDate,
            role => role,
        }
    }

    /// The share of the values that fit a role, and how large it must be.
    fn fit(&self, role: Role) -> (f32, f32) {
        let share = |of: Trait| self.share(of);
        let names = (share(Trait::Name) - share(Trait::Token)).max(0.0);
        let is_short_list = self.seen.distinct <= 6 && self.share(Trait::Short) == 1.0;
        match role {
            Role::FullName => (names, 0.5),
            Role::FirstName | Role::MiddleName | Role::LastName => (names, 0.5),
            Role::Suffix => (share(Trait::Suffix), 0.5),
            Role::Email => (share(Trait::Email), 0.6),
            Role::Phone => (share(Trait::Phone), 0.5),
            Role::BirthDate => (share(Trait::Date), 0.5),
            Role::BirthYear => (share(Trait::Year), 0.8),
            Role::BirthMonth => (share(Trait::Month).max(names), 0.8),
            Role::BirthDay => (share(Trait::DayOfMonth), 0.8),
            Role::PersonId if self.distinct_share() < 0.1 => (0.0, 0.5),
            Role::PersonId => (share(Trait::Document), 0.5),
            Role::HouseNumber => (share(Trait::HouseNumber), 0.5),
            Role::Street | Role::Address | Role::Company => {
                (share(Trait::Letter) - share(Trait::Email), 0.5)
            }
            Role::Postcode => (share(Trait::Postcode), 0.5),
            Role::City => (names.max(share(Trait::Letter) - share(Trait::Digit)), 0.6),
            // `state` may be the state of anything.
            Role::State
                if self.seen.filled >= 20
                    && self.seen.distinct <= 5
                    && share(Trait::State) < 0.2 =>
            {
                (share(Trait::State), 0.2)
            }
            Role::State | Role::Country => (names, 0.6),
            Role::Gender if is_short_list => (1.0, 0.6),
            Role::Gender => (share(Trait::Gender), 0.6),
            Role::Text
                if share(Trait::Long) > 0.5 || share(Trait::Flag) > 0.8 || self.is_constant() =>
            {
                (0.0, 0.5)
            }
            Role::Text => (share(Trait::Letter).max(share(Trait::Date)), 0.5),
            Role::Key | Role::Code | Role::Ignore => (1.0, 0.0),
        }
    }

    /// A number of something: of the record, if each has its own.
    fn number(&self) -> Result<Guess, Option<String>> {
        let name = self.name();
        let holds_numbers = self.share(Trait::Digit).max(self.share(Trait::Token)) >= 0.5;
        let is_reachable =
            self.share(Trait::Email) >= 0.6 || self.share(Trait::SeparatedPhone) >= 0.8;
        if is_reachable {
            return Err(None);
        }
        if self.is_key() {
            let because = format!("named `{name}`; its values differ in every record");
            return Ok(Guess::new(Role::Key, 0.9, because));
        }
        if self.is_constant() || !holds_numbers && self.shape.values > 0 {
            return Err(None);
        }
        Ok(Guess::new(
            Role::Code,
            0.6,
            format!("named `{name}`; its values recur or are missing"),
        ))
    }
}
