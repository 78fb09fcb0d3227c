//! Charts as SVG, made here: a browser shows them without a script, and they can be saved as they are.
//!
//! Colours are classes of the style sheet, with those of the light theme as attributes beside them: so a saved chart has its colours
//! without the style sheet. Each chart has its numbers in a table behind it.

mod scale;

use maud::{Markup, html};

use crate::text::grouped;
use scale::{Scale, short};

/// Colours of the light theme; the style sheet has the same under `--c0` to `--c8`.
const COLOURS: [&str; 9] = [
    "#3457d5", "#0f8a6d", "#b45309", "#a21caf", "#0e7490", "#be123c", "#4d7c0f", "#7c3aed",
    "#6b7280",
];
/// Colours of good and bad, in the style sheet `--good`, `--bad`.
const GOOD: &str = "#137a39";
const BAD: &str = "#c62828";

/// Width of a chart that stands beside another, and of one that has the page for itself: drawn about as large as they are shown, so that
/// their words are as large as those around them.
const HALF: f64 = 540.0;
const WIDE: f64 = 1_100.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;

/// One series of numbers with a colour of its own.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: &'a [u64],
    pub(crate) ink: Ink,
}

/// How much of the page a chart has.
#[derive(Clone, Copy)]
pub(crate) enum Width {
    Half,
    Wide,
}

impl Width {
    fn units(self) -> f64 {
        match self {
            Self::Half => HALF,
            Self::Wide => WIDE,
        }
    }
}

/// What a colour means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// One of several.
    Of(usize),
    Good,
    Bad,
}

impl Ink {
    fn class(self) -> String {
        match self {
            Self::Of(number) => format!("c{}", number % COLOURS.len()),
            Self::Good => "good".to_owned(),
            Self::Bad => "bad".to_owned(),
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Self::Of(number) => COLOURS[number % COLOURS.len()],
            Self::Good => GOOD,
            Self::Bad => BAD,
        }
    }
}

/// Columns of one colour.
pub(crate) fn columns<'a>(title: &str, bars: impl Iterator<Item = (&'a str, u64)>) -> Markup {
    let (labels, values): (Vec<&str>, Vec<u64>) = bars.unzip();
    let line = Line {
        name: "rows",
        values: &values,
        ink: Ink::Of(0),
    };
    chart(title, &labels, &[line], Width::Half)
}

/// Columns of several colours, one upon another.
pub(crate) fn stacked(
    title: &str,
    labels: &[&str],
    series: &[(&str, &[u64])],
    width: Width,
) -> Markup {
    let lines = series
        .iter()
        .enumerate()
        .map(|(place, (name, values))| Line {
            name,
            values,
            ink: Ink::Of(place),
        });
    chart(title, labels, &lines.collect::<Vec<_>>(), width)
}

