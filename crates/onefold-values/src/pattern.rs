//! strptime patterns, read strictly: a text fits whole or not at all, and nothing in it is passed over.
//!
//! A number is of ASCII digits without a sign: a year of four (`%Y`) or two (`%y`), a day of the year of up to three, all others of one or
//! two. Numbers that touch each other (`%Y%m%d`) have all their digits, or nobody could tell where one ends. White space in a pattern is
//! any white space, at least one. Names are English, whole or abbreviated, in any case. What a text says twice must agree.

use crate::civil::{date_from_days, days_from_date, is_leap};
use crate::epoch::before_or_after;
use crate::format::Moment;
use crate::scan::Scan;
use crate::text::trim;
use crate::time::{self, WrittenTime};
use crate::words::{month_of, take_name, weekday_of};
use crate::zone::Zone;

/// A pattern that is known to read dates.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Box<[Step]>);

/// What a pattern takes from a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// This byte.
    Byte(u8),
    /// White space.
    Space,
    /// A number of `min` to `max` digits; `padded`: spaces may stand for its leading zeros.
    Number {
        part: Part,
        min: usize,
        max: usize,
        padded: bool,
    },
    MonthName,
    WeekdayName,
    /// `am` or `pm`.
    Meridiem,
    /// Digits of a fraction of a second: so many, or any number. `pointed`: a point before them, or nothing at all.
    Fraction {
        digits: Option<usize>,
        pointed: bool,
    },
    /// Seconds since 1970.
    Epoch,
    /// `+hhmm`, `+hh:mm`, `+hh`, `Z`, `UTC`, `GMT`.
    Offset,
    /// An IANA name, or an offset.
    ZoneName,
}

/// What a number or a name in a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    /// Two digits: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068 (POSIX).
    ShortYear,
    Month,
    Day,
    DayOfYear,
    /// Of ISO 8601, whose weeks may belong to the year beside.
    WeekYear,
    ShortWeekYear,
    IsoWeek,
    /// Week 1 begins with the first Sunday.
    SundayWeek,
    /// Week 1 begins with the first Monday.
    MondayWeek,
    /// 0 is Monday.
    Weekday,
    /// 1 is Monday, 7 Sunday.
    WeekdayFromMonday,
    /// 0 is Sunday.
    WeekdayFromSunday,
    Hour,
    /// 1 to 12, with `%p`.
    HalfHour,
    Minute,
    Second,
}

const PARTS: usize = Part::Second as usize + 1;

impl Part {
    /// The part that it is another writing of, and the number in that; `None` where there is no such number.
    fn standard(self, number: u32) -> Option<(Self, u32)> {
        let century = |year| if year < 69 { 2000 } else { 1900 };
        let (part, number, range) = match self {
            Self::ShortYear => (Self::Year, century(number) + number, 1969..=2068),
            Self::ShortWeekYear => (Self::WeekYear, century(number) + number, 1969..=2068),
            Self::WeekdayFromMonday => (Self::Weekday, number.checked_sub(1)?, 0..=6),
            Self::WeekdayFromSunday => (Self::Weekday, number.checked_add(6)?, 6..=12),
            Self::Year | Self::WeekYear => (self, number, 1..=9999),
            Self::Month | Self::HalfHour => (self, number, 1..=12),
            Self::Day => (self, number, 1..=31),
            Self::DayOfYear => (self, number, 1..=366),
            Self::IsoWeek => (self, number, 1..=53),
            Self::SundayWeek | Self::MondayWeek => (self, number, 0..=53),
            Self::Weekday => (self, number, 0..=6),
            Self::Hour => (self, number, 0..=23),
            Self::Minute => (self, number, 0..=59),
            Self::Second => (self, number, 0..=60),
        };
        let number = range.contains(&number).then_some(number)?;
        Some((
            part,
            if part == Self::Weekday {
                number % 7
            } else {
                number
            },
        ))
    }
}

