//! The rows of a table over time.

use maud::{Markup, html};
use onefold_engine::browse::{Shape, Timeline};

use super::grid::{Part, head};
use super::state::State;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::{self, Asked};
use crate::chart;
use crate::failure::Failure;
use crate::page::frame::{Frame, Place};
use crate::text::duration;

/// Widths of a bucket that are offered, in seconds.
const WIDTHS: [i64; 8] = [60, 300, 900, 3_600, 21_600, 86_400, 604_800, 2_419_200];

/// The page of the rows over time.
pub(crate) fn page(app: &App, asked: &Asked, name: &str) -> Result<Answer, Failure> {
    let state = State::of(app, asked, name)?;
    let times: Vec<&str> = of_shape(&state, |shape| shape == Shape::Time);
    let Some(column) = asked.value("over").or_else(|| times.first().copied()) else {
        return Err(Failure::wrong(format!("`{name}` has no column of times")));
    };
    let by = asked.value("by");
    let bucket = asked.value("bucket").and_then(|text| text.parse().ok());
    let timeline = state
        .table
        .timeline(column, by, bucket, &state.conditions)?;
    if asked.shape == asked::Shape::Json {
        return Answer::json(&timeline);
    }
    let rows = state.view(app)?.rows();
    let body = html! {
        (head(&state, rows, Part::Time))
        (controls(&state, &times, &timeline, by, bucket))
        section.card { (drawn(&timeline, by)) }
    };
    let runs = app.runs();
    let frame = Frame::new(app, asked, app.run(&runs, asked)?).at(Place::Tables);
    Ok(Answer::page(format!("{name} over time"), frame, body))
}

/// A timeline as a chart.
pub(crate) fn drawn(timeline: &Timeline, by: Option<&str>) -> Markup {
    let what = by.map(|by| format!(" by {by}")).unwrap_or_default();
    let every = duration(timeline.bucket_seconds as f64);
    let title = format!("Rows per {every}{what}");
    let labels: Vec<&str> = timeline
        .buckets
        .iter()
        .map(|bucket| bucket.from.as_str())
        .collect();
    let rest = if by.is_some() { "other" } else { "rows" };
    let series = timeline.series.iter().map(|series| {
        let name = series.value.as_deref().unwrap_or(rest);
        (name, series.rows.as_slice())
    });
    let series: Vec<_> = series.collect();
    html! {
        @if labels.is_empty() { p.quiet { "No row has a time." } }
        @else { (chart::stacked(&title, &labels, &series, chart::Width::Wide)) }
    }
}

fn of_shape(state: &State, is_meant: impl Fn(Shape) -> bool) -> Vec<&str> {
    let columns = state.table.columns().iter();
    let meant = columns.filter(|column| is_meant(column.shape) && !state.hides(&column.name));
    meant.map(|column| column.name.as_str()).collect()
}

fn controls(
    state: &State,
    times: &[&str],
    timeline: &Timeline,
    by: Option<&str>,
    bucket: Option<i64>,
) -> Markup {
    let link = state.at_row(0).link(Some("time"));
    let values = of_shape(state, |shape| matches!(shape, Shape::Text | Shape::Truth));
    html! {
        form.controls method="get" action=(link.path()) {
            @for (name, value) in link.query() { input type="hidden" name=(name) value=(value); }
            label { "Time" select name="over" {
                @for time in times { option value=(time) selected[*time == timeline.column] { (time) } }
            } }
            label { "By" select name="by" {
                option value="" { "nothing" }
                @for value in &values { option value=(value) selected[by == Some(value)] { (value) } }
            } }
            label { "Every" select name="bucket" {
                option value="" { "automatic" }
                @for width in WIDTHS { option value=(width) selected[bucket == Some(width)] { (duration(width as f64)) } }
            } }
            button type="submit" { "Show" }
        }
    }
}
