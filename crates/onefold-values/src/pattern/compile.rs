//! A pattern as it is declared, made ready to read.

use super::step::{Part, Step};

/// Appends the steps of a pattern.
pub(super) fn compile(text: &str, steps: &mut Vec<Step>) -> Result<(), String> {
    let of_digits = |part, min, max| Step::Number {
        part,
        min,
        max,
        padded: false,
    };
    let exactly = |digits, part| of_digits(part, digits, digits);
    let up_to = |max, part| of_digits(part, 1, max);
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
        let parts = match letter {
            'D' => Some("%m/%d/%y"),
            'F' => Some("%Y-%m-%d"),
            'R' => Some("%H:%M"),
            'T' => Some("%H:%M:%S"),
            _ => None,
        };
        if let Some(parts) = parts {
            compile(parts, steps)?;
            continue;
        }
        let mut step = match letter {
            '%' => Step::Byte(b'%'),
            'Y' => exactly(4, Part::Year),
            'y' => exactly(2, Part::ShortYear),
            'G' => exactly(4, Part::WeekYear),
            'g' => exactly(2, Part::ShortWeekYear),
            'm' => up_to(2, Part::Month),
            'd' | 'e' => up_to(2, Part::Day),
            'j' => up_to(3, Part::DayOfYear),
            'V' => up_to(2, Part::IsoWeek),
            'U' => up_to(2, Part::SundayWeek),
            'W' => up_to(2, Part::MondayWeek),
            'u' => up_to(1, Part::WeekdayFromMonday),
            'w' => up_to(1, Part::WeekdayFromSunday),
            'H' | 'k' => up_to(2, Part::Hour),
            'I' | 'l' => up_to(2, Part::HalfHour),
            'M' => up_to(2, Part::Minute),
            'S' => up_to(2, Part::Second),
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
pub(super) fn check(steps: &[Step]) -> Result<(), String> {
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
pub(super) fn separate(steps: &mut [Step]) {
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
