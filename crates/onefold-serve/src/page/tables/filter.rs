//! Conditions on a table: shown, set, and taken away.

use maud::{Markup, html};
use onefold_engine::browse::{Condition, Operator, Shape};

use super::state::State;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::Asked;
use crate::failure::Failure;
use crate::form::Form;
use crate::link::Link;
use crate::page::frame::truth;

/// Operators, as addresses call them and as people read them.
const OPERATORS: &[(Operator, &str, &str)] = &[
    (Operator::Is, "is", "is"),
    (Operator::IsNot, "is_not", "is not"),
    (Operator::Contains, "contains", "contains"),
    (Operator::Begins, "begins", "begins with"),
    (Operator::Less, "less", "<"),
    (Operator::AtMost, "at_most", "≤"),
    (Operator::More, "more", ">"),
    (Operator::AtLeast, "at_least", "≥"),
    (Operator::Missing, "missing", "is missing"),
    (Operator::Present, "present", "is not missing"),
];

/// Changes the conditions as a form says, and leads to the rows that meet them.
pub(crate) fn change(app: &App, asked: &Asked, name: &str, form: &Form) -> Result<Answer, Failure> {
    let state = State::of(app, asked, name)?;
    let mut conditions = state.conditions.clone();
    match form.value("do") {
        Some("clear") => conditions.clear(),
        Some("search") => {
            conditions.retain(|condition| !condition.column.is_empty());
            if let Some(text) = form.value("text").filter(|text| !text.is_empty()) {
                conditions.push(Condition {
                    column: String::new(),
                    operator: Operator::Contains,
                    values: vec![Some(text.to_owned())],
                });
            }
        }
        Some("remove") => {
            let place = form
                .value("place")
                .and_then(|place| place.parse::<usize>().ok());
            if let Some(place) = place.filter(|place| *place < conditions.len()) {
                conditions.remove(place);
            }
        }
        Some("value") => {
            let column = form.text("name");
            toggle(
                &mut conditions,
                column,
                form.value("text").map(str::to_owned),
            );
        }
        Some("only") => {
            let column = form.text("name");
            conditions.retain(|known| known.column != column);
            if let Some(text) = form.value("text").filter(|text| !text.is_empty()) {
                toggle(&mut conditions, column, Some(text.to_owned()));
            }
        }
        Some("add") => conditions.push(added(&state, form)?),
        _ => return Err(Failure::wrong("the form does not say what to do")),
    }
    if conditions
        .iter()
        .any(|condition| state.hides(&condition.column))
    {
        return Err(Failure::wrong("what is hidden cannot be searched"));
    }
    let next = state.under(app, conditions)?;
    if form.value("back") == Some("sessions") {
        let link = Link::to(&["sessions"]).with_some("run", asked.value("run"));
        let link = link
            .with("tab", "events")
            .with_some("filter", next.filter.as_ref());
        return Ok(Answer::Elsewhere(link));
    }
    let part = form
        .value("part")
        .filter(|part| matches!(*part, "columns" | "time"));
    Ok(Answer::Elsewhere(next.link(part)))
}

fn added(state: &State, form: &Form) -> Result<Condition, Failure> {
    let column = form.text("name");
    state.table.column(column)?;
    let asked = form.text("operator");
    let known = OPERATORS.iter().find(|(_, name, _)| *name == asked);
    let (operator, ..) = known.ok_or_else(|| Failure::wrong("there is no such comparison"))?;
    let needs_none = matches!(operator, Operator::Missing | Operator::Present);
    let values = match (needs_none, form.value("text")) {
        (true, _) => Vec::new(),
        (false, Some(text)) => vec![Some(text.to_owned())],
        (false, None) => return Err(Failure::wrong("a value to compare with is missing")),
    };
    Ok(Condition {
        column: column.to_owned(),
        operator: *operator,
        values,
    })
}

/// Adds a value to those that a column may have, or takes it away. `None` is a missing value.
fn toggle(conditions: &mut Vec<Condition>, column: &str, value: Option<String>) {
    let is_choice = |known: &Condition| known.column == column && known.operator == Operator::Is;
    let Some(place) = conditions.iter().position(is_choice) else {
        conditions.push(Condition {
            column: column.to_owned(),
            operator: Operator::Is,
            values: vec![value],
        });
        return;
    };
    let values = &mut conditions[place].values;
    match values.iter().position(|known| *known == value) {
        Some(known) => _ = values.remove(known),
        None => values.push(value),
    }
    if values.is_empty() {
        conditions.remove(place);
    }
}

