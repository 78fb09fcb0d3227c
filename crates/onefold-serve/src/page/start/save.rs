//! Checks and saves the pipeline that was drafted: under a name that is free, and with a run of it where that is asked for.

use std::io::Write;
use std::path::Path;

use onefold_engine::Project;

use super::draft::{file_name, folder, free, is_there};
use super::given::{Shown, batch, place};
use super::shown;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::Asked;
use crate::failure::Failure;
use crate::form::Form;
use crate::link::Link;
use crate::page::pipeline::text;

/// The page with a text that somebody has changed, and what is wrong with it.
pub(crate) fn check(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    again(app, asked, form, None)
}

/// Saves the pipeline under a name that is free, and shows it from now on; starts a run of it where that is asked for.
pub(crate) fn save(app: &App, asked: &Asked, form: &Form) -> Result<Answer, Failure> {
    let given = form.text("name");
    let Some(name) = file_name(given) else {
        let why = "the name has letters, digits, `-` and `_`, such as crm.yaml";
        return again(app, asked, form, Some(why.to_owned()));
    };
    let text = text(form)?;
    app.may_be_written(&text)?;
    let path = folder(app).join(&name);
    if Project::from_text(text.clone(), path.clone(), &app.options.env).is_err() {
        let why = "it is not saved: something is wrong with it";
        return again(app, asked, form, Some(why.to_owned()));
    }
    match write_new(&path, &text) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let why =
                format!("`{name}` is there already and stays as it is; save under another name");
            return again(app, asked, form, Some(why));
        }
        Err(error) => {
            let what = format!("could not write `{}`", path.display());
            let failure = Failure::unwritable(what, &error);
            return Err(failure.hint("is the disk full, or may this folder not be written to?"));
        }
    }
    app.show_pipeline(path);
    let pipeline = Link::to(&["pipeline"]);
    match form.value("then") {
        Some("run") => {
            app.start()
                .map_err(|failure| failure.hint(format!("the pipeline is saved as `{name}`")))?;
            Ok(Answer::Elsewhere(pipeline))
        }
        _ => Ok(Answer::Elsewhere(pipeline.with("said", "saved"))),
    }
}

fn again(app: &App, asked: &Asked, form: &Form, why: Option<String>) -> Result<Answer, Failure> {
    let id = form.text("files");
    batch(app, id)?;
    let given = form.text("name");
    let name = file_name(given).filter(|name| !is_there(&folder(app).join(name)));
    app.may_be_written(&text(form)?)?;
    let what = Shown {
        text: Some(text(form)?),
        name: Some((name.unwrap_or_else(|| free(app)), why)),
        revealed: None,
    };
    shown(app, &asked.seen_at(&place(id)), id, &what)
}

/// Writes a file that is not there yet: it is whole, or it is not there.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if is_there(path) {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let id = crate::guard::random_id().map_err(std::io::Error::other)?;
    let beside = path.with_file_name(format!(".{name}.{id}"));
    let written = (|| {
        write(&beside, text)?;
        // Unlike a renaming, a link never replaces what somebody else has put there meanwhile.
        match std::fs::hard_link(&beside, path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => write(path, text),
            linked => linked,
        }
    })();
    std::fs::remove_file(&beside).ok();
    written
}

/// Writes a file where none is: there are file systems without links. It is removed again where it cannot be written.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    if written.is_err() {
        std::fs::remove_file(path).ok();
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("onefold.yaml");
        write_new(&path, "one").expect("written");
        let again = write_new(&path, "two").expect_err("it is there");
        assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "one");
        let files = std::fs::read_dir(folder.path()).expect("a folder");
        assert_eq!(files.count(), 1);
        let again = write(&path, "two").expect_err("it is there");
        assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "one");
    }
}
