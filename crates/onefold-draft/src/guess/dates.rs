//! Dates and moments: the data decide which of day and month comes first. Where they do not, nobody guesses.

use onefold_values::{DateOrder, DateRules, TimestampRules};

use super::answer::{Answer, Context, Guess, Kind, Values};
use crate::words::Role;

/// Separators of numbers in a date.
const SEPARATORS: &[char] = &['.', '/', '-'];

/// What may follow a date.
const TIMES: &[&str] = &[
    "",
    " %H:%M:%S",
    " %H:%M",
    ", %H:%M",
    ", %H:%M:%S",
    " %H:%M:%S%.f",
    " %I:%M %p",
    " %I:%M:%S %p",
];

/// How the values of a column are read.
struct Reading {
    order: DateOrder,
    formats: Vec<String>,
    is_moment: bool,
}

impl Reading {
    fn new(order: DateOrder, formats: &[&str], is_moment: bool) -> Self {
        Self {
            order,
            formats: formats.iter().map(|f| (*f).to_owned()).collect(),
            is_moment,
        }
    }

    /// Which of the values it reads.
    fn reads(&self, texts: &[&str]) -> Vec<bool> {
        let none = || vec![false; texts.len()];
        match self.is_moment {
            true => match TimestampRules::new(self.order, &self.formats, None) {
                Ok(rules) => texts.iter().map(|text| rules.parse(text).is_ok()).collect(),
                Err(_) => none(),
            },
            false => match DateRules::new(self.order, &self.formats, None) {
                Ok(rules) => texts.iter().map(|text| rules.parse(text).is_ok()).collect(),
                Err(_) => none(),
            },
        }
    }

    fn count(&self, texts: &[&str]) -> usize {
        self.reads(texts).into_iter().filter(|reads| *reads).count()
    }

    fn guess(&self, fits: usize, of: usize) -> Guess {
        let (kind, name) = match self.is_moment {
            true => (Kind::Timestamp, "timestamp"),
            false => (Kind::Date, "date"),
        };
        let mut guess = Guess::new(kind, name, fits, of);
        if self.formats.iter().any(|format| format.contains("%y")) {
            guess = guess.note("years 00 to 68 are read as 2000 to 2068; `pivot` says otherwise");
        }
        match (self.order, self.formats.as_slice()) {
            (_, [format]) => guess.option("formats", crate::written::quoted(format)),
            (_, [_, ..]) => guess.option("formats", crate::written::path_list(&self.formats)),
            (DateOrder::DayFirst, _) => guess.option("order", "day_first"),
            (DateOrder::MonthFirst, _) => guess.option("order", "month_first"),
            (DateOrder::Undeclared, _) => guess,
        }
    }
}

pub(super) fn moment(values: &Values<'_>, context: &Context) -> Answer {
    let of = values.texts.len();
    let is_time = matches!(values.role, Some(Role::Time | Role::BirthDate));
    if values.all(|text| text.bytes().all(|b| b.is_ascii_digit())) {
        return numbers(values, is_time);
    }
    if !values.any(|text| text.bytes().any(|b| b.is_ascii_digit())) {
        return Answer::No;
    }
    let is_moment = values.any(has_time);
    let usual = Reading::new(DateOrder::Undeclared, &[], is_moment);
    let plain = usual.count(&values.texts);
    let none_is_numeric = !values.any(|text| shape(text).is_some());
    if plain > 0 && none_is_numeric {
        return Answer::Is(usual.guess(plain, of));
    }
    if values.role == Some(Role::BirthDate)
        && values.any(|text| shape(text).is_some_and(|(_, digits)| digits == 2))
    {
        return Answer::Doubt(
            "years of two digits: a date of birth may be in either century".to_owned(),
        );
    }
    let (day, month) = orders(values, is_moment);
    let (days, months) = (day.reads(&values.texts), month.reads(&values.texts));
    let count = |of: &[bool]| of.iter().filter(|reads| **reads).count();
    let only =
        |one: &[bool], other: &[bool]| one.iter().zip(other).filter(|(a, b)| **a && !**b).count();
    let (day_only, month_only) = (only(&days, &months), only(&months, &days));
    let best = count(&days).max(count(&months));
    if best == 0 {
        return Answer::No;
    }
    match (day_only, month_only) {
        (0, 0) if values.any(|text| text.contains('.')) && !values.any(|text| text.contains('/')) => {
            let guess = declared(day, values, best);
            Answer::Is(guess.note("the day first, as is usual with points; no day above 12 proves it"))
        }
        (0, 0) => match context.order {
            Some(DateOrder::MonthFirst) => {
                Answer::Is(declared(month, values, best).note("the month first, as in another column of this source"))
            }
            Some(_) => Answer::Is(declared(day, values, best).note("the day first, as in another column of this source")),
            None => Answer::Doubt(
                "dates in which day and month may be either; say `{type: date, order: day_first}` or `month_first`".to_owned(),
            ),
        },
        (_, 0) => Answer::Is(declared(day, values, best).note(proven("day", day_only))),
        (0, _) => Answer::Is(declared(month, values, best).note(proven("month", month_only))),
        _ => Answer::Doubt(format!("dates of both orders: {day_only} have the day first, {month_only} the month")),
    }
}

/// The column as dates or moments of an order that somebody knows.
pub(super) fn in_order(values: &Values<'_>, order: DateOrder, is_moment: bool) -> Guess {
    let (day, month) = orders(values, is_moment);
    let reading = match order {
        DateOrder::MonthFirst => month,
        DateOrder::DayFirst | DateOrder::Undeclared => day,
    };
    let fits = reading.count(&values.texts);
    declared(reading, values, fits)
}

