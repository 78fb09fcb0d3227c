//! Texts and numbers as the page writes them.

/// Most signs of a text from the data.
const LONGEST: usize = 120;

/// A text from the data, at most so long, safe in HTML and in XML.
pub(super) fn escaped(text: &str) -> String {
    escaped_to(text, LONGEST)
}

/// The same, of at most `longest` signs; an ellipsis stands for the rest.
pub(super) fn escaped_to(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len().min(longest * 4));
    let mut signs = text.chars();
    for sign in signs.by_ref().take(longest) {
        push(&mut out, sign);
    }
    if signs.next().is_some() {
        out.push('…');
    }
    out
}

/// A control is shown by its picture; what would turn the direction of the text around it, or is no character, by U+FFFD.
fn push(out: &mut String, sign: char) {
    match sign {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + sign as u32).unwrap_or('\u{fffd}')),
        '\u{7f}' => out.push('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fdd0}'..='\u{fdef}' => out.push('\u{fffd}'),
        _ if sign as u32 & 0xfffe == 0xfffe => out.push('\u{fffd}'),
        _ => out.push(sign),
    }
}

/// A count with commas.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count and what is counted: `1 record`, `2 records`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A share of 1 in per cent. Only 0 is written as 0%, and only 1 as 100%.
pub(super) fn share(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if !share.is_finite() => "–".to_owned(),
        ..=0.0 => "0%".to_owned(),
        100.0.. => "100%".to_owned(),
        99.99.. => "over 99.99%".to_owned(),
        99.9.. | 0.1..1.0 => format!("{percent:.2}%"),
        1.0.. => format!("{percent:.1}%"),
        0.01.. => format!("{percent:.3}%"),
        _ if share < 1e-12 => "under 1 in 10¹²".to_owned(),
        _ => format!("1 in {}", count(two_digits(1.0 / share))),
    }
}

/// A part of a whole in per cent; nothing of nothing is a dash.
pub(super) fn part(part: u64, whole: u64) -> String {
    match whole {
        0 => "–".to_owned(),
        _ => share(part as f64 / whole as f64),
    }
}

/// A weight in bits, with its sign.
pub(super) fn weight(bits: f64) -> String {
    match bits {
        _ if bits.is_nan() => "–".to_owned(),
        f64::INFINITY => "+∞".to_owned(),
        f64::NEG_INFINITY => "−∞".to_owned(),
        _ if bits.abs() >= 1e6 => format!("{}{:.1e}", sign(bits), bits.abs()),
        _ if bits.abs() < 0.05 => "0.0".to_owned(),
        _ => format!("{}{:.1}", sign(bits), bits.abs()),
    }
}

fn sign(bits: f64) -> char {
    if bits < 0.0 { '−' } else { '+' }
}

/// How many times as common something is, by its weight in bits: `1,300 times as common`.
pub(super) fn times(bits: f64) -> String {
    match bits {
        _ if bits.is_nan() => "never seen".to_owned(),
        f64::INFINITY => "seen among matches only".to_owned(),
        f64::NEG_INFINITY => "never seen among matches".to_owned(),
        _ if bits.abs() < 0.05 => "as common among matches as among other pairs".to_owned(),
        _ => {
            let than = if bits > 0.0 { "as common" } else { "rarer" };
            format!("{} times {than} among matches", factor(bits.abs()))
        }
    }
}

/// Two to the power of so many bits, to two digits.
fn factor(bits: f64) -> String {
    let factor = bits.exp2();
    match factor {
        ..10.0 => format!("{factor:.1}"),
        ..1e9 => count(two_digits(factor)),
        _ => format!("10^{:.0}", bits * std::f64::consts::LOG10_2),
    }
}

/// A number of 10 or more, rounded to its first two digits.
fn two_digits(number: f64) -> u64 {
    let step = 10f64.powf(number.log10().floor() - 1.0);
    ((number / step).round() * step).round() as u64
}

/// A duration.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        _ if !seconds.is_finite() => "–".to_owned(),
        100.0.. => format!("{} s", count(seconds.round() as u64)),
        10.0.. => format!("{seconds:.1} s"),
        1.0.. => format!("{seconds:.2} s"),
        _ => format!("{:.0} ms", seconds.max(0.0) * 1000.0),
    }
}

/// A probability of a threshold, as it is written in a file.
pub(super) fn threshold(probability: f64) -> String {
    match probability.is_finite() {
        true => format!("{}", (probability * 1e6).round() / 1e6),
        false => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_safe() {
        let cases = [
            ("Ann", "Ann"),
            (
                "<script>alert('x')</script>",
                "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;",
            ),
            ("a \"b\" & c", "a &quot;b&quot; &amp; c"),
            ("a\0b\nc\u{1b}", "a␀b␊c␛"),
            (
                "\u{7f}\u{85}\u{202e}\u{fffe}\u{1ffff}",
                "␡\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
            ("Žofie 张伟", "Žofie 张伟"),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
        assert_eq!(escaped_to("ééé", 3), "ééé");
        assert_eq!(escaped_to("éééé", 3), "ééé…");
        assert_eq!(escaped(&"&".repeat(10_000)).len(), 120 * 5 + '…'.len_utf8());
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(counted(1, "pair", "pairs"), "1 pair");
        let shares = [
            (0.0, "0%"),
            (1.0, "100%"),
            (0.999_999, "over 99.99%"),
            (0.9951, "99.5%"),
            (0.9996, "99.96%"),
            (0.25, "25.0%"),
            (0.0025, "0.25%"),
            (0.000_25, "0.025%"),
            (0.000_01, "1 in 100,000"),
            (0.000_021, "1 in 48,000"),
            (1e-300, "under 1 in 10¹²"),
            (f64::NAN, "–"),
        ];
        for (number, expected) in shares {
            assert_eq!(share(number), expected, "{number}");
        }
        assert_eq!(part(1, 0), "–");
        let weights = [
            (12.34, "+12.3"),
            (-0.04, "0.0"),
            (-40.0, "−40.0"),
            (f64::INFINITY, "+∞"),
            (f64::NAN, "–"),
        ];
        for (number, expected) in weights {
            assert_eq!(weight(number), expected, "{number}");
        }
        assert_eq!(times(1.0), "2.0 times as common among matches");
        assert_eq!(times(-10.0), "1,000 times rarer among matches");
        assert_eq!(times(60.0), "10^18 times as common among matches");
        assert_eq!(seconds(0.0123), "12 ms");
        assert_eq!(seconds(4.5), "4.50 s");
        assert_eq!(seconds(1234.5), "1,235 s");
        assert_eq!(threshold(0.95), "0.95");
    }
}
