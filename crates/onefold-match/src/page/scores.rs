//! How probable the compared pairs are.

use super::data::Page;
use super::parts::{Column, figure, nothing, section, table};
use super::svg::{Scale, WIDTH, chart, line, rect, text};
use super::text::{count, counted, part, threshold};

const LEFT: f64 = 72.0;
const TOP: f64 = 48.0;
const HEIGHT: f64 = 220.0;

/// Compared pairs by their probability.
pub(super) fn probabilities(page: &Page) -> String {
    let total = page
        .probabilities
        .iter()
        .fold(0u64, |sum, each| sum.saturating_add(*each));
    let says = format!(
        "{} by how probable it is that both records are one person. Counts are drawn on a logarithmic scale. Good matching \
         leaves few pairs in the middle.",
        counted(total, "compared pair", "compared pairs"),
    );
    let inside = match total {
        0 => nothing("No pairs were compared."),
        _ => figure(
            "Compared pairs by probability",
            &drawing(page),
            &numbers(page, total),
        ),
    };
    section("probabilities", "Match probability", &says, &inside)
}

/// From a tenth to where it begins and ends.
fn bounds(tenth: usize) -> [f64; 2] {
    [tenth as f64 / 10.0, (tenth + 1) as f64 / 10.0]
}

fn numbers(page: &Page, total: u64) -> String {
    let rows = page.probabilities.iter().enumerate().map(|(tenth, pairs)| {
        let [from, to] = bounds(tenth);
        vec![
            format!("{from:.1} to {to:.1}"),
            count(*pairs),
            part(*pairs, total),
        ]
    });
    table(
        "Compared pairs by probability",
        &[
            Column::Text("Probability"),
            Column::Number("Pairs"),
            Column::Number("Share"),
        ],
        &rows.collect::<Vec<_>>(),
    )
}

fn drawing(page: &Page) -> String {
    let most = page.probabilities.iter().copied().max().unwrap_or(0);
    let x = Scale {
        from: 0.0,
        to: 1.0,
        at: [LEFT, WIDTH - 20.0],
    };
    let floor = TOP + HEIGHT;
    // Up to the next power of ten, so that there is a tick above every bar.
    let decades = (most as f64).log10().floor() + 1.0;
    let y = Scale {
        from: 0.0,
        to: (10f64.powf(decades) + 1.0).log10(),
        at: [floor, TOP],
    };
    let height = |pairs: f64| y.x((pairs + 1.0).log10());
    let mut out = String::new();
    out += &text("end tick", LEFT - 8.0, floor + 4.5, "0");
    let mut last = floor;
    for power in 0..=decades as u32 {
        let pairs = 10u64.saturating_pow(power);
        let at = height(pairs as f64);
        if last - at >= 14.0 {
            out += &line("grid", [LEFT, at], [WIDTH - 20.0, at]);
            out += &text("end tick", LEFT - 8.0, at + 4.5, &short(power));
            last = at;
        }
    }
    for (tenth, pairs) in page.probabilities.iter().enumerate() {
        let [from, to] = bounds(tenth);
        let columns = [x.x(from) + 4.0, x.x(to) - 4.0];
        let top = height(*pairs as f64);
        let middle = (columns[0] + columns[1]) / 2.0;
        out += &format!(
            "<g class=\"row\"><title>{} of probability {from:.1} to {to:.1}</title>\n{}{}{}</g>\n",
            counted(*pairs, "pair", "pairs"),
            rect("hit", [x.x(from), x.x(to)], TOP, HEIGHT),
            rect("plain", columns, top, floor - top),
            text("mid number halo", middle, top - 6.0, &count(*pairs)),
        );
        out += &text("mid tick", x.x(from), floor + 18.0, &format!("{from:.1}"));
    }
    out += &text("mid tick", x.x(1.0), floor + 18.0, "1.0");
    out += &line("zero", [LEFT, floor], [WIDTH - 20.0, floor]);
    out += &text(
        "mid axis",
        (LEFT + WIDTH - 20.0) / 2.0,
        floor + 40.0,
        "probability of a match",
    );
    out += &text("axis", 0.0, TOP - 22.0, "pairs");
    for (index, name) in ["possible", "match"].iter().enumerate() {
        let Some(least) = page.thresholds.get(index).filter(|least| least.is_finite()) else {
            continue;
        };
        let at = x.x(*least);
        let label = format!("{name} from {}", threshold(*least));
        let y = 12.0 + 16.0 * index as f64;
        out += &line("threshold", [at, y - 10.0], [at, floor]);
        out += &match *least > 0.5 {
            true => text("end halo", at - 6.0, y, &label),
            false => text("halo", at + 6.0, y, &label),
        };
    }
    chart(
        floor + 48.0,
        "Compared pairs by probability, with the thresholds of possible pairs and of matches",
        &out,
    )
}

/// A power of ten, short.
fn short(power: u32) -> String {
    let unit = ["", "k", "M", "G", "T", "P", "E"];
    let number = 10u32.pow(power % 3);
    match unit.get(power as usize / 3) {
        Some(unit) => format!("{number}{unit}"),
        None => format!("10^{power}"),
    }
}
