//! The steps of a pattern: what each takes from a text, and what that stands for.

use crate::moment::Pivot;

/// What a pattern takes from a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
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
pub(super) enum Part {
    Year,
    /// Two digits, of the century that the [`Pivot`] says.
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

pub(super) const PARTS: usize = Part::Second as usize + 1;

impl Part {
    /// The part that it is another writing of, and the number in that; `None` where there is no such number.
    pub(super) fn standard(self, number: u32, pivot: Pivot) -> Option<(Self, u32)> {
        let (part, number, range) = match self {
            Self::ShortYear => (Self::Year, pivot.year(number), 1900..=2099),
            Self::ShortWeekYear => (Self::WeekYear, pivot.year(number), 1900..=2099),
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
