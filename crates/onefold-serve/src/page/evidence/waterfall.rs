//! The evidence of a pair as bars, from the odds of two random records to those of the pair: one bar a comparison. The same stands in a
//! table below it.

use maud::{Markup, html};
use serde_json::Value;

use crate::reasons::Reasons;

/// Why two records are one customer, or may be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reason {
    /// Rules hold, called by their labels, which are joined by `+`: nothing is weighed.
    Rules(String),
    /// Somebody decided so.
    Decision { who: String, why: String },
    /// What the values say, weighed.
    Weights(Weights),
}

/// What the values of two records say, in bits: a weight of 1 doubles the odds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    /// Log odds of two random records.
    pub(crate) prior: f64,
    /// What each comparison adds.
    pub(crate) steps: Vec<Step>,
    /// The probability of the pair.
    pub(crate) score: f64,
}

/// A comparison of a pair.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) comparison: String,
    /// At which level the values agree, in words.
    pub(crate) level: String,
    pub(crate) weight: f64,
}

impl Weights {
    /// From the columns `score` and `weights` of links and possible links.
    pub(crate) fn parse(score: &str, weights: &str) -> Option<Self> {
        let items: Vec<Value> = serde_json::from_str(weights).ok()?;
        let (first, rest) = items.split_first()?;
        let text = |item: &Value, name: &str| item[name].as_str().map(str::to_owned);
        let steps = rest.iter().map(|item| {
            Some(Step {
                comparison: text(item, "comparison")?,
                level: text(item, "level")?,
                weight: item["weight"].as_f64()?,
            })
        });
        Some(Self {
            prior: first["prior"].as_f64()?,
            steps: steps.collect::<Option<_>>()?,
            score: score.parse().ok()?,
        })
    }

    /// The sum of all.
    pub(crate) fn sum(&self) -> f64 {
        self.prior + self.steps.iter().map(|step| step.weight).sum::<f64>()
    }
}

impl Reason {
    /// Of a link, from the columns `reasons`, `score`, `weights`, `decided_by` and `decided_why`, as far as the table has them.
    pub(crate) fn all(value: impl Fn(&str) -> Option<String>) -> Vec<Self> {
        let mut all = Vec::new();
        let reasons = value("reasons").unwrap_or_default();
        let Reasons { rules, is_decided } = Reasons::parse(&reasons);
        if is_decided {
            all.push(Self::Decision {
                who: value("decided_by").unwrap_or_default(),
                why: value("decided_why").unwrap_or_default(),
            });
        }
        if !rules.is_empty() {
            all.push(Self::Rules(rules.to_owned()));
        }
        if let (Some(score), Some(weights)) = (value("score"), value("weights"))
            && let Some(weights) = Weights::parse(&score, &weights)
        {
            all.push(Self::Weights(weights));
        }
        all
    }

    /// The reason in a sentence, or as bars. `least` is the probability from which a pair is linked, where it is known.
    pub(crate) fn shown(&self, least: Option<f64>) -> Markup {
        match self {
            Self::Rules(labels) => html! {
                p { "Linked by " strong { (labels) } ": the values are equal, so nothing is weighed." }
            },
            Self::Decision { who, why } => html! {
                p { "Decided to be the same"
                    @if !who.is_empty() { " by " strong { (who) } }
                    @if !why.is_empty() { ": " (why) }
                }
            },
            Self::Weights(weights) => waterfall(weights, least),
        }
    }
}

const WIDTH: f64 = 860.0;
const ROW: f64 = 26.0;
/// Where the bars begin and end.
const FROM: f64 = 330.0;
const TO: f64 = 790.0;
/// Letters of a label that there is room for.
const LETTERS: usize = 50;

/// A row of the drawing.
struct Bar<'w> {
    label: String,
    /// From one sum to another.
    from: f64,
    to: f64,
    class: &'w str,
    colour: &'w str,
    said: String,
}

