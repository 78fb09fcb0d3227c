//! What the model has learned: the weight of each level, and how often pairs agree at it.

use crate::kind::Kind;
use crate::model::{Learned, Level, Model};

use super::parts::{Column, figure, nothing, section};
use super::svg::{
    AXIS, Axis, Bar, LABELS, Line, ROW, Scale, WIDTH, bars, chart, group, line, rect, row, text,
};
use super::text::{count, escaped, share, times, weight};

/// Greatest weight that is drawn to scale.
const MOST: f64 = 100.0;
/// The classes of words in a name.
const WORDS: [&str; 4] = [
    "the only word of a name",
    "its first word",
    "its last word",
    "words between",
];

/// The weight of a level in bits.
fn bits(level: &Level) -> f64 {
    (level.m / level.u).log2()
}

/// The levels of a comparison in groups, each the highest level first.
fn groups(learned: &Learned) -> Vec<(Option<&'static str>, Vec<&Level>)> {
    let size = learned.kind.levels().len();
    let is_name = learned.kind == Kind::Name && learned.levels.len() > size;
    let named = |(index, levels)| {
        let levels: &[Level] = levels;
        let heading = is_name.then(|| WORDS.get(index).copied().unwrap_or("other words"));
        (heading, levels.iter().rev().collect())
    };
    learned.levels.chunks(size).enumerate().map(named).collect()
}

/// What a level is called in a table.
fn full(heading: Option<&str>, level: &Level) -> String {
    match heading {
        Some(heading) => format!("{heading}: {}", level.name),
        None => level.name.clone(),
    }
}

/// What a comparison compares.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Name => "a name",
        Kind::Email => "an e-mail address",
        Kind::Phone => "a telephone number",
        Kind::Date => "a day",
        Kind::Code => "a code",
        Kind::Address => "an address",
        Kind::Company => "a company",
        Kind::Text => "a text",
    }
}

fn heading(learned: &Learned) -> String {
    let mut about = format!(
        "compared as {}; {} of records have it; {} different values",
        kind(learned.kind),
        share(learned.filled),
        count(learned.distinct),
    );
    if let Some(other) = &learned.depends_on {
        about += &format!("; depends on {}", escaped(other));
    }
    format!(
        "<h3>{} <small>{about}</small></h3>\n",
        escaped(&learned.label)
    )
}

fn rows(learned: &Learned) -> Vec<Vec<String>> {
    let of_group = |(heading, levels): (Option<&str>, Vec<&Level>)| {
        let row = |level: &Level| {
            vec![
                escaped(&full(heading, level)),
                share(level.m),
                share(level.u),
                weight(bits(level)),
                times(bits(level)),
            ]
        };
        levels.into_iter().map(row).collect::<Vec<_>>()
    };
    groups(learned).into_iter().flat_map(of_group).collect()
}

fn table(learned: &Learned) -> String {
    super::parts::table(
        &format!("Levels of {}", escaped(&learned.label)),
        &[
            Column::Text("Level"),
            Column::Number("m"),
            Column::Number("u"),
            Column::Number("Weight (bits)"),
            Column::Text("In words"),
        ],
        &rows(learned),
    )
}

fn hover(learned: &Learned, heading: Option<&str>, level: &Level) -> String {
    format!(
        "{}, {}: weight {}, m {}, u {}; {}",
        learned.label,
        full(heading, level),
        weight(bits(level)),
        share(level.m),
        share(level.u),
        times(bits(level)),
    )
}

/// The weights of all levels.
pub(super) fn weights(model: &Model) -> String {
    let all = model.comparisons.iter().flat_map(|c| &c.levels).map(bits);
    let scale = Scale::of(all, MOST, [LABELS + 24.0, WIDTH - 84.0]);
    let axis = Axis {
        scale,
        title: "weight in bits: log2(m / u)",
        write: weight_of_tick,
        is_signed: true,
    };
    let mut inside = String::new();
    for learned in &model.comparisons {
        let mut lines = Vec::new();
        for (heading, levels) in groups(learned) {
            lines.extend(heading.map(|heading| Line::Heading(heading.to_owned())));
            for level in levels {
                lines.push(Line::Bar(Bar {
                    label: level.name.clone(),
                    value: bits(level),
                    written: weight(bits(level)),
                    hover: hover(learned, heading, level),
                }));
            }
        }
        let described = format!("Match weights of {}, by level", learned.label);
        inside += &heading(learned);
        inside += &figure(
            &escaped(&described),
            &bars(&lines, &axis, &described),
            &table(learned),
        );
    }
    section(
        "weights",
        "Match weights",
        "How much each level of agreement speaks for one person (+) or against it (−). A weight of 1 doubles the odds; the \
         weights of a pair are added up. Rare values weigh more than the mean that is shown here.",
        &or_nothing(inside),
    )
}

fn or_nothing(inside: String) -> String {
    match inside.is_empty() {
        true => nothing("Nothing was compared."),
        false => inside,
    }
}

/// A weight at an axis, as short as it can be.
pub(super) fn weight_of_tick(tick: f64) -> String {
    match tick {
        0.0 => "0".to_owned(),
        ..0.0 => format!("−{}", -tick),
        _ => format!("+{tick}"),
    }
}

/// Where the bars of m and those of u begin, and how long they may be.
const M: f64 = LABELS + 24.0;
const U: f64 = LABELS + 318.0;
const LONGEST: f64 = 180.0;

/// The shares m and u of all levels.
pub(super) fn shares(model: &Model) -> String {
    let mut inside = String::new();
    for learned in &model.comparisons {
        let described = format!("m and u of {}, by level", learned.label);
        inside += &format!("<h3>{}</h3>\n", escaped(&learned.label));
        inside += &figure(
            &escaped(&described),
            &pair_of_bars(learned, &described),
            &table(learned),
        );
    }
    section(
        "shares",
        "How often pairs agree",
        "m is the share of pairs of one person that agree at a level; u is the same among pairs of two people. A comparison \
         tells people apart where the two differ much.",
        &or_nothing(inside),
    )
}

fn pair_of_bars(learned: &Learned, described: &str) -> String {
    let (mut rows, mut y) = (String::new(), 0.0);
    for (heading, levels) in groups(learned) {
        if let Some(heading) = heading {
            rows += &group(&mut y, heading);
        }
        for level in levels {
            let inside = one_of_pair("plus", M, level.m, y) + &one_of_pair("other", U, level.u, y);
            rows += &row(y, &level.name, &hover(learned, heading, level), &inside);
            y += ROW;
        }
    }
    let bottom = y + 4.0;
    let mut out = String::new();
    for (start, title) in [(M, "m: pairs of one person"), (U, "u: pairs of two people")] {
        for (share, label) in [(0.0, "0%"), (0.5, "50%"), (1.0, "100%")] {
            let x = start + share * LONGEST;
            let class = if share == 0.0 { "zero" } else { "grid" };
            out += &line(class, [x, 0.0], [x, bottom]);
            out += &text("mid tick", x, bottom + 16.0, label);
        }
        out += &text("mid axis", start + LONGEST / 2.0, bottom + 36.0, title);
    }
    chart(bottom + AXIS, described, &(out + &rows))
}

fn one_of_pair(class: &str, start: f64, part: f64, y: f64) -> String {
    let length = match part.is_nan() {
        true => 0.0,
        false => part.clamp(0.0, 1.0) * LONGEST,
    };
    let mut out = String::new();
    if length > 0.0 {
        out += &rect(class, [start, start + length.max(1.0)], y + 4.0, 14.0);
    }
    out + &text("number", start + length + 8.0, y + 15.5, &share(part))
}
