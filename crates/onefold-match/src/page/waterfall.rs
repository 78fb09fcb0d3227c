//! Pairs, explained: from the odds of two random records to those of the pair.

use crate::explain::{Agreement, Explanation};

use super::data::{Example, Page};
use super::learned::weight_of_tick;
use super::parts::{nothing, section, wide};
use super::svg::{Scale, n};
use super::text::{escaped, share, threshold, weight};

/// The example pairs.
pub(super) fn examples(page: &Page) -> String {
    let mut inside = String::new();
    for example in &page.examples {
        inside += &pair(example, page.thresholds);
    }
    if inside.is_empty() {
        inside = nothing("There are no pairs to show.");
    }
    section(
        "examples",
        "Pairs explained",
        "Each begins with the odds of two random records. What the values say is added (+) or taken away (−) in bits, and the \
         sum is the probability. Dashed lines mark what is enough for a possible pair and for a match.",
        &inside,
    )
}

/// Where the bar of a row begins and ends: beside the first line of its texts.
const BAR: [f64; 2] = [9.0, 23.0];

/// What all rows of a pair are drawn with.
struct Frame {
    scale: Scale,
    ticks: Vec<f64>,
    /// Weights from which a pair is possible, and a match.
    least: [f64; 2],
}

impl Frame {
    fn new(explanation: &Explanation, thresholds: [f64; 2]) -> Self {
        let mut sum = f64::from(explanation.prior);
        let mut sums = vec![sum, f64::from(explanation.weight)];
        for agreement in &explanation.evidence {
            sum += f64::from(agreement.weight);
            sums.push(sum);
        }
        let least = thresholds.map(|least| (least / (1.0 - least)).log2());
        let all = sums.iter().chain(&least).copied();
        let scale = Scale::of(all, 1000.0, [2.0, 98.0]);
        Self {
            scale,
            ticks: scale.ticks(5.0),
            least,
        }
    }

    /// A bar from a sum to a sum, and down to the next row. Columns are per cent, so that the page can be of any width.
    fn row(&self, class: &str, [from, to]: [f64; 2], is_first: bool, is_last: bool) -> String {
        let mut out = String::new();
        for tick in &self.ticks {
            let class = if *tick == 0.0 { "zero" } else { "grid" };
            out += &down(class, self.scale.x(*tick), "0", "100%");
        }
        for least in self.least.iter().filter(|least| least.is_finite()) {
            out += &down("threshold", self.scale.x(*least), "0", "100%");
        }
        let (start, end) = (self.scale.x(from), self.scale.x(to));
        if !is_first {
            out += &down("step", if is_last { end } else { start }, "0", &n(BAR[0]));
        }
        // What adds nothing is a stroke where the sum stands.
        let half = if (end - start).abs() < 0.6 { 0.3 } else { 0.0 };
        let (left, right) = (start.min(end) - half, start.max(end) + half);
        out += &format!(
            "<rect class=\"{class}\" x=\"{}%\" y=\"{}\" width=\"{}%\" height=\"{}\" />\n",
            n(left),
            n(BAR[0]),
            n(right - left),
            n(BAR[1] - BAR[0]),
        );
        if !is_last {
            out += &down("step", end, &n(BAR[1]), "100%");
        }
        let said = format!("from {} to {}", weight(from), weight(to));
        format!("<svg role=\"img\" aria-label=\"{said}\"><title>{said}</title>\n{out}</svg>")
    }

    /// The numbers below.
    fn axis(&self) -> String {
        let mut out = String::from("<svg class=\"ticks\" aria-hidden=\"true\">\n");
        for tick in &self.ticks {
            out += &format!(
                "<text class=\"mid tick\" x=\"{}%\" y=\"14\">{}</text>\n",
                n(self.scale.x(*tick)),
                weight_of_tick(*tick),
            );
        }
        out + "</svg>"
    }
}

/// A line down a column.
fn down(class: &str, column: f64, from: &str, to: &str) -> String {
    let x = n(column);
    format!("<line class=\"{class}\" x1=\"{x}%\" x2=\"{x}%\" y1=\"{from}\" y2=\"{to}\" />\n")
}