/// The evidence as bars, and as a table.
pub(crate) fn waterfall(weights: &Weights, least: Option<f64>) -> Markup {
    let bars = bars(weights);
    let line = least.filter(|least| *least > 0.0 && *least < 1.0);
    let line = line.map(|least| (least / (1.0 - least)).log2());
    let ends = bars.iter().flat_map(|bar| [bar.from, bar.to]);
    let ends = ends.chain(line).chain([0.0]);
    let (low, high) = ends.fold((0.0f64, 0.0f64), |(low, high), end| {
        (low.min(end), high.max(end))
    });
    let unit = (TO - FROM) / (high - low).max(1.0);
    let x = |bits: f64| FROM + (bits - low) * unit;
    let height = ROW * bars.len() as f64 + 20.0;
    let title = format!(
        "From {} bits for two random records to {} bits, {}",
        signed(weights.prior),
        signed(weights.sum()),
        probability(weights.score)
    );
    let drawing = html! {
        svg.chart.waterfall viewBox={ "0 0 " (WIDTH) " " (height) } width=(WIDTH) role="img" aria-label=(title)
            xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" font-size="12.5" {
            line.rule x1=(fixed(x(0.0))) x2=(fixed(x(0.0))) y1="0" y2=(height - 18.0) stroke="#868f9e" {}
            @if let (Some(line), Some(least)) = (line, least) {
                line.least x1=(fixed(x(line))) x2=(fixed(x(line))) y1="0" y2=(height - 18.0) stroke="#868f9e" stroke-dasharray="4 4" {}
                text.mark x=(fixed(x(line).clamp(FROM, TO))) y=(height - 4.0) text-anchor="middle" fill="#5b6472" { "linked from " (percent(least)) }
            }
            @for (place, bar) in bars.iter().enumerate() {
                @let y = ROW * place as f64;
                @let (start, end) = (x(bar.from).min(x(bar.to)), x(bar.from).max(x(bar.to)));
                g.column {
                    title { (bar.label) ": " (bar.said) }
                    rect.hit x="0" y=(y) width=(WIDTH) height=(ROW) fill="transparent" {}
                    text.name x=(FROM - 14.0) y=(y + 17.0) text-anchor="end" fill="#3b4352" { (cut(&bar.label)) }
                    rect class=(bar.class) fill=(bar.colour) x=(fixed(start)) width=(fixed((end - start).max(1.5))) y=(y + 6.0) height=(ROW - 12.0) rx="2" {}
                    @if place + 1 < bars.len() {
                        line.rule x1=(fixed(x(bar.to))) x2=(fixed(x(bar.to))) y1=(y + ROW - 6.0) y2=(y + ROW + 6.0) stroke="#868f9e" {}
                    }
                    text.mark x=(WIDTH - 6.0) y=(y + 17.0) text-anchor="end" fill="#5b6472" { (bar.said) }
                }
            }
        }
    };
    html! {
        figure.chart-frame {
            figcaption { span.title { "What speaks for and against, in bits" } }
            (drawing)
            details {
                summary { "Numbers" }
                (numbers(weights))
            }
        }
    }
}

fn bars(weights: &Weights) -> Vec<Bar<'static>> {
    let mut bars = vec![Bar {
        label: "Two random records".to_owned(),
        from: 0.0,
        to: weights.prior,
        class: "c8",
        colour: "#6b7280",
        said: signed(weights.prior),
    }];
    let mut sum = weights.prior;
    for step in &weights.steps {
        let (class, colour) = match step.weight < 0.0 {
            true => ("bad", "#c62828"),
            false => ("good", "#137a39"),
        };
        bars.push(Bar {
            label: format!("{}: {}", step.comparison, step.level),
            from: sum,
            to: sum + step.weight,
            class,
            colour,
            said: signed(step.weight),
        });
        sum += step.weight;
    }
    bars.push(Bar {
        label: format!("Together: {}", probability(weights.score)),
        from: 0.0,
        to: sum,
        class: "c0",
        colour: "#3457d5",
        said: signed(sum),
    });
    bars
}

