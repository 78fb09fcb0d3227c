//! The pipeline as a picture: parts from left to right, and the rows that flow between them.

use std::collections::HashMap;

use maud::{Markup, html};

use super::flow::{Flow, Part, reasons};
use crate::link::Link;
use crate::text::{counted, grouped};

/// Parts above which a picture is not drawn.
pub(super) const MOST: usize = 60;

const WIDTH: f64 = 184.0;
const HEIGHT: f64 = 64.0;
const ACROSS: f64 = 96.0;
const DOWN: f64 = 22.0;
const EDGE: f64 = 2.0;

/// Where a part stands: its column, and its middle from above.
#[derive(Clone, Copy)]
struct At {
    column: usize,
    middle: f64,
}

impl At {
    fn left(self) -> f64 {
        EDGE + self.column as f64 * (WIDTH + ACROSS)
    }
}

/// The picture.
pub(super) fn drawn(flow: &Flow, run: Option<&str>) -> Markup {
    let table = |name: &str| Link::to(&["tables", name]).with_some("run", run);
    let places = placed(flow);
    let columns = places.values().map(|at| at.column).max().unwrap_or(0) + 1;
    let width = columns as f64 * (WIDTH + ACROSS) - ACROSS + 2.0 * EDGE;
    let bottom = places.values().map(|at| at.middle).fold(0.0, f64::max);
    let height = bottom + HEIGHT / 2.0 + EDGE;
    let at = |name: &str| places.get(name).copied();
    html! {
        svg.graph viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="group"
            aria-label="Parts of the pipeline and the rows between them; the table below says the same" {
            @for part in &flow.parts {
                @if let Some(to) = at(&part.name) {
                    @for read in &part.reads {
                        @if let Some(from) = at(&read.owner) { (edge(from, to, &read.name, read.rows, &table(&read.name))) }
                    }
                }
            }
            @for part in &flow.parts {
                @if let Some(at) = at(&part.name) { (node(part, at, &table(&part.name))) }
            }
        }
    }
}

/// Sources at the left; everything else one column to the right of the last that it reads. In a column, parts stand in the order of
/// what they read, so that lines cross little.
fn placed(flow: &Flow) -> HashMap<&str, At> {
    let mut depth: HashMap<&str, usize> = HashMap::new();
    // Tables may stand in any order in the file; a longer way than there are parts is a circle.
    for _ in 0..flow.parts.len() {
        let mut is_same = true;
        for part in &flow.parts {
            let before = part
                .reads
                .iter()
                .filter_map(|read| depth.get(read.owner.as_str()));
            let own = before.max().map_or(0, |before| before + 1);
            is_same &= depth.insert(&part.name, own) == Some(own);
        }
        if is_same {
            break;
        }
    }
    let last = depth.values().copied().max().unwrap_or(0);
    let mut columns: Vec<Vec<&Part>> = vec![Vec::new(); last + 1];
    for part in &flow.parts {
        let column = depth.get(part.name.as_str()).copied().unwrap_or(0);
        columns[column.min(last)].push(part);
    }
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(1);
    let full = tallest as f64 * (HEIGHT + DOWN) - DOWN;
    let mut places: HashMap<&str, At> = HashMap::new();
    for (column, mut parts) in columns.into_iter().enumerate() {
        let wish = |part: &&Part| {
            let above = part
                .reads
                .iter()
                .filter_map(|read| places.get(read.owner.as_str()));
            let (sum, n) = above.fold((0.0, 0.0), |(sum, n), at| (sum + at.middle, n + 1.0));
            if n > 0.0 { sum / n } else { 0.0 }
        };
        let mut wished: Vec<(f64, &Part)> =
            parts.drain(..).map(|part| (wish(&part), part)).collect();
        wished.sort_by(|a, b| a.0.total_cmp(&b.0));
        let own = wished.len() as f64 * (HEIGHT + DOWN) - DOWN;
        let mut middle = EDGE + (full - own) / 2.0 + HEIGHT / 2.0;
        for (_, part) in wished {
            places.insert(&part.name, At { column, middle });
            middle += HEIGHT + DOWN;
        }
    }
    places
}

