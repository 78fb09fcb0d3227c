//! What each column of a table holds.

use maud::{Markup, html};
use onefold_engine::browse::Profile;
use serde_json::json;

use super::grid::{Part, head};
use super::state::State;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{Asked, Shape};
use crate::chart;
use crate::failure::Failure;
use crate::page::frame::{Frame, Place};
use crate::text::{grouped, percent};

/// The page of the columns.
pub(crate) fn page(app: &App, asked: &Asked, name: &str) -> Result<Answer, Failure> {
    let state = State::of(app, asked, name)?;
    let shown = state.columns().filter(|column| !state.hides(&column.name));
    let profiles = shown.map(|column| state.table.profile(&column.name, &state.conditions));
    let profiles: Vec<Profile> = profiles.collect::<Result<_, _>>()?;
    if asked.shape == Shape::Json {
        let body = json!({"run_id": state.run_id, "table": state.name, "columns": profiles});
        return Ok(Answer::Json(body));
    }
    let rows = state.view(app)?.rows();
    let body = html! {
        (head(&state, rows, Part::Columns))
        div.profiles { @for profile in &profiles { (one(profile)) } }
    };
    let runs = app.runs();
    let frame = Frame::new(app, asked, app.run(&runs, asked)?).at(Place::Tables);
    Ok(Answer::page(format!("Columns of {name}"), frame, body))
}

fn one(profile: &Profile) -> Markup {
    let is_text = profile.type_name == "text";
    let (least, greatest, mean) = match is_text {
        true => ("Shortest", "Longest", "Mean length"),
        false => ("Least", "Greatest", "Mean"),
    };
    html! {
        section.card.profile {
            h2 { (profile.column) " " span.type { (profile.type_name) } }
            dl {
                div { dt { "Missing" } dd { (grouped(profile.missing)) " " span.quiet { (percent(profile.missing, profile.rows)) } } }
                div { dt { "Different" } dd { @match profile.distinct { Some(n) => (grouped(n)), None => "over 100,000" } } }
                @if let Some(value) = &profile.least { div { dt { (least) } dd { (value) } } }
                @if let Some(value) = &profile.greatest { div { dt { (greatest) } dd { (value) } } }
                @if let Some(value) = profile.mean { div { dt { (mean) } dd { (format!("{value:.2}")) } } }
            }
            @if profile.bins.len() > 1 {
                @let title = match is_text { true => "Rows by length", false => "Rows by value" };
                @let bins = profile.bins.iter().map(|bin| (bin.from.as_str(), bin.rows));
                (chart::columns(title, bins))
            }
            @if !profile.top.is_empty() && profile.distinct != Some(profile.rows - profile.missing) {
                table.top {
                    caption { "Most frequent" }
                    tbody {
                        @for value in profile.top.iter().take(8) {
                            tr {
                                th scope="row" { @if value.value.is_empty() { em { "empty" } } @else { (value.value) } }
                                td.number { (grouped(value.rows)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
