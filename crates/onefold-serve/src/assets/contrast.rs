//! Colours that stand upon one another differ enough to be read, in both themes: WCAG 2.2, level AA.

use std::collections::HashMap;

const TOKENS: &str = include_str!("../../assets/tokens.css");

/// The colours of each block of the file, by name.
fn themes() -> Vec<HashMap<&'static str, [f64; 3]>> {
    let blocks = TOKENS.split("--ground:").skip(1);
    blocks
        .map(|block| {
            let block = block.split('}').next().unwrap_or_default();
            let lines = std::iter::once(("--ground", block.split(';').next().unwrap_or_default()));
            let rest = block.lines().filter_map(|line| line.trim().split_once(':'));
            let tokens = lines.chain(rest.map(|(name, value)| (name, value.trim_end_matches(';'))));
            let colours = tokens.filter_map(|(name, value)| Some((name, colour(value.trim())?)));
            colours.collect()
        })
        .collect()
}

/// Red, green and blue from 0 to 1, of `#rrggbb`.
fn colour(text: &str) -> Option<[f64; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([part(0)?, part(2)?, part(4)?].map(|part| f64::from(part) / 255.0))
}

/// Relative luminance.
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|part| match part <= 0.04045 {
        true => part / 12.92,
        false => ((part + 0.055) / 1.055).powf(2.4),
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn black_on_white_is_the_most() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
}

#[test]
fn texts_can_be_read_in_both_themes() {
    let grounds = [
        "--ground",
        "--side",
        "--surface",
        "--raised",
        "--sunken",
        "--hover",
    ];
    let mut texts: Vec<(&str, &str)> = Vec::new();
    for ground in grounds {
        for text in ["--text", "--text-soft", "--accent"] {
            texts.push((text, ground));
        }
    }
    for state in ["--good", "--warn", "--bad"] {
        texts.extend([(state, "--surface"), (state, "--ground"), (state, "--side")]);
    }
    texts.extend([
        ("--text", "--accent-soft"),
        ("--text-soft", "--accent-soft"),
        ("--text", "--good-soft"),
        ("--text", "--warn-soft"),
        ("--text", "--bad-soft"),
        ("--bad", "--bad-soft"),
        ("--on-accent", "--accent"),
        ("--on-mark", "--mark"),
    ]);
    // What is no text: borders of fields, marks of charts, and the ring around what has the focus.
    let mut marks = vec![("--line-strong", "--surface"), ("--accent", "--ground")];
    let series = [
        "--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7", "--c8",
    ];
    marks.extend(series.map(|mark| (mark, "--surface")));
    let themes = themes();
    assert_eq!(themes.len(), 3, "light, dark by the system, dark by choice");
    assert_eq!(themes[1], themes[2], "dark is dark, whoever asks for it");
    let mut weak = Vec::new();
    for (number, theme) in themes.iter().enumerate() {
        for (pairs, least) in [(&texts, 4.5), (&marks, 3.0)] {
            for (upper, lower) in pairs {
                let found = contrast(theme[upper], theme[lower]);
                if found < least {
                    weak.push(format!("theme {number}: {upper} on {lower}: {found:.2}"));
                }
            }
        }
    }
    assert!(weak.is_empty(), "{weak:#?}");
}
