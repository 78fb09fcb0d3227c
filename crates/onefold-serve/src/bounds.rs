//! What a pipeline that somebody writes on the page may name, where the page is open to others: files of the project, and the variables that
//! the pipeline named when the server started. Whoever has the password is not meant to read this machine.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Component, Path};

use axum::http::StatusCode;
use onefold_engine::Project;
use onefold_spec::model::{Pipeline, Step};

use crate::failure::Failure;

/// Gives environment variables.
type Environment = fn(&str) -> Option<String>;

/// What a text may name.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// Whether others than whoever has started the server see the page.
    is_open: bool,
    /// What the pipeline named when the server started, and goes on to name.
    variables: BTreeSet<String>,
    paths: BTreeSet<String>,
}

impl Bounds {
    /// Those of the pipeline with which the server starts.
    pub(crate) fn of(pipeline: &Path, env: Environment, is_open: bool) -> Self {
        let variables = RefCell::new(BTreeSet::new());
        let project = Project::load(pipeline, &|name| noted(&variables, env, name));
        let paths = project.ok().map(|project| outside(project.pipeline()));
        Self {
            is_open,
            paths: paths.unwrap_or_default(),
            variables: variables.into_inner(),
        }
    }

    /// Fails where a text names more than it may. A text with errors is nothing yet, and names only variables.
    pub(crate) fn hold(&self, text: &str, path: &Path, env: Environment) -> Result<(), Failure> {
        if !self.is_open {
            return Ok(());
        }
        let asked = RefCell::new(BTreeSet::new());
        let known = |name: &str| match self.variables.contains(name) {
            true => noted(&asked, env, name),
            // Not even whether it is set is told.
            false => noted(&asked, |_| Some(String::new()), name),
        };
        let project = Project::from_text(text.to_owned(), path.to_path_buf(), &known);
        let asked = asked.into_inner();
        if let Some(name) = asked.difference(&self.variables).next() {
            return Err(refused(&format!("the environment variable `{name}`")));
        }
        let paths = project
            .map(|project| outside(project.pipeline()))
            .unwrap_or_default();
        match paths.difference(&self.paths).next() {
            Some(path) => Err(refused(&format!(
                "`{path}`, which is outside of the project"
            ))),
            None => Ok(()),
        }
    }
}

/// The value of a variable, which is noted.
fn noted(to: &RefCell<BTreeSet<String>>, env: Environment, name: &str) -> Option<String> {
    to.borrow_mut().insert(name.to_owned());
    env(name)
}

/// The paths of a pipeline that leave its folder, or that of its inputs.
fn outside(pipeline: &Pipeline) -> BTreeSet<String> {
    let sources = pipeline.sources.iter().map(|source| &source.path.value);
    let steps = pipeline
        .tables
        .iter()
        .filter_map(|table| match &table.step {
            Step::Resolve(step) => Some(step),
            _ => None,
        });
    let files = steps.flat_map(|step| {
        let model = step.likeness.as_ref().and_then(|model| model.file.as_ref());
        model.into_iter().chain(step.decisions.as_ref())
    });
    let all = sources.chain(files.map(|file| &file.value));
    all.filter(|path| leaves(path)).cloned().collect()
}

/// Whether a path may lead out of the folder in which it starts.
fn leaves(path: &str) -> bool {
    let is_inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    !Path::new(path).components().all(is_inside)
}

fn refused(what: &str) -> Failure {
    Failure {
        status: StatusCode::FORBIDDEN,
        ..Failure::wrong(format!("a pipeline from this page must not name {what}"))
    }
    .hint("this page is open to others; write it into the file on the machine of the server, and start the server again")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: &str = "env: [REGION]\nsources:\n  a: {path: /data/a.csv, key: no, fields: {no: text, phone: {type: phone, region: '${REGION}'}}}\n\
                           outputs: [{table: a, path: a.csv}]\n";

    fn env(name: &str) -> Option<String> {
        matches!(name, "REGION" | "SECRET").then(|| "US".to_owned())
    }

    #[test]
    fn others_name_nothing_outside_of_the_project() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("p.yaml");
        std::fs::write(&path, STARTED).expect("written");
        let open = Bounds::of(&path, env, true);
        let own = Bounds::of(&path, env, false);
        let hold = |bounds: &Bounds, text: &str| bounds.hold(text, &path, env).is_ok();
        // What was there stays allowed.
        assert!(hold(&open, STARTED));
        assert!(hold(
            &open,
            &STARTED.replace("/data/a.csv", "uploads/b*.csv")
        ));
        let resolve = "tables: {c: {resolve: {from: a, match: [phone], decisions: d.csv}}}\n";
        assert!(hold(&open, &format!("{STARTED}{resolve}")));
        for text in [
            STARTED.replace("/data/a.csv", "/etc/passwd"),
            STARTED.replace("/data/a.csv", "../a.csv"),
            STARTED.replace("/data/a.csv", "x/../../a.csv"),
            STARTED.replace("REGION", "SECRET"),
            STARTED.replace("REGION", "UNSET"),
            format!("{STARTED}{}", resolve.replace("d.csv", "../d.csv")),
        ] {
            assert!(!hold(&open, &text), "{text}");
            assert!(hold(&own, &text), "{text}");
        }
    }
}