/// The conditions, each with a button that takes it away; a search; and a form for another one.
pub(super) fn bar(state: &State, part: Option<&str>) -> Markup {
    let link = state.at_row(0).link(Some("filter"));
    let search = state
        .conditions
        .iter()
        .find(|known| known.column.is_empty());
    let search = search.and_then(|known| known.values.first().cloned().flatten());
    html! {
        div.filters {
            @if state.is_searchable() {
                form.search method="post" action=(link) role="search" {
                    (part_field(part))
                    label.hidden for="search" { "Search all texts of this table" }
                    input id="search" type="search" name="text" placeholder="Search all texts" value=[search];
                    button type="submit" name="do" value="search" { "Search" }
                }
            }
            details.menu {
                summary { "Add a filter" }
                form method="post" action=(link) {
                    (part_field(part))
                    label { "Column"
                        select name="name" {
                            @for column in state.table.columns() {
                                @if !state.hides(&column.name) && column.shape != Shape::Nested {
                                    option value=(column.name) { (column.name) }
                                }
                            }
                        }
                    }
                    label { "Comparison"
                        select name="operator" {
                            @for (_, name, words) in OPERATORS { option value=(name) { (words) } }
                        }
                    }
                    label { "Value" input type="text" name="text" autocomplete="off"; }
                    button.primary type="submit" name="do" value="add" { "Add" }
                }
            }
            @for (place, condition) in state.conditions.iter().enumerate() {
                form.chip method="post" action=(link) {
                    (part_field(part))
                    input type="hidden" name="place" value=(place);
                    span { (words(condition)) }
                    button type="submit" name="do" value="remove" aria-label={ "Remove the filter: " (words(condition)) } { "×" }
                }
            }
            @if state.conditions.len() > 1 {
                form method="post" action=(link) {
                    (part_field(part))
                    button.plain type="submit" name="do" value="clear" { "Remove all" }
                }
            }
        }
    }
}

fn part_field(part: Option<&str>) -> Markup {
    html! { @if let Some(part) = part { input type="hidden" name="part" value=(part); } }
}

/// A condition as people say it.
fn words(condition: &Condition) -> String {
    let known = OPERATORS
        .iter()
        .find(|(operator, ..)| *operator == condition.operator);
    let operator = known.map_or("", |(_, _, words)| words);
    let column = match condition.column.as_str() {
        "" => "any text",
        name => name,
    };
    let values = condition.values.iter();
    let values = values.map(|value| value.as_deref().unwrap_or("missing").to_owned());
    format!(
        "{column} {operator} {}",
        values.collect::<Vec<_>>().join(" or ")
    )
    .trim_end()
    .to_owned()
}

/// A form's target and hidden fields for choosing among values of a column.
pub(super) fn choice(state: &State, column: &str, value: Option<&str>, inner: &Markup) -> Markup {
    let link: Link = state.at_row(0).link(Some("filter"));
    let is_chosen = state.conditions.iter().any(|known| {
        let is_value = |one: &Option<String>| one.as_deref() == value;
        known.column == column
            && known.operator == Operator::Is
            && known.values.iter().any(is_value)
    });
    html! {
        form method="post" action=(link) {
            input type="hidden" name="name" value=(column);
            @if let Some(value) = value { input type="hidden" name="text" value=(value); }
            button type="submit" name="do" value="value" aria-pressed=(truth(is_chosen)) { (inner) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_chosen_and_left_again() {
        let mut conditions = Vec::new();
        toggle(&mut conditions, "city", Some("Oslo".to_owned()));
        toggle(&mut conditions, "city", None);
        assert_eq!(words(&conditions[0]), "city is Oslo or missing");
        toggle(&mut conditions, "city", Some("Oslo".to_owned()));
        assert_eq!(conditions[0].values, [None]);
        toggle(&mut conditions, "city", None);
        assert!(conditions.is_empty());
    }
}