fn numbers(weights: &Weights) -> Markup {
    let mut sum = weights.prior;
    let steps = weights.steps.iter().map(|step| {
        sum += step.weight;
        (step, sum)
    });
    let steps: Vec<(&Step, f64)> = steps.collect();
    html! {
        div.scroll tabindex="0" role="group" aria-label="Weights" {
            table.list {
                thead { tr {
                    th scope="col" { "Comparison" } th scope="col" { "Agreement" }
                    th.number scope="col" { "Adds, in bits" } th.number scope="col" { "Sum" }
                } }
                tbody {
                    tr { th scope="row" { "Two random records" } td {} td.number { (signed(weights.prior)) } td.number { (signed(weights.prior)) } }
                    @for (step, sum) in steps {
                        tr { th scope="row" { (step.comparison) } td { (step.level) }
                            td.number { (signed(step.weight)) } td.number { (signed(sum)) } }
                    }
                    tr { th scope="row" { "Together" } td { (probability(weights.score)) } td {} td.number { (signed(weights.sum())) } }
                }
            }
        }
    }
}

/// A number of bits with its sign.
fn signed(bits: f64) -> String {
    match (bits * 10.0).round() / 10.0 {
        0.0 => "\u{b1}0".to_owned(),
        bits if bits < 0.0 => format!("\u{2212}{:.1}", -bits),
        bits => format!("+{bits:.1}"),
    }
}

/// A probability in per cent, never all or nothing.
pub(crate) fn probability(score: f64) -> String {
    match score {
        score if score > 0.9999 => "over 99.99 %".to_owned(),
        score if score < 0.0001 => "under 0.01 %".to_owned(),
        score => percent(score),
    }
}

/// A share in per cent, with as many digits as it has, up to two.
pub(crate) fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn fixed(number: f64) -> String {
    format!("{number:.1}")
}

fn cut(label: &str) -> String {
    match label.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: &str = r#"[{"prior":-8.1},{"comparison":"name","level":"equal word","weight":5.2},{"comparison":"<city>","level":"differ","weight":-2.3}]"#;

    #[test]
    fn bars_lead_from_the_prior_to_the_sum() {
        let weights = Weights::parse("0.027", WEIGHTS).expect("weights");
        let bars = bars(&weights);
        for (before, after) in bars.iter().zip(&bars[1..3]) {
            assert_eq!(before.to, after.from);
        }
        let last = bars.last().expect("a sum");
        assert!((last.to - weights.sum()).abs() < 1e-9 && last.from == 0.0);
        let text = waterfall(&weights, Some(0.5)).into_string();
        assert!(
            text.contains("name: equal word") && text.contains("linked from 50 %"),
            "{text}"
        );
        assert!(
            text.contains("\u{2212}2.3") && text.contains("2.7 %"),
            "{text}"
        );
        assert!(
            !text.contains("<city>") && !text.contains("style="),
            "{text}"
        );
        assert_eq!(Weights::parse("1", "[]"), None);
        assert_eq!(Weights::parse("1", "no"), None);
    }

    #[test]
    fn rules_and_decisions_say_so() {
        let values = |name: &str| {
            let value = match name {
                "reasons" => "name+city+decision+model",
                "decided_by" => "eve",
                "decided_why" => "same voice",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let shown: String = Reason::all(values)
            .iter()
            .map(|reason| reason.shown(None).into_string())
            .collect();
        assert!(
            shown.contains("<strong>eve</strong>: same voice"),
            "{shown}"
        );
        assert!(shown.contains("by <strong>name+city</strong>:"), "{shown}");
    }

    #[test]
    fn numbers_are_never_surer_than_they_are() {
        assert_eq!(probability(0.999_999), "over 99.99 %");
        assert_eq!(probability(0.0), "under 0.01 %");
        assert_eq!(
            [percent(0.5), percent(0.975), percent(0.1234)],
            ["50 %", "97.5 %", "12.34 %"]
        );
        assert_eq!(
            [signed(-0.04), signed(-2.0), signed(12.34)],
            ["±0", "−2.0", "+12.3"]
        );
    }
}