/// Stacked columns with axes, a legend where there are several colours, and the numbers behind them.
pub(crate) fn chart(title: &str, labels: &[&str], lines: &[Line<'_>], width: Width) -> Markup {
    let width = width.units();
    let total = |place: usize| -> u64 {
        let values = lines.iter().filter_map(|line| line.values.get(place));
        values.sum()
    };
    let most = (0..labels.len()).map(total).max().unwrap_or(0);
    let scale = Scale::new(most, HEIGHT - TOP - BOTTOM);
    let step = (width - LEFT - RIGHT) / labels.len().max(1) as f64;
    let gap = if step > 6.0 {
        (step * 0.2).min(12.0)
    } else {
        step * 0.1
    };
    let wide = (step - gap).min(64.0);
    let x = |place: usize| LEFT + step * place as f64 + (step - wide) / 2.0;
    let drawing = html! {
        svg.chart viewBox={ "0 0 " (width) " " (HEIGHT) } width=(width) role="img" aria-label=(title) xmlns="http://www.w3.org/2000/svg"
            font-family="system-ui, sans-serif" font-size="11" {
            (axis(&scale, width))
            @for (place, label) in labels.iter().enumerate() {
                g.column {
                    title {
                        (label) ": " (grouped(total(place)))
                        @if lines.len() > 1 { @for line in lines { @if let Some(value) = line.values.get(place) {
                            "\n" (line.name) ": " (grouped(*value))
                        } } }
                    }
                    rect.hit x=(fixed(LEFT + step * place as f64)) y=(TOP) width=(fixed(step)) height=(HEIGHT - TOP - BOTTOM) fill="transparent" {}
                    @for (rect, ink) in piled(lines, place, &scale) {
                        rect class=(ink.class()) fill=(ink.colour()) x=(fixed(x(place))) width=(fixed(wide))
                            y=(fixed(rect.0)) height=(fixed(rect.1)) {}
                    }
                }
            }
            (names(labels, step, width))
        }
    };
    figure(title, &drawing, labels, lines)
}

/// Top and height of each piece of a column.
fn piled(lines: &[Line<'_>], place: usize, scale: &Scale) -> Vec<((f64, f64), Ink)> {
    let mut below = 0;
    let mut pieces = Vec::new();
    for line in lines {
        let value = line.values.get(place).copied().unwrap_or(0);
        if value > 0 {
            let (from, to) = (scale.at(below), scale.at(below + value));
            let base = HEIGHT - BOTTOM;
            // What is there is seen, however little it is.
            pieces.push(((base - to.max(from + 1.0), (to - from).max(1.0)), line.ink));
            below += value;
        }
    }
    pieces
}

fn axis(scale: &Scale, width: f64) -> Markup {
    html! {
        @for mark in scale.marks() {
            @let y = HEIGHT - BOTTOM - scale.at(mark);
            line.rule x1=(LEFT) x2=(width - RIGHT) y1=(fixed(y)) y2=(fixed(y)) stroke="#d7dbe2" {}
            text.mark x=(LEFT - 8.0) y=(fixed(y + 4.0)) text-anchor="end" fill="#5b6472" { (short(mark)) }
        }
    }
}

/// Names below the columns, as many as there is room for.
fn names(labels: &[&str], step: f64, width: f64) -> Markup {
    let longest = labels
        .iter()
        .map(|label| shortened(label, labels).chars().count())
        .max();
    let room = longest.unwrap_or(1) as f64 * 6.2 + 14.0;
    let every = (room / step).ceil().max(1.0) as usize;
    html! {
        @for (place, label) in labels.iter().enumerate().step_by(every) {
            @let middle = LEFT + step * (place as f64 + 0.5);
            // A name at an end is not cut off.
            @let half = shortened(label, labels).chars().count() as f64 * 3.1;
            @let middle = middle.min(width - half).max(half);
            text.name x=(fixed(middle)) y=(HEIGHT - 8.0) text-anchor="middle" fill="#5b6472" { (shortened(label, labels)) }
        }
    }
}

/// A name without what all of them begin with: the day of times of one day; and cut where it is long.
fn shortened(label: &str, labels: &[&str]) -> String {
    let is_day = |day: &&str| day.ends_with(' ') && day.starts_with(|c: char| c.is_ascii_digit());
    let day = label.get(..11).filter(is_day);
    let day = day.filter(|day| labels.iter().all(|other| other.starts_with(day)));
    let text = match day {
        Some(day) => {
            let is_whole = labels.iter().all(|other| other.ends_with(":00"));
            let time = label.strip_prefix(day).unwrap_or(label);
            match time.strip_suffix(":00") {
                Some(minute) if is_whole => minute,
                _ => time,
            }
        }
        None => label,
    };
    cut(text, 20)
}

fn figure(title: &str, drawing: &Markup, labels: &[&str], lines: &[Line<'_>]) -> Markup {
    html! {
        figure.chart-frame {
            figcaption {
                span.title { (title) }
                @if lines.len() > 1 {
                    ul.legend {
                        @for line in lines {
                            li {
                                svg.swatch viewBox="0 0 10 10" aria-hidden="true" {
                                    rect class=(line.ink.class()) width="10" height="10" rx="2" {}
                                }
                                (line.name)
                            }
                        }
                    }
                }
                span.save hidden {
                    button.plain type="button" data-save="svg" { "SVG" }
                    button.plain type="button" data-save="png" { "PNG" }
                }
            }
            (drawing)
            details {
                summary { "Numbers" }
                div.scroll tabindex="0" role="group" aria-label={ "Numbers of " (title) } {
                    table.list {
                        thead { tr { th scope="col" { span.hidden { "Name" } } @for line in lines { th.number scope="col" { (line.name) } } } }
                        tbody {
                            @for (place, label) in labels.iter().enumerate() {
                                tr {
                                    th scope="row" { (label) }
                                    @for line in lines { td.number { (grouped(line.values.get(place).copied().unwrap_or(0))) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Bars that lie, with their names before them and their numbers behind: for values that have names.
pub(crate) fn bars(title: &str, entries: &[(String, u64)], ink: Ink) -> Markup {
    const ROW: f64 = 24.0;
    const NAME: f64 = 212.0;
    const NUMBER: f64 = 64.0;
    let most = entries
        .iter()
        .map(|(_, value)| *value)
        .max()
        .unwrap_or(0)
        .max(1);
    let height = ROW * entries.len() as f64 + 4.0;
    let room = HALF - NAME - NUMBER;
    let drawing = html! {
        svg.chart viewBox={ "0 0 " (HALF) " " (height) } width=(HALF) role="img" aria-label=(title) xmlns="http://www.w3.org/2000/svg"
            font-family="system-ui, sans-serif" font-size="12" {
            @for (place, (name, value)) in entries.iter().enumerate() {
                @let y = ROW * place as f64;
                @let wide = (room * *value as f64 / most as f64).max(2.0);
                g.column {
                    title { (name) ": " (grouped(*value)) }
                    rect.hit x="0" y=(y) width=(HALF) height=(ROW) fill="transparent" {}
                    text.name x=(NAME - 10.0) y=(y + 16.0) text-anchor="end" fill="#3b4352" { (cut(name, 34)) }
                    rect class=(ink.class()) fill=(ink.colour()) x=(NAME) y=(y + 5.0) width=(fixed(wide)) height=(ROW - 10.0) rx="2" {}
                    text.mark x=(fixed(NAME + wide + 8.0)) y=(y + 16.0) fill="#5b6472" { (grouped(*value)) }
                }
            }
        }
    };
    let labels: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<u64> = entries.iter().map(|(_, value)| *value).collect();
    let line = Line {
        name: "number",
        values: &values,
        ink,
    };
    figure(title, &drawing, &labels, &[line])
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn fixed(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_upon_one_another() {
        let lines = [
            Line {
                name: "a",
                values: &[10, 0],
                ink: Ink::Of(0),
            },
            Line {
                name: "b",
                values: &[10, 5],
                ink: Ink::Bad,
            },
        ];
        let scale = Scale::new(20, 100.0);
        let base = HEIGHT - BOTTOM;
        let pieces = piled(&lines, 0, &scale);
        assert_eq!(pieces[0].0, (base - 50.0, 50.0));
        assert_eq!(pieces[1].0, (base - 100.0, 50.0));
        assert_eq!(piled(&lines, 1, &scale).len(), 1);
    }

    #[test]
    fn names_of_people_are_text_and_nothing_else() {
        let hostile = "</title><script>alert(1)</script>";
        let drawn = chart(
            hostile,
            &[hostile],
            &[Line {
                name: hostile,
                values: &[1],
                ink: Ink::Good,
            }],
            Width::Wide,
        );
        let lying = bars(hostile, &[(hostile.to_owned(), 3)], Ink::Of(1));
        for markup in [drawn, lying] {
            let text = markup.into_string();
            assert!(!text.contains("<script"), "{text}");
            assert!(
                !text.contains("style="),
                "the policy forbids styles in place: {text}"
            );
        }
    }

    #[test]
    fn times_of_one_day_have_no_date() {
        let day = ["2024-07-10 10:00:00", "2024-07-10 10:05:00"];
        assert_eq!(shortened(day[1], &day), "10:05");
        let two = ["2024-07-10 10:00:00", "2024-07-11 10:05:00"];
        assert_eq!(shortened(two[1], &two), "2024-07-11 10:05:00");
    }
}