/// What a text says.
#[derive(Debug, Default)]
struct Found {
    parts: [Option<u32>; PARTS],
    afternoon: Option<bool>,
    /// Microseconds of the fraction, and whether finer digits were cut.
    fraction: Option<(i64, bool)>,
    /// Seconds since 1970 without their sign, and whether that is a minus.
    epoch: Option<(i64, bool)>,
    /// Seconds east of UTC.
    offset: Option<i64>,
    zone: Option<Zone>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        compile(trim(text), &mut steps)?;
        check(&steps)?;
        separate(&mut steps);
        Ok(Self(steps.into()))
    }

    pub(crate) fn read(&self, value: &str) -> Option<Moment> {
        let mut found = Found::default();
        let mut scan = Scan::new(value.as_bytes());
        for step in &self.0 {
            found.take(step, &mut scan)?;
        }
        if !scan.is_empty() {
            return None;
        }
        found.moment()
    }
}

/// Appends the steps of a pattern.
fn compile(text: &str, steps: &mut Vec<Step>) -> Result<(), String> {
    let number = |part, max| Step::Number {
        part,
        min: 1,
        max,
        padded: false,
    };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c.is_whitespace() {
            rest = rest.trim_start();
            steps.push(Step::Space);
            continue;
        }
        if c != '%' {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).bytes();
            steps.extend(bytes.map(Step::Byte));
            continue;
        }
        let (directive, after) = split_directive(rest);
        rest = after;
        let unknown = || Err(format!("`%{}` is not a directive", directive.text));
        let Some(letter) = directive.letter else {
            return Err("it ends within a directive".to_owned());
        };
        if directive.width.is_some() && !matches!(letter, 'f' | 'N') {
            return Err(format!(
                "`%{}`: only `%f` takes a number of digits",
                directive.text
            ));
        }
        if directive.pointed && letter != 'f'
            || directive.colons > 0 && !matches!(letter, 'z' | 'Q')
        {
            return unknown();
        }
        let mut step = match letter {
            '%' => Step::Byte(b'%'),
            'Y' => Step::Number {
                part: Part::Year,
                min: 4,
                max: 4,
                padded: false,
            },
            'y' => Step::Number {
                part: Part::ShortYear,
                min: 2,
                max: 2,
                padded: false,
            },
            'G' => Step::Number {
                part: Part::WeekYear,
                min: 4,
                max: 4,
                padded: false,
            },
            'g' => Step::Number {
                part: Part::ShortWeekYear,
                min: 2,
                max: 2,
                padded: false,
            },
            'm' => number(Part::Month, 2),
            'd' | 'e' => number(Part::Day, 2),
            'j' => number(Part::DayOfYear, 3),
            'V' => number(Part::IsoWeek, 2),
            'U' => number(Part::SundayWeek, 2),
            'W' => number(Part::MondayWeek, 2),
            'u' => number(Part::WeekdayFromMonday, 1),
            'w' => number(Part::WeekdayFromSunday, 1),
            'H' | 'k' => number(Part::Hour, 2),
            'I' | 'l' => number(Part::HalfHour, 2),
            'M' => number(Part::Minute, 2),
            'S' => number(Part::Second, 2),
            'f' | 'N' => Step::Fraction {
                digits: directive.width,
                pointed: directive.pointed,
            },
            's' => Step::Epoch,
            'b' | 'h' | 'B' => Step::MonthName,
            'a' | 'A' => Step::WeekdayName,
            'p' | 'P' => Step::Meridiem,
            'z' | 'Z' => Step::Offset,
            'Q' => Step::ZoneName,
            'n' | 't' => Step::Space,
            'D' => {
                compile("%m/%d/%y", steps)?;
                continue;
            }
            'F' => {
                compile("%Y-%m-%d", steps)?;
                continue;
            }
            'R' => {
                compile("%H:%M", steps)?;
                continue;
            }
            'T' => {
                compile("%H:%M:%S", steps)?;
                continue;
            }
            'c' | 'x' | 'X' | 'r' => {
                return Err(format!(
                    "`%{letter}` is different in every country: write its parts"
                ));
            }
            _ => return unknown(),
        };
        if let Step::Number { padded, .. } = &mut step {
            *padded = directive.flag == Some('_') || matches!(letter, 'e' | 'k' | 'l');
        }
        steps.push(step);
    }
    Ok(())
}

