//! strptime patterns, read strictly: a text fits whole or not at all, and nothing in it is passed over.
//!
//! A number is written in ASCII digits without a sign: a year has four (`%Y`) or two (`%y`), a day of the year up to three, all others one or
//! two. Numbers that touch each other (`%Y%m%d`) must have all their digits, because nothing else shows where one ends. White space in a
//! pattern stands for any white space, but at least one character. Names are English, whole or abbreviated, in any case. What a text says
//! twice must agree.

use crate::civil::{date_from_days, days_from_date, is_leap};
use crate::epoch::before_or_after;
use crate::moment::{Moment, Pivot};
use crate::scan::Scan;
use crate::text::trim;
use crate::time::{self, WrittenTime};
use crate::words::{month_of, take_name, weekday_of};
use crate::zone::Zone;

mod compile;
mod step;

use step::{PARTS, Part, Step};

/// A pattern that is known to read dates.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Box<[Step]>);

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
        compile::compile(trim(text), &mut steps)?;
        compile::check(&steps)?;
        compile::separate(&mut steps);
        Ok(Self(steps.into()))
    }

    /// Whether it reads every whole number, as seconds since 1970.
    pub(crate) fn is_seconds(&self) -> bool {
        *self.0 == [Step::Epoch]
    }

    pub(crate) fn read(&self, value: &str, pivot: Pivot) -> Option<Moment> {
        let mut found = Found::default();
        let mut scan = Scan::new(value.as_bytes());
        for step in &self.0 {
            found.take(step, &mut scan, pivot)?;
        }
        if !scan.is_empty() {
            return None;
        }
        found.moment()
    }
}

impl Found {
    fn take(&mut self, step: &Step, scan: &mut Scan<'_>, pivot: Pivot) -> Option<()> {
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
                self.set(*part, crate::scan::decimal(digits), pivot)
            }
            Step::MonthName => {
                let month = take_name(scan, month_of)?;
                self.set(Part::Month, month, pivot)
            }
            Step::WeekdayName => {
                let weekday = take_name(scan, weekday_of)?;
                self.set(Part::Weekday, weekday, pivot)
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

    fn set(&mut self, part: Part, number: u32, pivot: Pivot) -> Option<()> {
        let (part, number) = part.standard(number, pivot)?;
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