fn edge(from: At, to: At, name: &str, rows: Option<u64>, table: &Link) -> Markup {
    let (x1, x2) = (from.left() + WIDTH, to.left());
    let bend = (x2 - x1).max(40.0) / 2.0;
    let path = format!(
        "M{x1:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {x2:.1} {:.1}",
        from.middle,
        x1 + bend,
        from.middle,
        x2 - bend,
        to.middle,
        to.middle
    );
    let (x, y) = label(from, to);
    let said = match rows {
        Some(rows) => format!("{} of {name}", counted(rows, "row")),
        None => name.to_owned(),
    };
    html! {
        g.edge {
            path d=(path) {}
            @if let Some(rows) = rows {
                a href=(table) aria-label=(said) {
                    title { (said) }
                    text x=(format!("{x:.1}")) y=(format!("{:.1}", y + 4.0)) text-anchor="middle" { (grouped(rows)) }
                }
            }
        }
    }
}

/// Where the rows of a line are written: between two columns, for a box would hide them. In the middle, lines that begin or end together
/// are apart; a line across several columns has its number before the last of them.
fn label(from: At, to: At) -> (f64, f64) {
    let (x1, x2) = (from.left() + WIDTH, to.left());
    let x = match to.column > from.column + 1 {
        true => x2 - ACROSS / 2.0,
        false => f64::midpoint(x1, x2),
    };
    // The line is a cubic curve whose handles lie level with its ends, half of the way.
    let middle = f64::midpoint(x1, x2);
    let at = |t: f64, points: [f64; 4]| {
        let u = 1.0 - t;
        let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
        weights
            .iter()
            .zip(points)
            .map(|(weight, point)| weight * point)
            .sum::<f64>()
    };
    let mut steps = (0..=100).map(|step| f64::from(step) / 100.0);
    let t = steps
        .find(|t| at(*t, [x1, middle, middle, x2]) >= x)
        .unwrap_or(1.0);
    (x, at(t, [from.middle, from.middle, to.middle, to.middle]))
}

fn node(part: &Part, at: At, table: &Link) -> Markup {
    let (x, y) = (at.left(), at.middle - HEIGHT / 2.0);
    let is_bad = part.trouble.is_some() || part.adds_up() == Some(false);
    let removed = reasons(&part.removed);
    let class = match (is_bad, part.is_source(), part.is_table()) {
        (true, ..) => "node trouble",
        (_, true, _) => "node source",
        (_, _, false) => "node output",
        _ => "node",
    };
    let third = match (&part.trouble, removed.is_empty()) {
        (Some(trouble), _) => format!("! {trouble}"),
        (None, false) => format!("− {removed}"),
        (None, true) => String::new(),
    };
    let inner = html! {
        title {
            (part.name) ", " (part.step)
            @if let Some(rows) = part.rows_out { ": " (counted(rows, "row")) }
            @if !third.is_empty() { "\n" (third) }
        }
        rect x=(x) y=(y) width=(WIDTH) height=(HEIGHT) rx="7" {}
        text.name x=(x + 12.0) y=(y + 20.0) { (cut(&part.name, 24)) }
        text.step x=(x + 12.0) y=(y + 37.0) {
            (part.step)
            @if let Some(rows) = part.rows_out { " · " (counted(rows, "row")) }
        }
        text class=(if is_bad { "less bad" } else { "less" }) x=(x + 12.0) y=(y + 53.0) { (cut(&third, 28)) }
    };
    html! {
        g class=(class) {
            @if part.has_rows() {
                a href=(table) { (inner) }
            } @else { (inner) }
        }
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_between_columns() {
        let at = |column, middle| At { column, middle };
        let near = label(at(0, 0.0), at(1, 80.0));
        assert!((near.1 - 40.0).abs() < 3.0, "{near:?}");
        let (x, y) = label(at(0, 0.0), at(2, 80.0));
        let gap = at(1, 0.0).left() + WIDTH..at(2, 0.0).left();
        assert!(gap.contains(&x) && y > 40.0 && y <= 80.0, "{x} {y}");
    }
}
