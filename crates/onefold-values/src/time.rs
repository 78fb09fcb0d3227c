//! Time of day and offset, as they follow a date.

use crate::scan::{Scan, decimal};

/// A time of day as written, with the offset that it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct WrittenTime {
    /// 0 to 86,399.
    pub(crate) second_of_day: i64,
    /// 0 to 999,999; finer digits are cut.
    pub(crate) micros: i64,
    /// `:60` was written; `second_of_day` is then that of `:59`.
    pub(crate) leap: bool,
    /// Seconds east of UTC.
    pub(crate) offset_secs: Option<i64>,
}

impl WrittenTime {
    /// Reads all of `rest`, which follows a date: nothing at all (midnight), or `T` or white space and a time.
    ///
    /// Hours are 0 to 23 (24:00 is the next day's 00:00, RFC 3339), or 1 to 12 before `am` or `pm`. Minutes are needed, seconds and a
    /// fraction of any length (after a point or a comma) are not. An offset is `Z`, `+hh:mm`, `+hhmm`, `+hh`, `UTC` or `GMT`; other
    /// abbreviations name several zones each and are not read.
    pub(crate) fn read(rest: &[u8]) -> Option<Self> {
        let mut scan = Scan::new(rest);
        if scan.is_empty() {
            return Some(Self::default());
        }
        let designator = scan.byte(|byte| matches!(byte, b'T' | b't')).is_some();
        if !designator {
            scan.byte(|byte| byte == b',');
            if scan.run(|byte| byte == b' ').is_empty() {
                return None;
            }
        }
        let mut time = read_clock(&mut scan, designator)?;
        time.offset_secs = read_offset(&mut scan)?;
        scan.is_empty().then_some(time)
    }
}

/// The offset alone (`+02:00`, `Z`), seconds east of UTC.
pub(crate) fn parse_offset(text: &str) -> Option<i64> {
    let mut scan = Scan::new(text.as_bytes());
    let offset = read_offset(&mut scan)?;
    offset.filter(|_| scan.is_empty())
}

fn read_clock(scan: &mut Scan<'_>, basic: bool) -> Option<WrittenTime> {
    let digits = scan.run(|byte| byte.is_ascii_digit());
    let (mut hour, minute, second) = match digits.len() {
        1 | 2 => {
            scan.byte(|byte| byte == b':')?;
            let minute = scan.number(2, 2)?;
            let second = match scan.byte(|byte| byte == b':') {
                Some(_) => Some(scan.number(2, 2)?),
                None => None,
            };
            (decimal(digits), minute, second)
        }
        4 if basic => (decimal(&digits[..2]), decimal(&digits[2..]), None),
        6 if basic => (
            decimal(&digits[..2]),
            decimal(&digits[2..4]),
            Some(decimal(&digits[4..])),
        ),
        _ => return None,
    };
    let mut micros = 0;
    if second.is_some() && scan.byte(|byte| matches!(byte, b'.' | b',')).is_some() {
        micros = micros_of(scan.run(|byte| byte.is_ascii_digit()))?;
    }
    if let Some(afternoon) = read_meridiem(scan) {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let second = second.unwrap_or(0);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(WrittenTime {
        second_of_day: i64::from(hour * 3_600 + minute * 60 + second.min(59)),
        micros,
        leap: second == 60,
        offset_secs: None,
    })
}

/// Microseconds of the digits after the point; `None`: there is none.
pub(crate) fn micros_of(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let mut micros = [b'0'; 6];
    let len = digits.len().min(micros.len());
    micros[..len].copy_from_slice(&digits[..len]);
    Some(i64::from(decimal(&micros)))
}

/// `am` or `pm`, with or without a space before it; true: `pm`.
fn read_meridiem(scan: &mut Scan<'_>) -> Option<bool> {
    let mut ahead = *scan;
    ahead.run(|byte| byte == b' ');
    let afternoon = match ahead.word().as_bytes() {
        b"am" => false,
        b"pm" => true,
        _ => return None,
    };
    *scan = ahead;
    Some(afternoon)
}

/// Outer `None`: what stands here is no offset. Inner `None`: nothing stands here.
#[expect(clippy::option_option, reason = "the two mean different things here")]
fn read_offset(scan: &mut Scan<'_>) -> Option<Option<i64>> {
    if scan.is_empty() {
        return Some(None);
    }
    scan.run(|byte| byte == b' ');
    take_offset(scan).map(Some)
}

/// `+hh:mm`, `+hhmm`, `+hh`, `Z`, `UTC` or `GMT`, seconds east of UTC.
pub(crate) fn take_offset(scan: &mut Scan<'_>) -> Option<i64> {
    let Some(sign) = scan.byte(|byte| matches!(byte, b'+' | b'-')) else {
        return matches!(scan.word().as_bytes(), b"z" | b"utc" | b"gmt").then_some(0);
    };
    let digits = scan.run(|byte| byte.is_ascii_digit());
    let (hours, minutes) = match digits.len() {
        2 if scan.byte(|byte| byte == b':').is_some() => (decimal(digits), scan.number(2, 2)?),
        2 => (decimal(digits), 0),
        4 => (decimal(&digits[..2]), decimal(&digits[2..])),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let secs = i64::from(hours * 3_600 + minutes * 60);
    Some(if sign == b'-' { -secs } else { secs })
}
