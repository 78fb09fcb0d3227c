//! What the columns of a table tell of each other.

use super::column::Column;
use super::header::words;
use super::role::{Declared, Role};
use super::shape::Trait;
use super::words::Hint;

/// Corrects the roles that the columns have each by itself.
pub(super) fn correct(columns: &mut [Column<'_>]) {
    birth_parts(columns);
    open_names(columns);
    organisations(columns);
    births(columns);
    lines(columns);
    house_numbers(columns);
    family_beside_given(columns);
    postcodes_beside_places(columns);
}

fn has(columns: &[Column<'_>], role: Role) -> bool {
    columns.iter().any(|column| column.guess.role == role)
}

/// The first column of this role near another column; the one after it first.
fn beside(columns: &[Column<'_>], at: usize, is: impl Fn(&Column<'_>) -> bool) -> Option<usize> {
    let near = [at.checked_add(1), at.checked_sub(1)];
    near.into_iter()
        .flatten()
        .find(|at| columns.get(*at).is_some_and(&is))
}

/// `by`, `bm`, `bd` together are year, month and day of a birth.
fn birth_parts(columns: &mut [Column<'_>]) {
    let parts = [
        ("by", Role::BirthYear, Trait::Year),
        ("bm", Role::BirthMonth, Trait::Month),
        ("bd", Role::BirthDay, Trait::DayOfMonth),
    ];
    let found = parts.map(|(name, _, of)| {
        columns
            .iter()
            .position(|column| words(column.seen.name).concat() == name && column.share(of) >= 0.9)
    });
    if found.iter().any(Option::is_none) {
        return;
    }
    for (at, (_, role, _)) in found.into_iter().flatten().zip(parts) {
        if let Some(column) = columns.get_mut(at) {
            column.hint = Some(Hint::Is(role));
            column.change(
                role,
                0.8,
                "beside it are the other parts of a date of birth",
            );
        }
    }
}

/// Which part of a name `name`, `nom`, `nombre` hold: what the columns beside them leave.
fn open_names(columns: &mut [Column<'_>]) {
    let has_given = has(columns, Role::FirstName);
    let has_family = has(columns, Role::LastName);
    for column in columns {
        let Some(hint @ (Hint::Name | Hint::FirstOrFull | Hint::LastOrFull)) = column.hint else {
            continue;
        };
        let (is_open, is_one_word) = (
            column.guess.role == Role::FullName,
            column.share(Trait::OneWord) >= 0.6,
        );
        if !is_open {
            continue;
        }
        // Of an account, the name is the company's if it does not seem a person's.
        let is_account = words(column.name())
            .iter()
            .any(|word| word.starts_with("acc"));
        let seems_company = column.share(Trait::Organisation) > 0.1
            || is_account
                && column.share(Trait::Given) < 0.1
                && column.share(Trait::FewWords) < 0.6;
        match (has_given, has_family) {
            (true, false) if is_one_word || hint == Hint::LastOrFull => {
                column.change(
                    Role::LastName,
                    0.8,
                    "given names have a column of their own",
                );
            }
            (false, true) if is_one_word || hint == Hint::FirstOrFull => {
                column.change(
                    Role::FirstName,
                    0.8,
                    "family names have a column of their own",
                );
            }
            (true, true)
                if hint == Hint::Name && seems_company && column.seen.declared.is_none() =>
            {
                column.change(
                    Role::Company,
                    0.5,
                    "names of persons have columns of their own",
                );
            }
            _ => {}
        }
    }
}

/// In a table without other names and without births, a `name` may be an organisation's.
fn organisations(columns: &mut [Column<'_>]) {
    let is_of_persons = columns.iter().any(|column| match column.guess.role {
        Role::FirstName
        | Role::LastName
        | Role::MiddleName
        | Role::BirthDate
        | Role::BirthYear
        | Role::Gender => true,
        Role::FullName => column.hint != Some(Hint::Name),
        _ => false,
    });
    if is_of_persons {
        return;
    }
    for column in columns {
        let is_open = column.guess.role == Role::FullName && column.seen.declared.is_none();
        let organisation = column.share(Trait::Organisation);
        let is_unlike_persons = column.share(Trait::FewWords) < 0.6
            && column.share(Trait::Given) < 0.3
            && column.shape.values > 4;
        if is_open && (organisation > 0.15 || is_unlike_persons) {
            let because = match organisation > 0.15 {
                true => "many of its values have words of companies",
                false => "few of its values look like names of persons",
            };
            column.change(Role::Company, 0.6, because);
        }
    }
}

/// The only date of a table may be of birth, if its years are spread as births are. Among other dates it needs names of persons
/// beside it, and a wider spread than any of them.
fn births(columns: &mut [Column<'_>]) {
    let of_persons = has(columns, Role::FirstName) || has(columns, Role::FullName);
    let is_date = |column: &&mut Column<'_>| {
        column.share(Trait::Date) >= 0.7
            || matches!(
                column.seen.declared,
                Some(Declared::Date | Declared::Timestamp)
            )
            || column.guess.role == Role::BirthDate
    };
    let mut dates: Vec<&mut Column<'_>> = columns.iter_mut().filter(is_date).collect();
    let spread = |column: &Column<'_>| column.shape.years().map_or(0, |(first, last)| last - first);
    let widest = (0..dates.len()).max_by_key(|at| dates.get(*at).map(|column| spread(column)));
    let is_alone = dates.len() == 1;
    let rest = dates.iter().map(|column| spread(column));
    let is_widest = rest.filter(|years| *years >= 15).count() == 1;
    let Some(column) = widest.and_then(|at| dates.get_mut(at)) else {
        return;
    };
    let is_open =
        matches!(column.hint, None | Some(Hint::When)) && column.guess.role == Role::Ignore;
    let is_told_apart = is_alone
        || is_widest
            && of_persons
            && column.hint.is_none()
            && column.seen.declared.is_none()
            && spread(column) >= 25;
    let in_range = column
        .shape
        .years()
        .is_some_and(|(first, last)| first >= 1900 && last <= 2030 && last - first >= 15);
    let is_day = column.share(Trait::TimeOfDay) < 0.05 && column.share(Trait::NewYear) <= 0.2;
    if is_open && is_told_apart && in_range && is_day && column.shape.values > 2 {
        let (sure, because) = match is_alone {
            true => (
                0.5,
                "the only dates of the table, of years as people are born in",
            ),
            false => (
                0.4,
                "of years as people are born in, unlike the other dates",
            ),
        };
        column.change(Role::BirthDate, sure, because);
    }
}

/// Where postcode and town have columns of their own, an address is a line.
fn lines(columns: &mut [Column<'_>]) {
    if !has(columns, Role::Postcode) || !has(columns, Role::City) {
        return;
    }
    let open = |column: &&mut Column<'_>| {
        column.hint == Some(Hint::Address) && column.guess.role == Role::Address
    };
    for column in columns.iter_mut().filter(open) {
        column.change(
            Role::Street,
            0.8,
            "postcode and town have columns of their own",
        );
    }
}

/// A number beside a street without numbers.
fn house_numbers(columns: &mut [Column<'_>]) {
    if has(columns, Role::HouseNumber) {
        return;
    }
    let is_bare =
        |column: &Column<'_>| column.guess.role == Role::Street && column.share(Trait::Digit) < 0.3;
    let numbers = (0..columns.len()).filter(|at| {
        let Some(column) = columns.get(*at) else {
            return false;
        };
        let is_open = column.hint == Some(Hint::Number) || column.is_by_values;
        is_open
            && !column.is_key()
            && column.share(Trait::HouseNumber) >= 0.9
            && column.share(Trait::Date) < 0.1
    });
    let found = numbers
        .into_iter()
        .find(|at| beside(columns, *at, is_bare).is_some());
    if let Some(column) = found.and_then(|at| columns.get_mut(at)) {
        let sure = if column.hint.is_some() { 0.8 } else { 0.5 };
        column.change(
            Role::HouseNumber,
            sure,
            "short numbers beside streets without numbers",
        );
    }
}

/// Single words of unknown meaning beside given names are family names.
fn family_beside_given(columns: &mut [Column<'_>]) {
    if has(columns, Role::LastName) {
        return;
    }
    let Some(given) = columns
        .iter()
        .position(|column| column.guess.role == Role::FirstName)
    else {
        return;
    };
    let given_names = columns.get(given).map_or(0, |column| column.seen.distinct);
    let is_open = |column: &Column<'_>| {
        column.hint.is_none()
            && column.guess.role == Role::Text
            && column.share(Trait::OneWord) >= 0.7
            && column.seen.distinct > 3
            && column.seen.distinct >= given_names / 2
    };
    if let Some(column) = beside(columns, given, is_open).and_then(|at| columns.get_mut(at)) {
        column.change(Role::LastName, 0.5, "single words beside given names");
    }
}

/// Numbers of a postcode's length near towns, states or streets; words beside a postcode or before a state.
fn postcodes_beside_places(columns: &mut [Column<'_>]) {
    let is_place = |column: &Column<'_>| {
        matches!(
            column.guess.role,
            Role::City | Role::State | Role::Street | Role::Address | Role::Country
        )
    };
    if !has(columns, Role::Postcode) {
        let found = (0..columns.len()).find(|at| {
            let Some(column) = columns.get(*at) else {
                return false;
            };
            let is_open = column.is_by_values && column.hint.is_none() && !column.is_key();
            let is_number = matches!(column.guess.role, Role::Code | Role::Ignore)
                && column.share(Trait::Postcode) >= 0.9
                && column.share(Trait::Date) < 0.5
                && column.seen.distinct > 5;
            let near = columns.get(at.saturating_sub(2)..columns.len().min(at + 3));
            is_open && is_number && near.unwrap_or_default().iter().any(is_place)
        });
        if let Some(column) = found.and_then(|at| columns.get_mut(at)) {
            column.change(
                Role::Postcode,
                0.45,
                "numbers of the length of postcodes, near places",
            );
        }
    }
    if has(columns, Role::City) {
        return;
    }
    let is_open = |column: &Column<'_>| {
        column.hint.is_none() && column.guess.role == Role::Text && column.share(Trait::Name) >= 0.8
    };
    let is_region = |column: &Column<'_>| {
        matches!(column.guess.role, Role::Postcode | Role::State) && column.hint.is_none()
    };
    let found = (0..columns.len()).find(|at| {
        columns.get(*at).is_some_and(is_open) && beside(columns, *at, is_region).is_some()
    });
    if let Some(column) = found.and_then(|at| columns.get_mut(at)) {
        column.change(Role::City, 0.4, "words beside postcodes or states");
    }
}
