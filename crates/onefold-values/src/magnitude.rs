//! Numbers without sign, exactly as they are written.

/// Most digits that a decimal has.
pub const MAX_PRECISION: u8 = 38;

/// Exponents beyond this are as good as this: no digits that fit in memory bring them back.
const MAX_EXPONENT: i64 = 1 << 40;

/// Powers of ten that fit in 64 bits.
pub(crate) const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut index = 1;
    while index < 20 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// What stands before the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalMark {
    /// `1234.56`, grouped `1,234.56`.
    #[default]
    Point,
    /// `1234,56`, grouped `1.234,56` or `1 234,56`, the space a plain, a no-break or a thin one.
    Comma,
}

impl DecimalMark {
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Point => b'.',
            Self::Comma => b',',
        }
    }

    /// What may stand between thousands.
    const fn separators(self) -> &'static [&'static [u8]] {
        const POINT: &[&[u8]] = &[b","];
        const COMMA: &[&[u8]] = &[
            b".",
            b" ",
            "\u{a0}".as_bytes(),
            "\u{202f}".as_bytes(),
            "\u{2009}".as_bytes(),
        ];
        match self {
            Self::Point => POINT,
            Self::Comma => COMMA,
        }
    }
}

/// A number without sign: `digits` x 10^`exponent`, where `digits` has no zero at either end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Magnitude {
    digits: u128,
    /// Number of digits of `digits`; 0 for zero. Beyond 38 they are not kept.
    count: i64,
    exponent: i64,
}

/// Why a magnitude is not a count of units.
pub(crate) enum Misfit {
    TooPrecise,
    TooLarge,
}

impl Magnitude {
    pub(crate) fn read(bytes: &[u8], mark: DecimalMark) -> Option<Self> {
        let (mantissa, power) = match bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&bytes[..at], Some(read_exponent(&bytes[at + 1..])?)),
            None => (bytes, None),
        };
        let (whole, fraction) = match mantissa.iter().position(|&byte| byte == mark.byte()) {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &[][..]),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if let Some(first) = whole.iter().position(|byte| !byte.is_ascii_digit()) {
            // Programs write `1.234e15` with a point whatever the mark, and one digit before it.
            let is_scientific = mark == DecimalMark::Comma && power.is_some();
            if is_scientific || !is_grouped(whole, first, mark) {
                return None;
            }
        }
        let mut number = Self::default();
        let mut zeros = 0;
        let whole_digits = whole.iter().filter(|byte| byte.is_ascii_digit());
        for &byte in whole_digits.chain(fraction) {
            match byte {
                b'0' => zeros += 1,
                b'1'..=b'9' => number.push(byte - b'0', &mut zeros),
                _ => return None,
            }
        }
        if number.count > 0 {
            let fraction = i64::try_from(fraction.len()).ok()?;
            number.exponent = power.unwrap_or(0) + zeros - fraction;
        }
        Some(number)
    }

    /// Appends `zeros` zeros (none before the first digit) and a digit.
    fn push(&mut self, digit: u8, zeros: &mut i64) {
        let step = if self.count == 0 { 1 } else { *zeros + 1 };
        *zeros = 0;
        self.count += step;
        if self.count <= i64::from(MAX_PRECISION) {
            // At most 38 steps in all, so this is at most 10^38.
            self.digits = self.digits * 10_u128.pow(step as u32) + u128::from(digit);
        }
    }

    /// The number as a count of units of 10^-`scale`, of at most `precision` digits.
    pub(crate) fn scaled(&self, scale: u8, precision: u8) -> Result<i128, Misfit> {
        if self.count == 0 {
            return Ok(0);
        }
        let shift = self.exponent + i64::from(scale);
        if shift < 0 {
            return Err(Misfit::TooPrecise);
        }
        if self.count + shift > i64::from(precision.min(MAX_PRECISION)) {
            return Err(Misfit::TooLarge);
        }
        let units = self.digits * 10_u128.pow(shift as u32);
        i128::try_from(units).map_err(|_| Misfit::TooLarge)
    }

    /// The whole units of 10^-`scale`, and whether anything finer was cut; `None` beyond 38 digits.
    pub(crate) fn whole_units(&self, scale: i64) -> Option<(u128, bool)> {
        let shift = self.exponent + scale;
        let most = i64::from(MAX_PRECISION);
        if self.count == 0 {
            Some((0, false))
        } else if self.count > most || self.count + shift > most {
            None
        } else if shift >= 0 {
            Some((self.digits * 10_u128.pow(shift as u32), false))
        } else if -shift > most {
            Some((0, true))
        } else {
            let unit = 10_u128.pow(shift.unsigned_abs() as u32);
            Some((self.digits / unit, !self.digits.is_multiple_of(unit)))
        }
    }

    /// The nearest `f64`, where one operation on exact operands gives it (Clinger, "How to Read Floating Point Numbers Accurately").
    pub(crate) fn short_float(&self) -> Option<f64> {
        if self.count > 15 {
            return None;
        }
        let power = usize::try_from(self.exponent.unsigned_abs()).ok()?;
        let power = *POWERS.get(power)? as f64;
        let digits = self.digits as f64;
        Some(if self.exponent < 0 {
            digits / power
        } else {
            digits * power
        })
    }
}

/// Whether one and the same separator stands before every group of three digits, and no lone zero leads. `first` is where it stands first.
fn is_grouped(whole: &[u8], first: usize, mark: DecimalMark) -> bool {
    let (leading, groups) = whole.split_at(first);
    let Some(separator) = mark.separators().iter().find(|s| groups.starts_with(s)) else {
        return false;
    };
    (1..=3).contains(&leading.len())
        && leading[0] != b'0'
        && groups.chunks(separator.len() + 3).all(|group| {
            group
                .strip_prefix(*separator)
                .is_some_and(|digits| digits.len() == 3 && digits.iter().all(u8::is_ascii_digit))
        })
}

fn read_exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, bytes),
    };
    if digits.is_empty() {
        return None;
    }
    let mut exponent = 0;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        exponent = (exponent * 10 + i64::from(byte - b'0')).min(MAX_EXPONENT);
    }
    Some(if negative { -exponent } else { exponent })
}
