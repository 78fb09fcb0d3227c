//! Amounts of money: exact numbers with the currency that stands beside them.
//!
//! A currency is a code of ISO 4217 (`EUR`, in any case) or a sign (`€`, `$`, `Fr.`), before or after the number, once. A minus stands
//! before or after the number or the currency, or brackets stand around (`(12.00)`). `5,-` and `5.--` are 5 without cents.
//!
//! Apostrophes and spaces separate thousands (`1'234.50`, `1 234,50`), so the mark behind them is before the fraction. Any other amount is
//! read with both marks, where the field does not say which it has: one reading is taken (`1.234,56`, `12,5`, `0.123`), two are
//! [`Invalid::AmbiguousAmount`] (`1.234`: a thousand, or a little more than one?). Nothing is rounded.

pub use crate::currency::Currency;
use crate::currency::{self, Mark};
use crate::invalid::Invalid;
use crate::magnitude::{DecimalMark, Magnitude, Misfit};
use crate::number::short_decimal;
use crate::text::trim;

/// How the amounts of a column are read.
#[derive(Debug, Clone, Copy)]
pub struct MoneyRules {
    /// Digits in all, 1 to 38.
    pub precision: u8,
    /// Digits after the mark.
    pub scale: u8,
    /// The decimal mark; `None`: each amount shows it.
    pub mark: Option<DecimalMark>,
    /// The one currency that is accepted, which amounts without one have; `None`: any.
    pub currency: Option<Currency>,
}

impl MoneyRules {
    /// The amount as a count of units of 10^-`scale`.
    ///
    /// # Errors
    /// [`Invalid::OtherCurrency`], [`Invalid::AmbiguousAmount`], [`Invalid::DecimalTooPrecise`] and [`Invalid::DecimalOutOfRange`] as of
    /// decimals, [`Invalid::Money`] for a text that is no amount.
    pub fn parse(&self, value: &str) -> Result<i128, Invalid> {
        self.read(value, self.mark)
    }

    /// Reads an amount that does not come from the column itself: with a decimal point.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_standard(&self, value: &str) -> Result<i128, Invalid> {
        self.read(value, Some(DecimalMark::Point))
    }

    fn read(&self, value: &str, mark: Option<DecimalMark>) -> Result<i128, Invalid> {
        let value = trim(value);
        if let Some(mark) = mark.or_else(|| plain_mark(value.as_bytes()))
            && let Some(units) = short_decimal(value.as_bytes(), self.precision, self.scale, mark)
        {
            return Ok(units);
        }
        let amount = Amount::of(value);
        let number = amount.magnitude(mark)?;
        if let (Some(found), Some(accepted)) = (amount.mark, self.currency)
            && !found.may_be(accepted)
        {
            return Err(Invalid::OtherCurrency);
        }
        match number.scaled(self.scale, self.precision) {
            Ok(units) if amount.negative => Ok(-units),
            Ok(units) => Ok(units),
            Err(Misfit::TooPrecise) => Err(Invalid::DecimalTooPrecise),
            Err(Misfit::TooLarge) => Err(Invalid::DecimalOutOfRange),
        }
    }
}

/// Appends the code of the currency that stands beside an amount, or alone.
///
/// # Errors
/// [`Invalid::AmbiguousCurrency`] for a sign of several currencies, [`Invalid::Currency`] for a text without a currency and for one that
/// is no amount.
pub fn currency_of(value: &str, out: &mut String) -> Result<(), Invalid> {
    let amount = Amount::of(trim(value));
    let mark = amount.mark.ok_or(Invalid::Currency)?;
    let is_amount = match amount.magnitude(None) {
        Ok(_) | Err(Invalid::AmbiguousAmount) => true,
        Err(_) => amount.is_bare(),
    };
    if !is_amount {
        return Err(Invalid::Currency);
    }
    out.push_str(mark.currency().ok_or(Invalid::AmbiguousCurrency)?.code());
    Ok(())
}

/// The mark of a number that has it before its last digit or its last two, or that has none; `None` says nothing about the text.
fn plain_mark(bytes: &[u8]) -> Option<DecimalMark> {
    match bytes {
        [.., b',', _] | [.., b',', _, _] => Some(DecimalMark::Comma),
        [.., b'.', _] | [.., b'.', _, _] => Some(DecimalMark::Point),
        _ if bytes.contains(&b'.') => None,
        // A comma would not be read with a point.
        _ => Some(DecimalMark::Point),
    }
}

/// The parts of an amount.
struct Amount<'v> {
    mark: Option<Mark>,
    /// Whether there is a sign or brackets, and whether they say minus.
    is_signed: bool,
    negative: bool,
    /// A dash stands for the cents.
    is_whole: bool,
    /// What is left when all else is taken away.
    number: &'v str,
}

