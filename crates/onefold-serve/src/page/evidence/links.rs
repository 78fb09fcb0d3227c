//! The links between the records of a customer, with what each is made of.

use maud::{Markup, html};
use onefold_engine::browse::{Customer, Member};

use super::waterfall::{Reason, probability};
use crate::text::counted;

/// Links that are shown with their evidence.
const SHOWN: usize = 30;

/// A link between two records of a customer.
#[derive(Debug, Clone)]
pub(crate) struct Linked {
    /// Its records among those of the customer, as far as they are read.
    pub(crate) ends: [Option<usize>; 2],
    names: [String; 2],
    pub(crate) reasons: Vec<Reason>,
}

impl Linked {
    /// Those of a customer.
    pub(crate) fn all(customer: &Customer) -> Vec<Self> {
        let links = customer.links.iter().map(|link| {
            let value = |name: &str| {
                let mut fields = link.iter().filter(|(field, _)| field == name);
                fields.next().and_then(|(_, value)| value.clone())
            };
            let name = |place: Option<usize>, source: &str, key: &str| match place {
                Some(place) => customer.records.get(place).map(Member::name),
                None => Some(format!(
                    "{}:{}",
                    value(source).unwrap_or_default(),
                    value(key).unwrap_or_default()
                )),
            };
            let ends = customer.ends(link);
            let names = [
                name(ends[0], "source", "record_key"),
                name(ends[1], "linked_source", "linked_key"),
            ];
            Self {
                ends,
                names: names.map(Option::unwrap_or_default),
                reasons: Reason::all(value),
            }
        });
        links.collect()
    }

    /// The same, the weakest first: by probability, then those of rules alone, then what somebody decided.
    pub(crate) fn weakest_first(customer: &Customer) -> Vec<Self> {
        let mut links = Self::all(customer);
        let doubt = |link: &Self| (link.is_decided(), link.score().unwrap_or(2.0));
        links.sort_by(|a, b| {
            let (a, b) = (doubt(a), doubt(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        links
    }

    /// The probability of its two records, where a model has weighed them.
    pub(crate) fn score(&self) -> Option<f64> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::Weights(weights) => Some(weights.score),
            _ => None,
        })
    }

    pub(crate) fn is_decided(&self) -> bool {
        let is = |reason: &Reason| matches!(reason, Reason::Decision { .. });
        self.reasons.iter().any(is)
    }

    pub(crate) fn is_by_rule(&self) -> bool {
        let is = |reason: &Reason| matches!(reason, Reason::Rules(_));
        self.reasons.iter().any(is)
    }
}

/// Why the records are one customer.
pub(crate) fn links(customer: &Customer, links: &[Linked], least: Option<f64>) -> Markup {
    html! {
        section.card {
            h2 { "Why they are one customer" }
            @if customer.total == 1 { p.quiet { "There is one record, so nothing had to be linked." } }
            @else if links.is_empty() { p.quiet { "The run has not kept the links of this table." } }
            @for link in links.iter().take(SHOWN) {
                @let [one, other] = &link.names;
                article.link {
                    h3 { (one) span.quiet { " with " } (other)
                        @if let Some(score) = link.score() { " " span.quiet { (probability(score)) } } }
                    @for reason in &link.reasons { (reason.shown(least)) }
                }
            }
            @if links.len() > SHOWN {
                p.quiet { (counted((links.len() - SHOWN) as u64, "more link")) " in the table of links." }
            }
        }
    }
}
