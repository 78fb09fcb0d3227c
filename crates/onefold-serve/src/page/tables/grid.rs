//! The rows of a table: a page of them that needs no script, which a script makes into a grid over all of them.

use maud::{Markup, html};
use onefold_engine::browse::Shape;
use serde_json::json;

use super::facets;
use super::filter;
use super::state::State;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::Asked;
use crate::failure::Failure;
use crate::page::downloads::menu;
use crate::page::frame::{Frame, Place};
use crate::text::{counted, grouped, percent};

/// Rows of a page.
const ROWS: usize = 100;
/// Most rows that a script may ask for at once.
const MOST: usize = 500;
/// Bytes of a value that a page shows; the script asks for a row as a whole.
const CELL: usize = 400;
/// What stands for a hidden value.
const HIDDEN: &str = "•••";

/// A part of the pages of a table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Rows,
    Columns,
    Time,
}

impl Part {
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Rows => None,
            Self::Columns => Some("columns"),
            Self::Time => Some("time"),
        }
    }
}

/// The page of the rows.
pub(crate) fn page(app: &App, asked: &Asked, name: &str) -> Result<Answer, Failure> {
    let state = State::of(app, asked, name)?;
    let view = state.view(app)?;
    // A filter may leave fewer rows than there were when the address was made.
    let state = state.at_row(state.offset.min(view.rows().saturating_sub(1)));
    let rows = shown_rows(&state, app, state.offset, ROWS, Some(CELL))?;
    let body = html! {
        (head(&state, view.rows(), Part::Rows))
        div.with-facets {
            (facets::panel(&state))
            div.rows { (grid(&state, view.rows(), &rows)) }
        }
        script type="module" src="/assets/grid.js" {}
    };
    let runs = app.runs();
    let frame = Frame::new(app, asked, app.run(&runs, asked)?).at(Place::Tables);
    Ok(Answer::page(name, frame, body))
}

/// The rows of a table on another page, with its downloads.
pub(crate) fn embedded(app: &App, state: &State) -> Result<Markup, Failure> {
    let total = state.view(app)?.rows();
    let rows = shown_rows(state, app, state.offset, ROWS, Some(CELL))?;
    Ok(html! {
        header.row-head {
            h2 { a href=(state.at_row(0).link(None)) { (state.name) } " " span.quiet { (counted(total, "row")) } }
            (downloads(state, total))
        }
        (grid(state, total, &rows))
        script type="module" src="/assets/grid.js" {}
    })
}

/// Some rows as data, for the script.
pub(crate) fn piece(app: &App, asked: &Asked, name: &str) -> Result<Answer, Failure> {
    let state = State::of(app, asked, name)?;
    let limit = asked
        .number("limit")
        .unwrap_or(ROWS as u64)
        .min(MOST as u64);
    let cut = asked.value("whole").is_none().then_some(CELL);
    let rows = shown_rows(&state, app, state.offset, limit as usize, cut)?;
    Ok(Answer::Json(json!({
        "run_id": state.run_id,
        "table": state.name,
        "columns": state.columns().collect::<Vec<_>>(),
        "offset": state.offset,
        "total": state.view(app)?.rows(),
        "rows": rows,
    })))
}

type Row = Vec<Option<String>>;

fn shown_rows(
    state: &State,
    app: &App,
    offset: u64,
    limit: usize,
    cut: Option<usize>,
) -> Result<Vec<Row>, Failure> {
    let view = state.view(app)?;
    let mut rows = state.table.page(&view, &state.columns, offset, limit)?;
    let hidden: Vec<bool> = state
        .columns()
        .map(|column| state.hides(&column.name))
        .collect();
    for row in &mut rows {
        for (value, is_hidden) in row.iter_mut().zip(&hidden) {
            if let (Some(text), true) = (&mut *value, is_hidden) {
                HIDDEN.clone_into(text);
            }
            if let (Some(text), Some(most)) = (&mut *value, cut)
                && text.len() > most
            {
                text.truncate(text.floor_char_boundary(most));
                text.push('…');
            }
        }
    }
    Ok(rows)
}

/// Title, parts, filters and downloads of a table.
pub(super) fn head(state: &State, rows: u64, part: Part) -> Markup {
    let all = state.table.rows();
    let parts = [
        (Part::Rows, "Rows"),
        (Part::Columns, "Columns"),
        (Part::Time, "Over time"),
    ];
    let has_time = |part: Part| {
        part != Part::Time || state.table.columns().iter().any(|c| c.shape == Shape::Time)
    };
    html! {
        header.head {
            p.crumbs { a href=(state.list()) { "Tables" } }
            h1 { (state.name) }
            p.sub id="count" {
                @if state.conditions.is_empty() { (counted(all, "row")) }
                @else { strong { (grouped(rows)) } " of " (counted(all, "row")) ", " (percent(rows, all)) }
            }
            (downloads(state, rows))
        }
        nav.tabs aria-label="Parts of the table" {
            @for (one, name) in parts.into_iter().filter(|(one, _)| has_time(*one)) {
                a href=(state.at_row(0).link(one.name())) aria-current=[(one == part).then_some("page")] { (name) }
            }
        }
        div.toolbar {
            (filter::bar(state, part.name()))
            @if part == Part::Rows { (chooser(state)) }
        }
    }
}

