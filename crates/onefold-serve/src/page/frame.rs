//! What stands around every page: where one is, where one can go, and which run is looked at.

use maud::{DOCTYPE, Markup, html};
use onefold_engine::{Report, Status};

use crate::app::App;
use crate::asked::{Asked, Theme};
use crate::link::Link;
use crate::text::moment;

/// What stands around a page.
pub(crate) struct Frame {
    pipeline: String,
    place: Place,
    /// The run that is looked at, where it is not the one that is shown anyway.
    run: Option<String>,
    shown: Option<Shown>,
    has_sessions: bool,
    has_customers: bool,
    work: Option<String>,
}

struct Shown {
    started: String,
    status: Status,
}

/// Parts of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Home,
    Tables,
    Rejects,
    Review,
    Sessions,
    Customers,
    Sql,
    Pipeline,
    Start,
    Elsewhere,
}

impl Frame {
    /// For a page that is about no run, or about this one.
    pub(crate) fn new(app: &App, asked: &Asked, run: Option<&Report>) -> Self {
        let name = run.map(|run| run.pipeline.clone());
        let name = name.or_else(|| {
            let project = app.project().ok()?;
            Some(project.pipeline().name.value.clone())
        });
        Self {
            pipeline: name.unwrap_or_else(|| "No pipeline".to_owned()),
            place: Place::Elsewhere,
            run: asked.value("run").map(str::to_owned),
            shown: run.map(|run| Shown {
                started: run.started.clone(),
                status: run.status,
            }),
            has_sessions: run.is_some_and(has_sessions),
            has_customers: run.is_some_and(has_customers),
            work: app.work_shown(),
        }
    }

    pub(crate) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

/// Whether a run has cut events into sessions.
fn has_sessions(run: &Report) -> bool {
    run.tables.iter().any(|table| table.step == "sessionize")
}

/// Whether a run has found the records of customers.
fn has_customers(run: &Report) -> bool {
    run.tables.iter().any(|table| table.step == "resolve")
}

/// How a run has ended, in words and with a mark that is not only a colour.
pub(crate) fn status(status: Status) -> Markup {
    let (class, mark, word) = match status {
        Status::Published => ("good", "●", "published"),
        Status::Refused => ("warn", "▲", "refused"),
        Status::Failed => ("bad", "■", "failed"),
    };
    html! { span class={ "status " (class) } { span aria-hidden="true" { (mark) } " " (word) } }
}

/// A whole page.
pub(crate) fn page(title: &str, frame: &Frame, asked: &Asked, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=(asked.theme.name()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (frame.pipeline) " · Onefold" }
                link rel="icon" href="/assets/icon.svg";
                link rel="stylesheet" href="/assets/style.css";
                script type="module" src="/assets/page.js" {}
            }
            body {
                a.skip href="#main" { "Skip to the page" }
                (navigation(frame, asked))
                main id="main" tabindex="-1" { (body) }
                div id="said" role="status" aria-live="polite" {}
            }
        }
    }
}

fn navigation(frame: &Frame, asked: &Asked) -> Markup {
    let entry = |place: Place, name: &str, parts: &[&str]| {
        let link = Link::to(parts).with_some("run", frame.run.as_ref());
        let current = (frame.place == place).then_some("page");
        html! { li { a href=(link) aria-current=[current] { (name) } } }
    };
    html! {
        header.side {
            a.brand href="/" {
                svg.mark viewBox="0 0 16 16" aria-hidden="true" {
                    path d="M1 3h6l2 5h6M1 8h8M1 13h6l2-5" {}
                }
                "Onefold"
            }
            p.pipeline title="Pipeline" { (frame.pipeline) }
            nav aria-label="Pages" {
                ul {
                    (entry(Place::Home, "Home", &[]))
                    (entry(Place::Customers, "Customers", &["customers"]))
                    (entry(Place::Tables, "Tables", &["tables"]))
                    (entry(Place::Rejects, "Rejects", &["rejects"]))
                    @if frame.has_customers {
                        (entry(Place::Review, "Review", &["review"]))
                    }
                    @if frame.has_sessions {
                        (entry(Place::Sessions, "Sessions", &["sessions"]))
                    }
                    (entry(Place::Sql, "SQL", &["sql"]))
                    (entry(Place::Pipeline, "Pipeline", &["pipeline"]))
                    (entry(Place::Start, "Start", &["start"]))
                }
            }
            div.foot {
                @if let Some(work) = &frame.work {
                    a.working href="/pipeline" data-live="" { (work) }
                }
                @if let Some(shown) = &frame.shown {
                    div.run {
                        span.label { "Run" }
                        span.when { (moment(&shown.started)) }
                        (status(shown.status))
                        @if frame.run.is_some() {
                            a href=(asked.page()) { "Back to the last run" }
                        }
                    }
                }
                (themes(asked))
            }
        }
    }
}

/// A truth as attributes of ARIA have it.
pub(crate) fn truth(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}

fn themes(asked: &Asked) -> Markup {
    html! {
        form.themes method="post" action="/theme" {
            input type="hidden" name="next" value=(asked.here);
            @for (theme, name) in [(Theme::System, "Auto"), (Theme::Light, "Light"), (Theme::Dark, "Dark")] {
                button type="submit" name="theme" value=(theme.name()) aria-pressed=(truth(asked.theme == theme)) {
                    (name)
                }
            }
        }
    }
}
