//! `model: {file: ...}`: a model that was learned before, or settings of Splink.

use onefold_match::splink::Translated;
use onefold_match::{Model, Saved as File};
use onefold_resolve::{Compare, Compared};
use onefold_spec::{Diagnostic, Spanned, model, nearest};

use super::step::Known;

/// What a file of a model says.
#[derive(Default)]
pub(super) struct Saved {
    /// What is compared, if the file decides it.
    pub(super) compare: Option<Compare>,
    /// What was learned before.
    pub(super) learned: Option<Model>,
    /// Tables without duplicates, if the file decides it.
    pub(super) distinct: Option<Vec<usize>>,
    /// What of it has no counterpart.
    pub(super) warnings: Vec<String>,
}

/// Reads the file of a model. `None`: an error was found.
pub(super) fn saved(
    file: &Spanned<String>,
    step: &model::Resolve,
    has_compare: bool,
    known: &mut Known<'_>,
) -> Option<Saved> {
    let folder = known.pipeline.path.parent();
    let path = folder
        .unwrap_or_else(|| std::path::Path::new(""))
        .join(&file.value);
    let read = std::fs::read_to_string(&path).map_err(|e| e.to_string());
    match read.and_then(|text| File::read(&text)) {
        Ok(File::Learned(model)) => Some(Saved {
            learned: Some(model),
            ..Saved::default()
        }),
        Ok(File::Splink(_)) if has_compare => {
            let message = "`compare` and the settings of Splink both say what is compared";
            known
                .errors
                .push(Diagnostic::error(file.span, message).hint("leave out one of the two"));
            None
        }
        Ok(File::Splink(settings)) => splink(file, &settings, step, known),
        Err(why) => {
            let message = format!("cannot read the model `{}`: {why}", path.display());
            let finding = Diagnostic::error(file.span, message);
            known.errors.push(finding.hint(
                "a run with a `model` writes one: `models/TABLE.json` in the folder of the run",
            ));
            None
        }
    }
}

/// What settings of Splink say. Each column that they compare is one of some table.
fn splink(
    file: &Spanned<String>,
    settings: &Translated,
    step: &model::Resolve,
    known: &mut Known<'_>,
) -> Option<Saved> {
    let schemas: Vec<_> = step
        .from
        .iter()
        .filter_map(|table| known.columns(table))
        .collect();
    let fields = schemas.iter().flat_map(|schema| schema.fields().iter());
    let names: Vec<&str> = fields.map(|field| field.name().as_str()).collect();
    let before = known.errors.len();
    for column in settings
        .columns
        .iter()
        .filter(|column| !names.contains(&column.as_str()))
    {
        let message = format!(
            "`{}` compares `{column}`, a column that no table of the step has",
            file.value
        );
        let finding = Diagnostic::error(file.span, message);
        known
            .errors
            .push(match nearest(column, names.iter().copied()) {
                Some(near) => finding.hint(format!("name the field `{near}` so")),
                None => finding,
            });
    }
    if known.errors.len() > before {
        return None;
    }
    let mut warnings: Vec<String> = settings
        .untranslated
        .iter()
        .map(|part| format!("{}: {part}", file.value))
        .collect();
    let tables = step.from.len();
    if settings.is_link_only && tables == 1 {
        warnings.push(format!(
            "{}: `link_type`: link_only links tables, and `from` has only one",
            file.value
        ));
    }
    Some(Saved {
        compare: Some(Compare::Given(Compared::named(
            &settings.comparisons,
            &settings.columns,
        ))),
        distinct: (settings.is_link_only && tables > 1).then(|| (0..tables).collect()),
        warnings,
        ..Saved::default()
    })
}
