//! What is looked at of the thresholds, and the records compared for it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use maud::{Markup, html};
use onefold_engine::{Project, THRESHOLDS, Thresholds};

use super::super::subject::{Review, Tab, tabs};
use crate::answer::Answer;
use crate::app::{App, Place};
use crate::asked::{Asked, Shape};
use crate::failure::Failure;
use crate::link::Link;
use crate::options::Options;
use crate::page::evidence::percent;
use crate::page::frame::Frame;
use crate::text::duration;

/// Seconds of matching in the run up to which the records are compared again without being asked, and the chart is drawn.
const BRIEFLY: f64 = 8.0;

/// The parts of the path of the page of two records.
pub(super) const PAIR: [&str; 3] = ["review", "threshold", "pair"];

/// What is looked at, for the links and forms that lead back to it.
pub(super) struct Here<'h, 'r> {
    pub(super) review: &'h Review<'r>,
    /// The threshold that is asked for, as a share; `None`: that of the pipeline.
    pub(super) wanted: Option<f64>,
    /// Whether all thresholds are drawn although that takes its time.
    pub(super) has_curve: bool,
}

impl<'h, 'r> Here<'h, 'r> {
    pub(super) fn of(review: &'h Review<'r>, asked: &Asked) -> Result<Self, Failure> {
        Ok(Self {
            review,
            wanted: wanted(asked)?,
            has_curve: asked.value("curve").is_some(),
        })
    }

    /// A page about this threshold.
    pub(super) fn link(&self, parts: &[&str]) -> Link {
        self.with_cut(parts, self.wanted)
    }

    /// The page of another threshold.
    pub(super) fn at(&self, threshold: f64) -> Link {
        self.with_cut(&["review", "threshold"], Some(threshold))
    }

    /// A page about a threshold, or about that which a form names.
    pub(super) fn with_cut(&self, parts: &[&str], cut: Option<f64>) -> Link {
        let link = self.review.with(Link::to(parts));
        let link = link.with_some("cut", cut.map(number));
        link.with_some("curve", self.has_curve.then_some(1))
    }

    pub(super) fn tabs(&self) -> Markup {
        let cut = self.wanted.map(number);
        tabs(self.review, Tab::Threshold(cut.as_deref()))
    }
}

/// The threshold that is asked for: the number where there is one, or else that of the slider.
fn wanted(asked: &Asked) -> Result<Option<f64>, Failure> {
    let Some(text) = asked.value("exact").or(asked.value("cut")) else {
        return Ok(None);
    };
    let number = text.trim().trim_end_matches('%').trim().parse::<f64>().ok();
    // As it is shown, so that every number on the page leads back to what it says.
    let share = number.map(|number| (number * 100.0).round() / 10_000.0);
    let [least, most] = [THRESHOLDS[0] - 1e-9, THRESHOLDS[1] + 1e-9];
    let share = share.filter(|share| (least..=most).contains(share));
    let share = share.ok_or_else(|| {
        Failure::wrong(format!(
            "the threshold is not between {} and {}",
            percent(THRESHOLDS[0]),
            percent(THRESHOLDS[1])
        ))
    })?;
    Ok(Some(share))
}

/// Whether the records are compared, and all thresholds drawn, without being asked.
pub(super) fn is_brief(review: &Review<'_>) -> bool {
    seconds(review) <= BRIEFLY
}

/// Seconds that the run has spent on the table.
fn seconds(review: &Review<'_>) -> f64 {
    let mut tables = review.run.tables.iter();
    let table = tables.find(|table| table.name == review.table);
    table.map_or(0.0, |table| table.seconds)
}

