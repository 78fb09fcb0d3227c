//! Checks and saves the pipeline that was drafted: under a name that is free, and with a run of it where that is asked for.

use onefold_engine::Project;

use super::draft::{file_name, folder, free, is_there};
use super::given::{Shown, batch, place};
use super::shown;
use crate::answer::Answer;
use crate::app::App;
use crate::asked::Asked;
use crate::atomic::create;
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
    let Ok(project) = Project::from_text(text.clone(), path.clone(), &app.options.env) else {
        let why = "it is not saved: something is wrong with it";
        return again(app, asked, form, Some(why.to_owned()));
    };
    if let Some(output) = output_that_is_there(app, &project) {
        let why = format!(
            "it is not saved: its run would replace `{output}`, which an earlier run has left; name another folder under `outputs`"
        );
        return again(app, asked, form, Some(why));
    }
    match create(&path, &text) {
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

/// The first output of a pipeline whose place is taken.
fn output_that_is_there(app: &App, project: &Project) -> Option<String> {
    let mut outputs = project.pipeline().outputs.iter();
    let found = outputs.find(|output| is_there(&app.options.output_dir.join(&output.path.value)));
    found.map(|output| output.path.value.clone())
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