/// Which columns are shown.
fn chooser(state: &State) -> Markup {
    let link = state.link(None);
    let fields = link
        .query()
        .iter()
        .filter(|(name, _)| name != "column" && name != "offset");
    html! {
        details.menu.right {
            summary { "Columns" }
            form method="get" action=(link.path()) {
                @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                fieldset {
                    legend { "Shown columns" }
                    @for (place, column) in state.table.columns().iter().enumerate() {
                        label.check {
                            input type="checkbox" name="column" value=(column.name) checked[state.columns.contains(&place)];
                            (column.name) " " span.quiet { (column.type_name) }
                        }
                    }
                }
                button.primary type="submit" { "Show these" }
            }
        }
    }
}

fn downloads(state: &State, rows: u64) -> Markup {
    let mut columns = state.table.columns().iter();
    let has_hidden = columns.any(|column| state.hides(&column.name));
    let sentence = html! {
        p { "All " strong { (counted(rows, "row")) } @if !state.conditions.is_empty() { " that pass the filter" } ":" }
        @if has_hidden { p.quiet { "The files hold the raw records, which the page hides." } }
    };
    menu(&sentence, &state.at_row(0).link(None), true)
}

fn grid(state: &State, total: u64, rows: &[Row]) -> Markup {
    if total == 0 {
        return html! {
            section.state.empty {
                h2 { @if state.conditions.is_empty() { "The table is empty" } @else { "No row passes the filter" } }
                p { @if state.conditions.is_empty() { "The run has made it without rows." }
                    @else { "Remove a filter above to see more." } }
            }
        };
    }
    let last = state.offset + rows.len() as u64;
    let columns: Vec<_> = state.columns().collect();
    html! {
        div.grid-frame id="grid" data-rows=(state.at_row(0).link(Some("rows.json"))) data-total=(total) data-offset=(state.offset) {
            table.grid role="grid" aria-label={ "Rows of " (state.name) } aria-rowcount=(total + 1) aria-colcount=(columns.len() + 1) {
                thead {
                    tr aria-rowindex="1" {
                        th.index scope="col" aria-colindex="1" { span.hidden { "Row" } }
                        @for (place, column) in columns.iter().enumerate() { (heading(state, column, place)) }
                    }
                }
                tbody {
                    @for (place, row) in rows.iter().enumerate() {
                        @let number = state.offset + place as u64;
                        tr aria-rowindex=(number + 2) {
                            th.index scope="row" aria-colindex="1" { (grouped(number + 1)) }
                            @for (place, (value, column)) in row.iter().zip(&columns).enumerate() {
                                @let class = cell_class(column.shape);
                                td class=[class] aria-colindex=(place + 2) {
                                    @match value { Some(text) => (text), None => span.missing aria-label="missing" { "–" } }
                                }
                            }
                        }
                    }
                }
            }
        }
        nav.pager aria-label="Pages of rows" {
            span { "Rows " (grouped(state.offset + 1)) "–" (grouped(last)) " of " (grouped(total)) }
            @let back = state.offset.saturating_sub(ROWS as u64);
            @if state.offset > 0 {
                a href=(state.at_row(0).link(None)) { "First" }
                a href=(state.at_row(back).link(None)) rel="prev" { "Previous" }
            }
            @if last < total {
                a href=(state.at_row(last).link(None)) rel="next" { "Next" }
                a href=(state.at_row(total.saturating_sub(ROWS as u64)).link(None)) { "Last" }
            }
        }
        output.cell-value id="cell" for="grid" hidden {}
    }
}

fn cell_class(shape: Shape) -> Option<&'static str> {
    match shape {
        Shape::Number => Some("number"),
        Shape::Time => Some("time"),
        Shape::Truth | Shape::Text => None,
        Shape::Nested => Some("code"),
    }
}

fn heading(state: &State, column: &onefold_engine::browse::Column, place: usize) -> Markup {
    let sort = state.sort.iter().find(|sort| sort.column == column.name);
    let (order, mark) = match sort.map(|sort| sort.descending) {
        None => ("none", ""),
        Some(false) => ("ascending", " ↑"),
        Some(true) => ("descending", " ↓"),
    };
    let can_sort = column.shape != Shape::Nested && !state.hides(&column.name);
    html! {
        th class=[cell_class(column.shape)] scope="col" aria-colindex=(place + 2) aria-sort=[can_sort.then_some(order)] {
            @if can_sort {
                a href=(state.sorted_by(&column.name).link(None)) title={ "Sort by " (column.name) } {
                    (column.name) span aria-hidden="true" { (mark) }
                }
            } @else { (column.name) }
            span.type { (column.type_name) }
        }
    }
}
