//! What somebody chooses for the files, in forms.

use axum::http::StatusCode;

use super::card::MOST_COLUMNS;
use super::given::{Shown, WAIT, batch, place};
use super::shown;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::Asked;
use crate::failure::Failure;
use crate::form::Form;
use crate::upload::{Batch, Chosen, ChosenColumn, Seen};

/// Longest name of a source.
const NAME: usize = 60;

fn id(form: &Form) -> Result<&str, Failure> {
    form.value("files")
        .ok_or_else(|| Failure::wrong("the form names no files"))
}

fn unkept(error: &std::io::Error) -> Failure {
    Failure::unwritable("what you have chosen could not be kept", error)
}

/// Keeps what was chosen, and drafts anew.
pub(crate) fn choose(app: &App, _: &Asked, form: &Form) -> Result<Answer, Failure> {
    let id = id(form)?;
    keep(app, id, all_used(app, id, form)?)?;
    Ok(Answer::Elsewhere(place(id)))
}

/// Shows values of a source, after keeping what was chosen.
pub(crate) fn reveal(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let id = id(form)?;
    keep(app, id, all_used(app, id, form)?)?;
    app.uploads.wait(id, WAIT);
    let what = Shown {
        revealed: form.value("reveal").map(str::to_owned),
        ..Shown::default()
    };
    shown(app, &asked.seen_at(&place(id)), id, &what)
}

/// Removes a file.
pub(crate) fn remove(app: &App, _: &Asked, form: &Form) -> Result<Answer, Failure> {
    let id = id(form)?;
    let path = form.text("remove");
    // A file of which no column is used is removed for that very reason.
    let used = chosen(&batch(app, id)?, form);
    let used = used.into_iter().filter(|(_, is_used)| *is_used);
    keep(app, id, used.map(|(chosen, _)| chosen).collect())?;
    is_read_by_nobody(app, path)?;
    let removed = app.uploads.remove(id, path);
    removed.map_err(|error| {
        Failure::unwritable(format!("could not remove `{path}`"), &error)
            .hint("does the file belong to somebody else?")
    })?;
    Ok(Answer::Elsewhere(place(id)))
}

/// Fails where the pipeline that is served reads a file: the next run would do without it.
fn is_read_by_nobody(app: &App, path: &str) -> Result<(), Failure> {
    let Ok(project) = app.project() else {
        return Ok(());
    };
    let mut sources = project.pipeline().sources.iter();
    match sources.find(|source| reads(&source.path.value, path)) {
        None => Ok(()),
        Some(source) => Err(Failure {
            status: StatusCode::CONFLICT,
            ..Failure::wrong(format!(
                "the source {} of the pipeline {} reads `{path}`",
                source.name.value,
                project.pipeline().name.value
            ))
        }
        .hint("the file stays; first take the source out of the pipeline, with the tables and outputs that read it")),
    }
}

/// Whether a path of a source, which may be a folder or a pattern, may mean a file.
fn reads(source: &str, file: &str) -> bool {
    let source = source.trim_start_matches("./");
    let (plain, is_pattern) = match source.find(['*', '?', '[', '{']) {
        Some(end) => (source.get(..end).unwrap_or_default(), true),
        None => (source.trim_end_matches('/'), false),
    };
    let rest = file.strip_prefix(plain);
    rest.is_some_and(|rest| is_pattern || rest.is_empty() || rest.starts_with('/'))
}

/// Forgets which files were not taken.
pub(crate) fn dismiss(app: &App, _: &Asked, form: &Form) -> Result<Answer, Failure> {
    let id = id(form)?;
    app.uploads.dismiss(id).map_err(|error| unkept(&error))?;
    Ok(Answer::Elsewhere(place(id)))
}

/// What a form chooses, where each source is left with a column.
fn all_used(app: &App, id: &str, form: &Form) -> Result<Vec<Chosen>, Failure> {
    let batch = batch(app, id)?;
    let all = chosen(&batch, form).into_iter().map(|(chosen, is_used)| {
        if is_used {
            return Ok(chosen);
        }
        let source = batch.sources.iter().find(|s| s.path == chosen.path);
        let name = source.map_or("", |source| &source.name);
        let failure = Failure::wrong(format!("no column of `{name}` is used"));
        Err(failure.hint("use one of them at least, or remove the file"))
    });
    all.collect()
}

fn keep(app: &App, id: &str, chosen: Vec<Chosen>) -> Result<(), Failure> {
    let batch = batch(app, id)?;
    let is_new = |chosen: &Chosen| match batch.chosen(&chosen.path) {
        Some(known) => known != chosen,
        None => chosen.name.is_some() || !chosen.columns.is_empty(),
    };
    let new: Vec<Chosen> = chosen.into_iter().filter(is_new).collect();
    match new.is_empty() {
        true => Ok(()),
        false => app.uploads.choose(id, new).map_err(|error| unkept(&error)),
    }
}

/// What a form chooses for the sources that it names, and whether it uses a column of each. A choice that is as found is none.
fn chosen(batch: &Batch, form: &Form) -> Vec<(Chosen, bool)> {
    let named: std::collections::HashMap<&str, &str> = form
        .fields()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut all = Vec::new();
    for (number, source) in batch.sources.iter().enumerate() {
        let prefix = format!("s{number}");
        // The files may have become other sources since the form was shown.
        if named.get(&*format!("{prefix}.path")) != Some(&&*source.path) {
            continue;
        }
        let known = batch.chosen(&source.path);
        let name = named
            .get(&*format!("{prefix}.name"))
            .map(|name| name.trim());
        let is_chosen = |name: &&str| {
            let was_chosen = known.and_then(|known| known.name.as_deref());
            !name.is_empty() && (*name != source.name || was_chosen.is_some())
        };
        let name = name.filter(is_chosen);
        let columns = columns(source, &prefix, &named);
        let ignored = columns.iter().filter(|column| column.is_ignored).count();
        let is_used = source.columns.is_empty() || ignored < source.columns.len();
        let chosen = Chosen {
            path: source.path.clone(),
            name: name.map(|name| name.chars().take(NAME).collect()),
            columns,
        };
        all.push((chosen, is_used));
    }
    all
}

fn columns(
    source: &Seen,
    prefix: &str,
    named: &std::collections::HashMap<&str, &str>,
) -> Vec<ChosenColumn> {
    let mut columns = Vec::new();
    for (place, column) in source.columns.iter().take(MOST_COLUMNS).enumerate() {
        let value = |what: &str| named.get(&*format!("{prefix}.c{place}.{what}")).copied();
        if value("seen").is_none() {
            continue;
        }
        let word = |what: &str| {
            let word = value(what).filter(|word| !word.is_empty());
            word.map(str::to_owned)
        };
        let choice = ChosenColumn {
            path: column.path.clone(),
            as_type: word("type").filter(|word| onefold_draft::TypeChoice::parse(word).is_some()),
            role: word("role").filter(|word| onefold_draft::RoleChoice::parse(word).is_some()),
            is_ignored: value("use").is_none(),
        };
        if choice.as_type.is_some() || choice.role.is_some() || choice.is_ignored {
            columns.push(choice);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_that_may_mean_a_file() {
        for (source, is_read) in [
            ("uploads/1/a.csv", true),
            ("./uploads/1/a.csv", true),
            ("uploads/1", true),
            ("uploads/1/", true),
            ("uploads/1/*.csv", true),
            ("uploads/1/b*.csv", false),
            ("uploads/1/a", false),
            ("uploads/2/a.csv", false),
            ("a.csv", false),
        ] {
            assert_eq!(reads(source, "uploads/1/a.csv"), is_read, "{source}");
        }
    }
}