impl<'v> Amount<'v> {
    fn of(value: &'v str) -> Self {
        let (mut mark, mut sign, mut is_whole) = (None, None, false);
        let mut rest = value;
        loop {
            rest = trim(rest);
            if mark.is_none()
                && let Some((found, other)) =
                    currency::leading(rest).or_else(|| currency::trailing(rest))
            {
                (mark, rest) = (Some(found), other);
            } else if !is_whole && let Some(other) = without_dash(rest) {
                (is_whole, rest) = (true, other);
            } else if sign.is_none()
                && let Some((negative, other)) = signed(rest)
            {
                (sign, rest) = (Some(negative), other);
            } else {
                return Self {
                    mark,
                    is_signed: sign.is_some(),
                    negative: sign.unwrap_or(false),
                    is_whole,
                    number: rest,
                };
            }
        }
    }

    /// Nothing but a currency.
    const fn is_bare(&self) -> bool {
        self.number.is_empty() && !self.is_signed && !self.is_whole
    }

    /// The number; `mark`: the declared one.
    fn magnitude(&self, mark: Option<DecimalMark>) -> Result<Magnitude, Invalid> {
        let starts = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
        if !self.number.starts_with(starts) {
            return Err(Invalid::Money);
        }
        if let Some((plain, shown)) = without_thousands(self.number) {
            return match (mark, shown) {
                (Some(mark), Some(shown)) if mark != shown => Err(Invalid::AmbiguousAmount),
                (_, Some(_)) if self.is_whole => Err(Invalid::Money),
                _ => Magnitude::read(plain.as_bytes(), shown.unwrap_or_default())
                    .ok_or(Invalid::Money),
            };
        }
        let read = |mark: DecimalMark| {
            let has_fraction = self.number.bytes().any(|byte| byte == mark.byte());
            (!self.is_whole || !has_fraction)
                .then(|| Magnitude::read(self.number.as_bytes(), mark))?
        };
        let readings = (read(DecimalMark::Point), read(DecimalMark::Comma));
        match (mark, readings) {
            (Some(DecimalMark::Point), (Some(number), _))
            | (Some(DecimalMark::Comma), (_, Some(number))) => Ok(number),
            (_, (None, None)) => Err(Invalid::Money),
            (Some(_), _) => Err(Invalid::AmbiguousAmount),
            (None, (Some(point), Some(comma))) if point != comma => Err(Invalid::AmbiguousAmount),
            (None, (Some(number), _) | (None, Some(number))) => Ok(number),
        }
    }
}

/// Sign or brackets, and what they belong to.
fn signed(text: &str) -> Option<(bool, &str)> {
    const MINUS: [char; 2] = ['-', '\u{2212}'];
    if let Some(inner) = text.strip_prefix('(') {
        return inner.strip_suffix(')').map(|inner| (true, inner));
    }
    let minus = text
        .strip_prefix(MINUS)
        .or_else(|| text.strip_suffix(MINUS));
    let plus = || text.strip_prefix('+').map(|rest| (false, rest));
    minus.map(|rest| (true, rest)).or_else(plus)
}

/// `5,-`, `5.--`, with any dash: the number before the mark.
fn without_dash(text: &str) -> Option<&str> {
    let dashes = ['-', '\u{2013}', '\u{2014}'];
    let before = text.strip_suffix(dashes)?;
    let before = before.strip_suffix(dashes).unwrap_or(before);
    let number = before.strip_suffix(['.', ','])?;
    number
        .ends_with(|c: char| c.is_ascii_digit())
        .then_some(number)
}

/// A number with apostrophes or spaces between its thousands, without these, and the mark before its fraction. `None`: it has none such, or
/// not before every group of three.
fn without_thousands(number: &str) -> Option<(String, Option<DecimalMark>)> {
    let separator = number.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(
        separator,
        '\'' | '\u{2019}' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'
    ) {
        return None;
    }
    let (whole, mark, fraction) = match number.find(['.', ',']) {
        Some(at) => {
            let (whole, rest) = number.split_at(at);
            let mark = match rest.starts_with(',') {
                true => DecimalMark::Comma,
                false => DecimalMark::Point,
            };
            (whole, Some(mark), rest)
        }
        None => (number, None, ""),
    };
    let mut groups = whole.split(separator);
    let leading = groups.next()?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = (1..=3).contains(&leading.len())
        && !leading.starts_with('0')
        && is_digits(leading)
        && groups
            .clone()
            .all(|group| group.len() == 3 && is_digits(group));
    is_grouped.then(|| {
        let groups: String = groups.collect();
        (format!("{leading}{groups}{fraction}"), mark)
    })
}

#[cfg(test)]
mod tests;
