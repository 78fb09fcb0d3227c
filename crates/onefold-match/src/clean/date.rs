//! Days, written `YYYYMMDD`.

/// How a column writes days of numbers where the year is last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum DayOrder {
    /// `12/31/1999`
    #[default]
    MonthFirst,
    /// `31/12/1999`
    DayFirst,
}

/// How the values of a column write days: a number above 12 tells.
pub(crate) fn day_order<'a>(values: impl Iterator<Item = &'a str>) -> DayOrder {
    let (mut day_first, mut month_first) = (0, 0);
    for value in values {
        let numbers: Vec<u32> = value
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        match numbers.as_slice() {
            [day @ 13..=31, 1..=12, _] if *day <= 31 => day_first += 1,
            [1..=12, 13..=31, _] => month_first += 1,
            // German and its neighbours write dots, with the day first.
            [1..=12, 1..=12, _] if value.contains('.') => day_first += 1,
            _ => {}
        }
    }
    match day_first > month_first {
        true => DayOrder::DayFirst,
        false => DayOrder::MonthFirst,
    }
}

/// Appends the day. What cannot be read as a day stays as its letters and digits, which still can be equal.
pub(crate) fn clean(folded: &str, order: DayOrder, out: &mut String) {
    let day = folded
        .split(['t', ' '])
        .next()
        .filter(|day| day.len() >= 8 && folded.len() > 10 && day.contains('-'));
    let parts: Vec<&str> = day
        .unwrap_or(folded)
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let number = |text: &str| {
        let digits = text.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']);
        digits.parse::<u32>().ok()
    };
    let mut days = match parts.as_slice() {
        [year] if year.len() == 4 => number(year).map(|year| (year, 1, 1)),
        [whole] if whole.len() == 8 => number(whole).map(|n| (n / 10_000, n / 100 % 100, n % 100)),
        [a, b, c] => {
            let named = [(*a, *b), (*b, *a)]
                .into_iter()
                .find_map(|(month, day)| Some((number(c)?, month_of(month)?, number(day)?)));
            named.or_else(|| {
                let (a_number, b_number, c_number) = (number(a)?, number(b)?, number(c)?);
                Some(match order {
                    _ if a.len() == 4 => (a_number, b_number, c_number),
                    _ if b_number > 12 => (c_number, a_number, b_number),
                    _ if a_number > 12 || folded.contains('.') => (c_number, b_number, a_number),
                    DayOrder::DayFirst => (c_number, b_number, a_number),
                    DayOrder::MonthFirst => (c_number, a_number, b_number),
                })
            })
        }
        _ => None,
    };
    if let Some((year @ 0..100, ..)) = &mut days
        && parts.last().is_some_and(|year| year.len() == 2)
    {
        *year += if *year > 30 { 1900 } else { 2000 };
    }
    match days {
        // Days that stand for "not known" in many systems.
        Some((1900 | 1970, 1, 1) | (9999 | 2999, 12, 31) | (0 | 1, 1, 1)) if parts.len() != 1 => {}
        Some((year, month, day)) if year < 10_000 && month < 100 && day < 100 => {
            out.push_str(&format!("{year:04}{month:02}{day:02}"));
        }
        _ => parts.iter().for_each(|part| out.push_str(part)),
    }
}

fn month_of(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let start = text.get(..3)?;
    let month = MONTHS.iter().position(|month| *month == start)?;
    Some(month as u32 + 1)
}