fn proven(first: &str, count: usize) -> String {
    let verb = if count == 1 { "proves" } else { "prove" };
    format!("the {first} first: {count} of them {verb} it")
}

/// The order that the dates of a column prove.
pub(crate) fn order_of(values: &Values<'_>) -> Option<DateOrder> {
    if !values.any(|text| shape(text).is_some()) {
        return None;
    }
    let (day, month) = orders(values, values.any(has_time));
    let (days, months) = (day.reads(&values.texts), month.reads(&values.texts));
    let proves = |one: &[bool], other: &[bool]| one.iter().zip(other).any(|(a, b)| *a && !*b);
    match (proves(&days, &months), proves(&months, &days)) {
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

/// Both readings of dates with the year last: by order, or for years of two digits by a format.
fn orders(values: &Values<'_>, is_moment: bool) -> (Reading, Reading) {
    let first = values.texts.iter().find_map(|text| shape(text));
    let by_order = |order| Reading::new(order, &[], is_moment);
    let Some((separator, 2)) = first else {
        return (
            by_order(DateOrder::DayFirst),
            by_order(DateOrder::MonthFirst),
        );
    };
    let best = |a: &str, b: &str| {
        let readings = TIMES.iter().map(|time| {
            let format = format!("{a}{separator}{b}{separator}%y{time}");
            Reading::new(DateOrder::Undeclared, &[&format], is_moment)
        });
        // The first of those that read most.
        let mut best: Option<(usize, Reading)> = None;
        for reading in readings {
            let count = reading.count(&values.texts);
            if best.as_ref().is_none_or(|(most, _)| count > *most) {
                best = Some((count, reading));
            }
        }
        best.map_or_else(|| by_order(DateOrder::Undeclared), |(_, reading)| reading)
    };
    (best("%d", "%m"), best("%m", "%d"))
}

/// A reading by order as a format, where one format reads as much. Of a column that is written in several ways, all of them.
fn declared(reading: Reading, values: &Values<'_>, fits: usize) -> Guess {
    let of = values.texts.len();
    let (a, b) = match (reading.order, reading.formats.first()) {
        (DateOrder::DayFirst, _) => ("%d", "%m"),
        (DateOrder::MonthFirst, _) => ("%m", "%d"),
        (DateOrder::Undeclared, Some(format)) if format.starts_with("%d") => ("%d", "%m"),
        (DateOrder::Undeclared, _) => ("%m", "%d"),
    };
    if !reading.formats.is_empty() {
        return widened(reading, values, fits, a, b);
    }
    for separator in SEPARATORS {
        for time in TIMES
            .iter()
            .filter(|time| time.is_empty() != reading.is_moment)
        {
            let format = format!("{a}{separator}{b}{separator}%Y{time}");
            let by_format = Reading::new(DateOrder::Undeclared, &[&format], reading.is_moment);
            if by_format.count(&values.texts) == fits {
                return by_format.guess(fits, of);
            }
        }
    }
    reading.guess(fits, of)
}

/// Adds years of four digits and ISO 8601 to a format with years of two, where that reads more values.
fn widened(mut reading: Reading, values: &Values<'_>, mut fits: usize, a: &str, b: &str) -> Guess {
    let of = values.texts.len();
    let first = reading.formats.first().cloned().unwrap_or_default();
    let longer = first.replace("%y", "%Y");
    let others = SEPARATORS
        .iter()
        .map(|separator| format!("{a}{separator}{b}{separator}%Y"));
    for format in [longer].into_iter().chain(others).chain(["iso".to_owned()]) {
        if fits == of {
            break;
        }
        reading.formats.push(format);
        let more = reading.count(&values.texts);
        match more > fits {
            true => fits = more,
            false => _ = reading.formats.pop(),
        }
    }
    reading.guess(fits, of)
}

/// Separator and digits of the year of a date in numbers with the year last.
fn shape(text: &str) -> Option<(char, usize)> {
    let date = text.split([' ', 'T', ',']).next()?;
    let separator = date.chars().find(|c| SEPARATORS.contains(c))?;
    let parts: Vec<&str> = date.split(separator).collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        [a, b, year]
            if [a, b, year].into_iter().all(|part| is_number(part))
                && a.len() <= 2
                && b.len() <= 2 =>
        {
            matches!(year.len(), 2 | 4).then_some((separator, year.len()))
        }
        _ => None,
    }
}

fn has_time(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.any(|b| b == b':') || text.len() > 11 && text.as_bytes().get(10) == Some(&b'T')
}

/// Numbers since 1970, and dates in eight digits: only where the name says that they are times.
fn numbers(values: &Values<'_>, is_time: bool) -> Answer {
    let of = values.texts.len();
    if !is_time {
        return Answer::No;
    }
    let digits = values.texts.first().map_or(0, |text| text.len());
    let is_alike =
        values.all(|text| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()));
    if !is_alike {
        return Answer::No;
    }
    let unit = match digits {
        8 => {
            let reading = Reading::new(DateOrder::Undeclared, &[], false);
            let fits = reading.count(&values.texts);
            return Answer::Is(reading.guess(fits, of));
        }
        10 => "epoch_s",
        13 => "epoch_ms",
        16 => "epoch_us",
        19 => "epoch_ns",
        _ => return Answer::No,
    };
    let reading = Reading::new(DateOrder::Undeclared, &[unit], true);
    let fits = reading.count(&values.texts);
    let what = match unit {
        "epoch_s" => "seconds",
        "epoch_ms" => "milliseconds",
        "epoch_us" => "microseconds",
        _ => "nanoseconds",
    };
    Answer::Is(
        reading
            .guess(fits, of)
            .note(format!("{what} since 1970, by the number of digits")),
    )
}
