//! How an input is opened: what its bytes are, how its records are written, which of its columns are read.

use std::sync::Arc;

use onefold_spec::model::InputFormat;

use crate::conform::Conform;
use crate::error::Error;
use crate::form::{self, InputPlan, Text};
use crate::input::{self, Input};
use crate::parquet;
use crate::versions;

/// An open input.
pub(super) enum Open {
    Text(Text),
    Parquet {
        rows: Box<parquet::Rows>,
        places: Arc<parquet::Places>,
        input_plan: InputPlan,
    },
}

/// Opens an input and tells how it is read.
pub(super) fn open(conform: &Conform, input: &Input) -> Result<Open, Error> {
    let (plan, source) = (&conform.plan, &conform.source);
    let opened = input::open(input)?;
    let format = input::format(&opened, source, input.label())?;
    if format != InputFormat::Parquet {
        let text = Text::new(plan, source, format, opened, input.label())?;
        return Ok(Open::Text(text));
    }
    let mut opened = parquet::open(input)?;
    if let Some(explode) = &source.explode {
        opened.explode(explode)?;
    }
    let has = |path: &[String]| opened.has(path);
    let choice = versions::choose_by_columns(&plan.versions, input.name(), has);
    let unknown = match plan.as_found {
        true => Vec::new(),
        false => opened.unknown(plan),
    };
    let (rows, places) = opened.rows(plan, choice.of_file(), source)?;
    Ok(Open::Parquet {
        rows: Box::new(rows),
        places: Arc::new(places),
        input_plan: InputPlan {
            choice,
            unknown,
            ..InputPlan::default()
        },
    })
}

/// How an input of delimited text or a sheet is read, for people; `None` for other formats.
pub(super) fn describe(conform: &Conform, input: &Input) -> Result<Option<Vec<String>>, Error> {
    let opened = input::open(input)?;
    let (plan, source, label) = (&conform.plan, &conform.source, input.label());
    match input::format(&opened, source, label)? {
        format @ (InputFormat::Csv | InputFormat::Xlsx | InputFormat::Ods) => {
            form::describe(plan, source, format, opened, label)
        }
        InputFormat::Json | InputFormat::Parquet => Ok(None),
    }
}