/// One directive, without its `%`.
struct Directive<'a> {
    text: &'a str,
    /// `-`, `_`, `0`, `^` or `#`, which say how a number or a name is written.
    flag: Option<char>,
    /// `%.f`.
    pointed: bool,
    width: Option<usize>,
    colons: usize,
    letter: Option<char>,
}

fn split_directive(text: &str) -> (Directive<'_>, &str) {
    let flag = text
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '_' | '0' | '^' | '#'));
    let after_flag = &text[flag.map_or(0, char::len_utf8)..];
    let pointed = after_flag.starts_with('.');
    let after_point = &after_flag[usize::from(pointed)..];
    let after_width = after_point.trim_start_matches(|c: char| c.is_ascii_digit());
    let width = &after_point[..after_point.len() - after_width.len()];
    let after_colons = after_width.trim_start_matches(':');
    let letter = after_colons.chars().next();
    let rest = &after_colons[letter.map_or(0, char::len_utf8)..];
    let directive = Directive {
        text: &text[..text.len() - rest.len()],
        flag,
        pointed,
        // A width that is not a number of digits is as good as one that no text has.
        width: (!width.is_empty()).then(|| width.parse().unwrap_or(usize::MAX)),
        colons: after_width.len() - after_colons.len(),
        letter,
    };
    (directive, rest)
}

/// Whether the steps read a full date, and nothing that a date or a time lacks a part of.
fn check(steps: &[Step]) -> Result<(), String> {
    let has = |part: Part| {
        steps.iter().any(|step| {
            matches!(step, Step::Number { part: found, .. }
                if found.standard_part() == part.standard_part())
        })
    };
    let is_there = |step: &Step| steps.contains(step);
    let fraction = steps.iter().any(|s| matches!(s, Step::Fraction { .. }));
    let weekday = has(Part::Weekday) || is_there(&Step::WeekdayName);
    let month = has(Part::Month) || is_there(&Step::MonthName);
    let any_number = steps.iter().any(|s| matches!(s, Step::Number { .. }));
    if is_there(&Step::Epoch) {
        let names = [Step::Meridiem, Step::MonthName, Step::WeekdayName];
        return match any_number || names.iter().any(is_there) {
            true => {
                Err("`%s` is a whole moment: no part of a date or time stands beside it".to_owned())
            }
            false => Ok(()),
        };
    }
    let by_week = has(Part::SundayWeek) || has(Part::MondayWeek);
    let full = has(Part::Year) && (month && has(Part::Day) || has(Part::DayOfYear))
        || has(Part::Year) && by_week && weekday
        || has(Part::WeekYear) && has(Part::IsoWeek) && weekday;
    let lacks = |what: &str| Err(what.to_owned());
    if !full {
        return lacks("it names no full date");
    }
    if has(Part::HalfHour) && !is_there(&Step::Meridiem) {
        return lacks("`%I` counts to 12 and needs `%p`");
    }
    let hour = has(Part::Hour) || has(Part::HalfHour);
    if !hour && (has(Part::Minute) || is_there(&Step::Meridiem)) {
        return lacks("it has no hour");
    }
    if has(Part::Second) && !has(Part::Minute) {
        return lacks("it has seconds without minutes");
    }
    if fraction && !has(Part::Second) {
        return lacks("it has a fraction without seconds");
    }
    Ok(())
}

/// Gives numbers that touch each other all their digits.
fn separate(steps: &mut [Step]) {
    let is_digits = |step: Option<&Step>| {
        matches!(
            step,
            Some(Step::Number { .. } | Step::Epoch | Step::Fraction { pointed: false, .. })
        )
    };
    for index in 0..steps.len() {
        let before = index.checked_sub(1).and_then(|before| steps.get(before));
        let touches = is_digits(before) || is_digits(steps.get(index + 1));
        if let Some(Step::Number { min, max, .. }) = steps.get_mut(index)
            && touches
        {
            *min = *max;
        }
    }
}

impl Part {
    const fn standard_part(self) -> usize {
        (match self {
            Self::ShortYear => Self::Year,
            Self::ShortWeekYear => Self::WeekYear,
            Self::WeekdayFromMonday | Self::WeekdayFromSunday => Self::Weekday,
            other => other,
        }) as usize
    }
}