fn pair(example: &Example, thresholds: [f64; 2]) -> String {
    let explanation = &example.explanation;
    let frame = Frame::new(explanation, thresholds);
    let prior = f64::from(explanation.prior);
    let mut out = format!(
        "<table class=\"waterfall\">\n<caption><strong>{}</strong> <span class=\"keys\"><bdi>{}</bdi> and <bdi>{}</bdi></span></caption>\n\
         <thead><tr><th scope=\"col\">Comparison</th><th scope=\"col\">First</th><th scope=\"col\">Second</th><th scope=\"col\">Agreement</th>\
         <th scope=\"col\" class=\"bars\">Sum in bits</th><th scope=\"col\" class=\"num\">Adds</th></tr></thead>\n<tbody>\n",
        escaped(&example.what),
        escaped(&example.a),
        escaped(&example.b),
    );
    out += &format!(
        "<tr class=\"total\"><th scope=\"row\" colspan=\"4\">Two random records</th><td class=\"bars\">{}</td><td \
         class=\"num\">{}</td></tr>\n",
        frame.row("other", [0.0, prior], true, false),
        weight(prior),
    );
    let mut sum = prior;
    for agreement in &explanation.evidence {
        let next = sum + f64::from(agreement.weight);
        out += &evidence(agreement, &frame, [sum, next]);
        sum = next;
    }
    let total = f64::from(explanation.weight);
    let least = thresholds[1];
    let verdict = match explanation.probability {
        probability if probability >= least => format!("a match from {}", threshold(least)),
        probability if probability >= thresholds[0] => {
            format!(
                "possible from {}, a match from {}",
                threshold(thresholds[0]),
                threshold(least)
            )
        }
        _ => format!("possible from {}", threshold(thresholds[0])),
    };
    out += &format!(
        "<tr class=\"total\"><th scope=\"row\" colspan=\"4\">Probability {} <span class=\"note\">{verdict}</span></th><td \
         class=\"bars\">{}</td><td class=\"num\">{}</td></tr>\n</tbody>\n<tfoot aria-hidden=\"true\"><tr><td \
         colspan=\"4\"></td><td class=\"bars\">{}</td><td></td></tr></tfoot>\n</table>\n",
        share(explanation.probability),
        frame.row("plain", [0.0, total], false, true),
        weight(total),
        frame.axis(),
    );
    let label = format!(
        "{}: {} and {}",
        escaped(&example.what),
        escaped(&example.a),
        escaped(&example.b)
    );
    wide(&label, &out)
}

fn evidence(agreement: &Agreement, frame: &Frame, sums: [f64; 2]) -> String {
    let [a, b] = &agreement.values;
    let (first, second) = match (a, b) {
        (Some(a), Some(b)) => both(a, b),
        (a, b) => (one(a.as_deref()), one(b.as_deref())),
    };
    let (row, bar) = match agreement.weight {
        0.0 => (" class=\"silent\"", "other"),
        ..0.0 => ("", "minus"),
        _ => ("", "plus"),
    };
    format!(
        "<tr{row}><th scope=\"row\">{}</th><td>{first}</td><td>{second}</td><td>{}</td><td class=\"bars\">{}</td><td \
         class=\"num\">{}</td></tr>\n",
        escaped(&agreement.comparison),
        escaped(&agreement.level),
        frame.row(bar, sums, false, false),
        weight(f64::from(agreement.weight)),
    )
}

fn one(value: Option<&str>) -> String {
    match value {
        Some(value) => format!("<bdi>{}</bdi>", escaped(value)),
        None => "<span class=\"none\">none</span>".to_owned(),
    }
}

/// Two values, what differs between their common beginning and end underlined.
fn both(a: &str, b: &str) -> (String, String) {
    let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let start = x.iter().zip(&y).take_while(|(x, y)| x == y).count();
    let (x_rest, y_rest) = (&x[start..], &y[start..]);
    let end = x_rest
        .iter()
        .rev()
        .zip(y_rest.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let is_short = x.len().max(y.len()) <= 120;
    if a == b || start + end == 0 || !is_short {
        return (one(Some(a)), one(Some(b)));
    }
    let marked = |signs: &[char]| {
        let text = |signs: &[char]| escaped(&signs.iter().collect::<String>());
        let (before, rest) = signs.split_at(start);
        let (differs, after) = rest.split_at(rest.len() - end);
        let differs = match differs {
            [] => String::new(),
            _ => format!("<u>{}</u>", text(differs)),
        };
        format!("<bdi>{}{differs}{}</bdi>", text(before), text(after))
    };
    (marked(&x), marked(&y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_underlined() {
        let cases = [
            ("ann", "ann", "<bdi>ann</bdi>", "<bdi>ann</bdi>"),
            (
                "anne",
                "anna",
                "<bdi>ann<u>e</u></bdi>",
                "<bdi>ann<u>a</u></bdi>",
            ),
            ("an", "ann", "<bdi>an</bdi>", "<bdi>an<u>n</u></bdi>"),
            ("x", "y", "<bdi>x</bdi>", "<bdi>y</bdi>"),
            (
                "é<",
                "é>",
                "<bdi>é<u>&lt;</u></bdi>",
                "<bdi>é<u>&gt;</u></bdi>",
            ),
            ("aa", "aaa", "<bdi>aa</bdi>", "<bdi>aa<u>a</u></bdi>"),
            ("", "a", "<bdi></bdi>", "<bdi>a</bdi>"),
        ];
        for (a, b, first, second) in cases {
            assert_eq!(both(a, b), (first.to_owned(), second.to_owned()));
        }
    }
}