/// The records, compared under the decisions and the pipeline as they are now. `None`: that takes its time, and nobody has asked for it yet.
pub(super) fn thresholds(
    app: &App,
    review: &Review<'_>,
    asked: &Asked,
) -> Result<Option<Arc<Thresholds>>, Failure> {
    let project = match &review.project {
        Some(project) => Arc::clone(project),
        None => Arc::new(app.project()?),
    };
    let key = key(review, &project)?;
    if let Some(known) = app.comparing.get(&key) {
        return Ok(Some(known));
    }
    // A program may wait, people see how far it is.
    let is_awaited = asked.shape == Shape::Json && asked.value("go").is_some();
    if !is_brief(review) && !is_awaited {
        return Ok(None);
    }
    let of = (review.run.run_id.as_str(), review.table);
    let compare = |stop: &AtomicBool| compared(&app.options, &project, of, stop);
    app.comparing.now(key, compare).map(Some)
}

/// Compares the records in the background.
pub(super) fn start(app: &App, review: &Review<'_>) -> Result<(), Failure> {
    let project = Arc::new(app.project()?);
    let key = key(review, &project)?;
    let (run, table) = (review.run.run_id.clone(), review.table.to_owned());
    let options = Arc::clone(&app.options);
    app.comparing.start(key, move |stop| {
        compared(&options, &project, (&run, &table), stop)
    })
}

fn compared(
    options: &Options,
    project: &Project,
    (run, table): (&str, &str),
    stop: &AtomicBool,
) -> Result<Thresholds, Failure> {
    Ok(project.thresholds(table, run, &options.quiet_run(stop))?)
}

/// What is compared, and under what.
fn key(review: &Review<'_>, project: &Project) -> Result<(Place, String), Failure> {
    let decisions = review.decisions()?;
    let decisions = decisions
        .as_ref()
        .map_or("", |decisions| decisions.digest());
    let mut hasher = DefaultHasher::new();
    project.text().hash(&mut hasher);
    let place = Place::new(&review.run.run_id, review.table);
    Ok((place, format!("{decisions} {:016x}", hasher.finish())))
}

pub(super) fn head() -> Markup {
    html! {
        header.head {
            h1 { "Threshold" }
            p.sub { "How the customers change if pairs are linked from another probability" }
        }
    }
}

/// Asks whether to compare the records again, and then leads to a page; while they are compared, how long that has taken.
pub(super) fn ask(
    app: &App,
    here: &Here<'_, '_>,
    then: Link,
    asked: &Asked,
    frame: Frame,
) -> Result<Answer, Failure> {
    if asked.shape == Shape::Json {
        let failure = Failure::wrong("the records have not been compared again yet");
        return Err(failure.hint("`go=1` compares them"));
    }
    let waits = app.comparing.waits();
    let run = duration(seconds(here.review));
    let form = |action: &str, button: Markup| {
        html! {
            form method="post" action=(action) {
                input type="hidden" name="next" value=(then);
                @for (name, value) in then.query() { input type="hidden" name=(name) value=(value); }
                (button)
            }
        }
    };
    let body = html! {
        (head())
        (here.tabs())
        @if let Some(failed) = app.comparing.failed() {
            section.note.bad role="alert" {
                strong { (failed.message) }
                @if let Some(hint) = &failed.hint { p { (hint) } }
            }
        }
        @if let Some(waits) = waits {
            section.state.empty data-waits="" {
                h2 { "The records are being compared" }
                p { "For " (duration(waits.as_secs_f64())) " now; the run took " (run) ". You can leave this page meanwhile." }
                p { a.button href=(then) { "Show, once it is done" } }
                (form("/review/threshold/cancel", html! { button.danger type="submit" { "Cancel" } }))
            }
            script type="module" src="/assets/review.js" {}
        } @else {
            section.state.empty {
                h2 { "The records have to be compared again" }
                p { "That takes about as long as in the run, " (run)
                    ", and as much memory. After that, each threshold takes a small part of it." }
                (form("/review/threshold/compare", html! { button.primary type="submit" { "Compare them" } }))
            }
        }
    };
    Ok(Answer::page("Threshold", frame, body))
}

/// A share as a number of per cent.
pub(super) fn number(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_per_cent_lead_back_to_their_share() {
        for share in [0.29, 0.5, 0.875, 0.9999, 0.02] {
            let again = number(share)
                .parse::<f64>()
                .map_or(0.0, |number| number / 100.0);
            assert!((again - share).abs() < 1e-9, "{share}");
        }
    }
}
