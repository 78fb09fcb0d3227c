//! The values of columns beside the rows, with how many rows have each under the other conditions.

use maud::{Markup, html};
use onefold_engine::browse::{Condition, Counts, MOST_VALUES, Shape};
use serde_json::json;

use super::filter::choice;
use super::state::State;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{self, Asked};
use crate::failure::Failure;
use crate::text::grouped;

/// Values that are listed.
const VALUES: usize = 12;
/// Rows up to which some columns are counted without being asked for.
const SMALL: u64 = 200_000;
/// How many columns those are.
const FIRST: usize = 4;

/// The values of one column, as a piece of the page or as data.
pub(crate) fn piece(app: &App, asked: &Asked, name: &str) -> Result<Answer, Failure> {
    let state = State::of(app, asked, name)?;
    let column = asked
        .value("values")
        .ok_or_else(|| Failure::wrong("no column is asked for"))?;
    let counts = counts(&state, column)?;
    Ok(match asked.shape {
        asked::Shape::Json => Answer::Json(json!({"column": column, "counts": counts})),
        asked::Shape::Html => Answer::Piece(values(&state, column, &counts)),
    })
}

/// Counts the values of a column under the conditions on all other columns: what would be seen if another value were chosen.
fn counts(state: &State, column: &str) -> Result<Counts, Failure> {
    if state.hides(column) {
        return Err(Failure::wrong("the values of this column are hidden"));
    }
    let others = state
        .conditions
        .iter()
        .filter(|known| known.column != column);
    let others: Vec<Condition> = others.cloned().collect();
    Ok(state.table.counts(column, &others, VALUES)?)
}

/// The panel beside the rows. Some columns are counted at once, the others when they are opened.
pub(super) fn panel(state: &State) -> Markup {
    let countable: Vec<&str> = state
        .table
        .columns()
        .iter()
        .filter(|column| column.shape != Shape::Nested && !state.hides(&column.name))
        .map(|column| column.name.as_str())
        .collect();
    let few = |column: &&str| state.table.rows() <= SMALL && is_worth_it(state, column);
    let mut open: Vec<String> = state.facets.clone();
    if open.is_empty() {
        let first = countable.iter().copied().filter(few).take(FIRST);
        open = first.map(str::to_owned).collect();
    }
    html! {
        aside.facets aria-label="Values" {
            @for column in countable {
                @let is_open = open.iter().any(|name| name == column);
                @let link = state.link(Some("values")).with("values", column);
                details.facet open[is_open] data-values=[(!is_open).then_some(&link)] {
                    summary { (column) }
                    @if is_open {
                        @match counts(state, column) {
                            Ok(counts) => (values(state, column, &counts)),
                            Err(failure) => p.quiet { (failure.message) },
                        }
                    } @else {
                        noscript { a href=(state.with_facet(column, true).link(None)) { "Count its values" } }
                        p.quiet.loading { "Counting…" }
                    }
                }
            }
        }
    }
}

/// Whether a column of a small table has values that repeat.
fn is_worth_it(state: &State, column: &str) -> bool {
    let counts = state.table.counts(column, &[], 1);
    counts.is_ok_and(|counts| {
        let distinct = counts.distinct.unwrap_or(u64::MAX);
        distinct > 1 && distinct <= 40 && distinct.saturating_mul(2) <= counts.rows
    })
}

fn values(state: &State, column: &str, counts: &Counts) -> Markup {
    let Some(distinct) = counts.distinct else {
        return html! {
            p.quiet { "More than " (grouped(MOST_VALUES as u64)) " different values." }
        };
    };
    let most = counts.values.first().map_or(0, |value| value.rows);
    let most = most.max(counts.missing).max(1);
    let entry = |value: Option<&str>, rows: u64| {
        let label = match value {
            Some("") => html! { em { "empty" } },
            Some(text) => html! { (text) },
            None => html! { em { "missing" } },
        };
        let width = (rows * 100).div_ceil(most);
        let inner = html! {
            svg.share viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" {
                rect width=(width) height="1" {}
            }
            span.value { (label) }
            span.rows { (grouped(rows)) }
        };
        html! { li { (choice(state, column, value, &inner)) } }
    };
    html! {
        ul.values {
            @for value in &counts.values { (entry(Some(&value.value), value.rows)) }
            @if counts.missing > 0 { (entry(None, counts.missing)) }
        }
        @if distinct > counts.values.len() as u64 {
            p.quiet { (grouped(distinct - counts.values.len() as u64)) " more values" }
        }
    }
}