impl Found {
    fn take(&mut self, step: &Step, scan: &mut Scan<'_>) -> Option<()> {
        match step {
            Step::Byte(byte) => scan.byte(|found| found == *byte).map(|_| ()),
            Step::Space => take_space(scan),
            Step::Number {
                part,
                min,
                max,
                padded,
            } => {
                let spaces = if *padded {
                    take_up_to(scan, max - 1, |byte| byte == b' ').len()
                } else {
                    0
                };
                let digits = take_up_to(scan, max - spaces, |byte| byte.is_ascii_digit());
                if digits.is_empty() || digits.len() + spaces < *min {
                    return None;
                }
                self.set(*part, crate::scan::decimal(digits))
            }
            Step::MonthName => {
                let month = take_name(scan, month_of)?;
                self.set(Part::Month, month)
            }
            Step::WeekdayName => {
                let weekday = take_name(scan, weekday_of)?;
                self.set(Part::Weekday, weekday)
            }
            Step::Meridiem => {
                let (half, rest) = scan.rest.split_at_checked(2)?;
                let afternoon = match [half[0].to_ascii_lowercase(), half[1].to_ascii_lowercase()] {
                    [b'a', b'm'] => false,
                    [b'p', b'm'] => true,
                    _ => return None,
                };
                scan.rest = rest;
                agree(&mut self.afternoon, afternoon)
            }
            Step::Fraction { digits, pointed } => {
                if *pointed && scan.byte(|byte| byte == b'.').is_none() {
                    return Some(());
                }
                let most = digits.unwrap_or(usize::MAX);
                let found = take_up_to(scan, most, |byte| byte.is_ascii_digit());
                if digits.is_some_and(|digits| digits != found.len()) {
                    return None;
                }
                let micros = time::micros_of(found)?;
                let finer = found.get(6..).unwrap_or_default();
                let cut = finer.iter().any(|digit| *digit != b'0');
                agree(&mut self.fraction, (micros, cut))
            }
            Step::Epoch => {
                let sign = scan.byte(|byte| matches!(byte, b'-' | b'+'));
                let digits = scan.run(|byte| byte.is_ascii_digit());
                let seconds = std::str::from_utf8(digits).ok()?.parse().ok()?;
                agree(&mut self.epoch, (seconds, sign == Some(b'-')))
            }
            Step::Offset => {
                let offset = time::take_offset(scan)?;
                agree(&mut self.offset, offset)
            }
            Step::ZoneName => {
                let name = scan.run(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'+' | b'-' | b':')
                });
                self.zone = Some(Zone::of(std::str::from_utf8(name).ok()?)?);
                Some(())
            }
        }
    }

    fn set(&mut self, part: Part, number: u32) -> Option<()> {
        let (part, number) = part.standard(number)?;
        agree(&mut self.parts[part as usize], number)
    }

    fn get(&self, part: Part) -> Option<u32> {
        self.parts[part as usize]
    }

    fn moment(self) -> Option<Moment> {
        if let Some((seconds, negative)) = self.epoch {
            let (micros, cut) = self.fraction.unwrap_or((0, false));
            let micros = seconds.checked_mul(1_000_000)?.checked_add(micros)?;
            return Some(Moment::Instant(before_or_after(negative, micros, cut)));
        }
        Some(Moment::Written {
            days: self.days()?,
            time: self.time()?,
            zone: self.zone,
        })
    }

    /// The day that all parts agree on.
    fn days(&self) -> Option<i32> {
        let year = self.get(Part::Year);
        let weekday = self.get(Part::Weekday);
        let mut day = None;
        if let (Some(year), Some(month), Some(day_of_month)) =
            (year, self.get(Part::Month), self.get(Part::Day))
        {
            agree(&mut day, days_from_date(year, month, day_of_month)?)?;
        }
        if let (Some(year), Some(number)) = (year, self.get(Part::DayOfYear)) {
            let last = 365 + u32::from(is_leap(year));
            let number = (number <= last).then_some(number)?;
            agree(
                &mut day,
                days_from_date(year, 1, 1)? + number.cast_signed() - 1,
            )?;
        }
        for (week, first_weekday) in [(Part::SundayWeek, 6), (Part::MondayWeek, 0)] {
            if let (Some(year), Some(week), Some(weekday)) = (year, self.get(week), weekday) {
                agree(&mut day, day_of_week(year, week, weekday, first_weekday)?)?;
            }
        }
        if let (Some(year), Some(week), Some(weekday)) =
            (self.get(Part::WeekYear), self.get(Part::IsoWeek), weekday)
        {
            agree(&mut day, day_of_iso_week(year, week, weekday)?)?;
        }
        let day = day?;
        match weekday {
            Some(weekday) if weekday != weekday_from_days(day) => None,
            _ => Some(day),
        }
    }

    fn time(&self) -> Option<WrittenTime> {
        let hour = match (self.get(Part::Hour), self.get(Part::HalfHour)) {
            (Some(hour), half) => {
                let same_half = half.is_none_or(|half| half % 12 == hour % 12);
                let same_side = self.afternoon.is_none_or(|after| after == (hour >= 12));
                (same_half && same_side).then_some(hour)?
            }
            (None, Some(half)) => half % 12 + if self.afternoon? { 12 } else { 0 },
            (None, None) => 0,
        };
        let minute = self.get(Part::Minute).unwrap_or(0);
        let second = self.get(Part::Second).unwrap_or(0);
        Some(WrittenTime {
            second_of_day: (hour * 3_600 + minute * 60 + second.min(59)).into(),
            micros: self.fraction.map_or(0, |(micros, _)| micros),
            leap: second == 60,
            offset_secs: self.offset,
        })
    }
}

