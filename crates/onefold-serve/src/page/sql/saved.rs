//! Queries that are saved as files of the project, in the folder `queries` beside the pipeline file.

use std::path::PathBuf;

use maud::{Markup, html};

use crate::answer::Answer;
use crate::app::App;
use crate::asked::Asked;
use crate::atomic::replace;
use crate::failure::Failure;
use crate::form::Form;
use crate::link::Link;
use crate::private::is_no_link;

/// Longest name.
const LONGEST: usize = 80;
/// Largest query that is read.
const LARGEST: u64 = 1 << 20;

fn folder(app: &App) -> PathBuf {
    let pipeline = app.pipeline_path();
    let folder = pipeline.parent().map(PathBuf::from).unwrap_or_default();
    folder.join("queries")
}

/// A name of letters, digits, spaces and a few signs, which ends in `.sql` and leads nowhere else.
fn file_name(name: &str) -> Option<String> {
    let name = name.trim();
    let stem = name.strip_suffix(".sql").unwrap_or(name).trim();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let is_good = !stem.is_empty() && stem.len() <= LONGEST && stem.chars().all(is_plain);
    is_good.then(|| format!("{stem}.sql"))
}

/// The names of the saved queries.
fn names(app: &App) -> Vec<String> {
    let entries = std::fs::read_dir(folder(app))
        .into_iter()
        .flatten()
        .flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let names = files.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names
        .filter(|name| file_name(name).as_ref() == Some(name))
        .collect();
    names.sort();
    names
}

/// A saved query.
pub(super) fn read(app: &App, name: &str) -> Result<String, Failure> {
    let known = names(app).into_iter().find(|known| known == name);
    let missing = || Failure::missing(format!("there is no saved query `{name}`"));
    let path = folder(app).join(known.ok_or_else(missing)?);
    let is_small = std::fs::metadata(&path).is_ok_and(|file| file.len() <= LARGEST);
    if !is_small {
        return Err(Failure::wrong(format!(
            "`{name}` is too large to be a query"
        )));
    }
    std::fs::read_to_string(&path)
        .map_err(|error| Failure::wrong(format!("could not read `{name}`: {error}")))
}

/// Saves a query under a name.
pub(crate) fn save(app: &App, _asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let Some(name) = file_name(form.text("name")) else {
        let failure = Failure::wrong("the query needs a name");
        return Err(failure.hint("letters, digits, spaces, `-` and `_`, such as `late orders.sql`"));
    };
    let folder = folder(app);
    let text = form.lines("sql").unwrap_or_default();
    let text = format!("{}\n", text.trim_end());
    let path = folder.join(&name);
    [&folder, &path]
        .into_iter()
        .try_for_each(|path| is_no_link(path))
        .and_then(|()| std::fs::create_dir_all(&folder))
        .and_then(|()| replace(&path, &text))
        .map_err(|error| Failure::unwritable(format!("could not write `{name}`"), &error))?;
    Ok(Answer::Elsewhere(Link::to(&["sql"]).with("saved", name)))
}

/// The saved queries, as links.
pub(super) fn list(app: &App, asked: &Asked) -> Markup {
    let names = names(app);
    html! {
        @if !names.is_empty() {
            section.card.saved {
                h2 { "Saved in queries/" }
                ul {
                    @for name in &names {
                        @let link = Link::to(&["sql"]).with_some("run", asked.value("run")).with("saved", name);
                        li { a href=(link) { (name) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        assert_eq!(
            file_name(" late orders "),
            Some("late orders.sql".to_owned())
        );
        assert_eq!(file_name("a.sql"), Some("a.sql".to_owned()));
        for hostile in [
            "",
            ".sql",
            "../a",
            "a/b",
            "a\\b",
            "/etc/passwd",
            ".hidden",
            "a\0b",
            "a.sh",
            "con:x",
            "..",
            "a\n",
        ] {
            let name = file_name(hostile);
            assert!(
                name.is_none() || name.as_deref() == Some("a.sql"),
                "{hostile:?} is {name:?}"
            );
        }
    }
}
