//! Which comparisons are made of columns whose roles are known.

use crate::input::Comparison;
use crate::kind::Kind;
use crate::roles::Role;

/// The columns of a table, and the comparisons made of them so far.
struct Choice<'a> {
    names: &'a [&'a str],
    roles: &'a [Role],
    made: Vec<Comparison>,
}

impl Choice<'_> {
    /// The columns of some roles, by role, then as they stand.
    fn of(&self, wanted: &[Role]) -> Vec<usize> {
        let mut columns = Vec::new();
        for role in wanted {
            let found = self.roles.iter().enumerate().filter(|(_, r)| *r == role);
            columns.extend(found.map(|(column, _)| column));
        }
        columns
    }

    /// Makes a comparison of columns, and tells its index. `None` without columns.
    fn add(&mut self, kind: Kind, columns: Vec<usize>) -> Option<usize> {
        let names: Vec<&str> = columns
            .iter()
            .filter_map(|c| self.names.get(*c).copied())
            .collect();
        if names.is_empty() {
            return None;
        }
        self.made.push(Comparison {
            label: names.join("+"),
            kind,
            columns,
            identifies: false,
            implied_by: None,
            weighs: true,
        });
        Some(self.made.len() - 1)
    }

    /// The same, of a place that another comparison implies.
    fn add_place(&mut self, kind: Kind, column: usize, implied_by: Option<usize>) -> Option<usize> {
        let index = self.add(kind, vec![column])?;
        self.made[index].implied_by = implied_by;
        Some(index)
    }
}

/// The comparisons of columns with these roles; `names` and `roles` are by column.
///
/// All names together are one comparison. A house number belongs to the first line of the address. Addresses imply postcodes, these imply
/// cities, and so on. Keys, and columns that say nothing about who it is, are left out.
pub fn comparisons(names: &[&str], roles: &[Role]) -> Vec<Comparison> {
    let mut choice = Choice {
        names,
        roles,
        made: Vec::new(),
    };
    let whole = [
        Role::FullName,
        Role::FirstName,
        Role::MiddleName,
        Role::LastName,
        Role::Suffix,
    ];
    choice.add(Kind::Name, choice.of(&whole));
    for (role, kind) in [
        (Role::Email, Kind::Email),
        (Role::Phone, Kind::Phone),
        (Role::BirthDate, Kind::Date),
        (Role::Company, Kind::Company),
        (Role::PersonId, Kind::Code),
    ] {
        for column in choice.of(&[role]) {
            if let Some(index) = choice.add(kind, vec![column]) {
                choice.made[index].identifies = role == Role::PersonId;
            }
        }
    }
    let parts = [Role::BirthYear, Role::BirthMonth, Role::BirthDay].map(|part| choice.of(&[part]));
    if let [year, month, day] = &parts
        && let (Some(year), Some(month), Some(day)) = (year.first(), month.first(), day.first())
    {
        choice.add(Kind::Date, vec![*year, *month, *day]);
    } else {
        for column in parts.into_iter().flatten() {
            choice.add(Kind::Code, vec![column]);
        }
    }
    let mut lines = choice.of(&[Role::Street]).into_iter();
    let mut first = choice.of(&[Role::Address, Role::HouseNumber]);
    first.extend(lines.next());
    let mut implied_by = choice.add(Kind::Address, first);
    for line in lines {
        choice.add(Kind::Address, vec![line]);
    }
    for (role, kind) in [
        (Role::Postcode, Kind::Code),
        (Role::City, Kind::Text),
        (Role::State, Kind::Text),
        (Role::Country, Kind::Text),
    ] {
        let mut next = implied_by;
        for (place, column) in choice.of(&[role]).into_iter().enumerate() {
            let made = choice.add_place(kind, column, implied_by);
            if place == 0 {
                next = made;
            }
        }
        implied_by = next;
    }
    for (role, kind) in [
        (Role::Gender, Kind::Text),
        (Role::Code, Kind::Code),
        (Role::Text, Kind::Text),
    ] {
        for column in choice.of(&[role]) {
            choice.add(kind, vec![column]);
        }
    }
    choice.made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_of_a_customer_table() {
        let names = [
            "id", "first", "last", "mail", "no", "street", "zip", "city", "note",
        ];
        let roles = [
            Role::Key,
            Role::FirstName,
            Role::LastName,
            Role::Email,
            Role::HouseNumber,
            Role::Street,
            Role::Postcode,
            Role::City,
            Role::Ignore,
        ];
        let made: Vec<(String, Kind, Option<usize>)> = comparisons(&names, &roles)
            .into_iter()
            .map(|c| (c.label, c.kind, c.implied_by))
            .collect();
        assert_eq!(
            made,
            [
                ("first+last".to_owned(), Kind::Name, None),
                ("mail".to_owned(), Kind::Email, None),
                ("no+street".to_owned(), Kind::Address, None),
                ("zip".to_owned(), Kind::Code, Some(2)),
                ("city".to_owned(), Kind::Text, Some(3)),
            ]
        );
    }
}