/// Puts a value where there is none; `None` where there is another one.
fn agree<T: PartialEq>(slot: &mut Option<T>, value: T) -> Option<()> {
    match slot {
        Some(known) => (*known == value).then_some(()),
        None => {
            *slot = Some(value);
            Some(())
        }
    }
}

/// White space, at least one; the no-break spaces of typographers too.
fn take_space(scan: &mut Scan<'_>) -> Option<()> {
    const WIDE: [&[u8]; 3] = [
        "\u{a0}".as_bytes(),
        "\u{202f}".as_bytes(),
        "\u{2009}".as_bytes(),
    ];
    let before = scan.rest.len();
    loop {
        scan.run(|byte| byte.is_ascii_whitespace());
        match WIDE.iter().find_map(|space| scan.rest.strip_prefix(*space)) {
            Some(rest) => scan.rest = rest,
            None => return (scan.rest.len() < before).then_some(()),
        }
    }
}

fn take_up_to<'a>(scan: &mut Scan<'a>, most: usize, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
    let len = scan
        .rest
        .iter()
        .take(most)
        .take_while(|byte| wanted(**byte))
        .count();
    let (taken, rest) = scan.rest.split_at(len);
    scan.rest = rest;
    taken
}

/// 0 is Monday.
const fn weekday_from_days(days: i32) -> u32 {
    (days + 3).rem_euclid(7).unsigned_abs()
}

/// A day of a week that is counted from the first `first_weekday` of the year; days before it are of week 0.
fn day_of_week(year: u32, week: u32, weekday: u32, first_weekday: u32) -> Option<i32> {
    let new_year = days_from_date(year, 1, 1)?;
    let to_first = (first_weekday + 7 - weekday_from_days(new_year)) % 7;
    let in_week = (weekday + 7 - first_weekday) % 7;
    let days = new_year + (to_first + 7 * week + in_week).cast_signed() - 7;
    is_in_year(days, year).then_some(days)
}

/// A day of a week of ISO 8601: week 1 is that of 4 January.
fn day_of_iso_week(year: u32, week: u32, weekday: u32) -> Option<i32> {
    let fourth = days_from_date(year, 1, 4)?;
    let monday = fourth - weekday_from_days(fourth).cast_signed() + 7 * (week.cast_signed() - 1);
    // A week is of the year that has its Thursday.
    if !is_in_year(monday + 3, year) {
        return None;
    }
    let days = monday + weekday.cast_signed();
    (1..=9999).contains(&date_from_days(days).0).then_some(days)
}

fn is_in_year(days: i32, year: u32) -> bool {
    date_from_days(days).0 == year.cast_signed()
}

#[cfg(test)]
mod tests;
