//! The form of an input of text: what splits its records, and where the first of them stands.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use onefold_spec::model::{Header, InputFormat, Origin, Source};

use super::head::{Decoded, HEAD, decoded, dialect, json_start, quoted};
use super::input_plan::InputPlan;
use crate::delimited::{self, DelimitedSplitter, Remark};
use crate::error::{Error, Kind};
use crate::input::{Footer, Opened, Stored, Stream, is_blank};
use crate::json::{self, Explode, JsonSplitter, Paths};
use crate::label::Label;
use crate::lines::count_lines;
use crate::plan::Plan;
use crate::raw::{Keep, Splitter};
use crate::versions;

/// An input of text, decoded; its head has been read.
pub(crate) struct Text {
    pub(crate) reader: Box<dyn Stream>,
    pub(crate) head: Vec<u8>,
    /// Where in the head the first record begins.
    pub(crate) start: usize,
    pub(crate) splitter: Arc<dyn Splitter>,
    pub(crate) input_plan: InputPlan,
    pub(crate) stored: Arc<Stored>,
    /// What is left out at its end, once that has been read.
    pub(crate) footer: Option<Arc<OnceLock<Footer>>>,
}

impl Text {
    /// Decodes an input of text and tells by its head how its records are read.
    pub(crate) fn new(
        plan: &Plan,
        source: &Source,
        format: InputFormat,
        opened: Opened,
        label: &Label,
    ) -> Result<Self, Error> {
        let stored = Arc::clone(&opened.stored);
        let mut decoded = decoded(opened, source, format, label)?;
        if decoded.head.len() < HEAD && is_blank(&decoded.head) {
            return Ok(Self::nothing(decoded, stored));
        }
        let (start, splitter, input_plan): (usize, Arc<dyn Splitter>, InputPlan) =
            if format == InputFormat::Json {
                let (start, layout) =
                    json_start(&mut decoded.reader, &mut decoded.head, source, label)?;
                let explode = explode(plan, source);
                let paths = match &explode {
                    Some(explode) => explode.of_record(),
                    None => paths(plan),
                };
                let splitter = JsonSplitter::new(paths, layout, &source.records);
                let input_plan = InputPlan {
                    choice: versions::choose_by_record(&plan.versions, &label.name),
                    explode,
                    ..InputPlan::default()
                };
                (start, Arc::new(splitter), input_plan)
            } else {
                refuse_explode(source, label, "delimited text")?;
                let Some(dialect) = dialect(&decoded, source, label, &expected(plan))? else {
                    return Ok(Self::nothing(decoded, stored));
                };
                let (wanted, mut input_plan) = wanted(plan, source, &dialect, label)?;
                input_plan.remarks.splice(..0, decoded.remarks);
                let pad = source.dialect.pad;
                let splitter = DelimitedSplitter::new(&dialect, wanted, plan.raw.len(), pad);
                (dialect.layout.data, Arc::new(splitter), input_plan)
            };
        Ok(Self {
            reader: decoded.reader,
            head: decoded.head,
            start,
            splitter,
            input_plan,
            stored,
            footer: decoded.footer,
        })
    }

    /// An input without a single record.
    fn nothing(decoded: Decoded, stored: Arc<Stored>) -> Self {
        let dialect = delimited::Dialect::of_nothing();
        let splitter = DelimitedSplitter::new(&dialect, Vec::new(), 0, false);
        Self {
            reader: decoded.reader,
            head: Vec::new(),
            start: 0,
            splitter: Arc::new(splitter),
            input_plan: InputPlan {
                remarks: decoded.remarks,
                ..InputPlan::default()
            },
            stored,
            footer: decoded.footer,
        }
    }

    /// Line breaks before the first record.
    pub(crate) fn lines(&self) -> u64 {
        count_lines(&self.head[..self.start])
    }
}

/// Refuses to explode records that have no arrays.
fn refuse_explode(source: &Source, label: &Label, what: &str) -> Result<(), Error> {
    if source.explode.is_none() {
        return Ok(());
    }
    let error = label.unreadable(format_args!(
        "it is {what}, and `explode` is for JSON and Parquet"
    ));
    Err(error.hint("leave out `explode`"))
}

/// How a plan explodes JSON records.
fn explode(plan: &Plan, source: &Source) -> Option<Explode> {
    let explode = source.explode.as_ref()?;
    let ignored = (!plan.as_found).then_some(&plan.ignored);
    Some(Explode::new(
        &explode.path,
        explode.keep_empty,
        &cells(plan),
        ignored,
    ))
}

/// What the raw columns of a plan keep.
fn cells(plan: &Plan) -> Vec<(Vec<String>, Keep)> {
    plan.raw.iter().map(|c| (c.path.clone(), c.keep)).collect()
}

/// The paths that a plan reads of JSON records.
fn paths(plan: &Plan) -> Paths {
    let paths = Paths::new(&cells(plan));
    if !plan.as_found {
        return paths.with_drift(Arc::clone(&plan.ignored));
    }
    match plan.raw.iter().position(|c| c.path == [json::WHOLE]) {
        Some(cell) => paths.with_whole(cell),
        None => paths,
    }
}

/// How an input of delimited text or a sheet is read, for people; `None` where it has no record.
pub(crate) fn describe(
    plan: &Plan,
    source: &Source,
    format: InputFormat,
    opened: Opened,
    label: &Label,
) -> Result<Option<Vec<String>>, Error> {
    let decoded = decoded(opened, source, format, label)?;
    let dialect = dialect(&decoded, source, label, &expected(plan))?;
    Ok(dialect.map(|dialect| {
        let line = count_lines(&decoded.head[..dialect.layout.header_at]) + 1;
        let mut parts = dialect.describe(line);
        parts.extend(decoded.remarks.iter().map(Remark::to_string));
        match source.dialect.footer {
            0 => {}
            1 => parts.push("the last line is not read".to_owned()),
            lines => parts.push(format!("the last {lines} lines are not read")),
        }
        parts
    }))
}

/// The sets of columns of which a delimited file should have one whole: those of the fields, and of each version.
fn expected(plan: &Plan) -> Vec<Vec<String>> {
    if plan.as_found {
        return Vec::new();
    }
    let versions = (0..plan.versions.len()).map(Some);
    std::iter::once(None)
        .chain(versions)
        .map(|version| {
            let read = plan.read_by(version);
            let columns = plan.raw.iter().zip(read);
            columns
                .filter(|(_, read)| *read)
                .map(|(column, _)| column.path.join("."))
                .collect()
        })
        .collect()
}

/// For each column of a delimited file, the cell that it goes to.
fn wanted(
    plan: &Plan,
    source: &Source,
    dialect: &delimited::Dialect,
    label: &Label,
) -> Result<(Vec<Option<usize>>, InputPlan), Error> {
    // Delimited text is flat: a path of several keys can only be a name with dots in it.
    let has = |path: &[String]| dialect.layout.names.contains(&path.join("."));
    let choice = versions::choose_by_columns(&plan.versions, &label.name, has);
    let version = choice.of_file();
    let mut copies = Vec::new();
    let mut wanted = vec![None; dialect.layout.names.len()];
    let read = plan.read_by(version);
    for (cell, column) in plan.raw.iter().enumerate().filter(|(cell, _)| read[*cell]) {
        let name = column.path.join(".");
        match dialect.layout.names.iter().position(|n| *n == name) {
            Some(position) => match wanted[position] {
                None => wanted[position] = Some(cell),
                Some(first) => copies.push((first, cell)),
            },
            None if plan.as_found => {}
            None => {
                let version = version.and_then(|number| plan.versions.get(number));
                let version = version.map_or(String::new(), |version| {
                    format!("version `{}` of ", version.name)
                });
                let error = Error::new(
                    Kind::Declaration,
                    format!(
                        "`{}` has no column `{name}`, which {version}source `{}` reads",
                        label.name, source.name.value
                    ),
                );
                let names = || dialect.layout.used_names().map(String::as_str);
                let mut fields = source.fields.iter().flatten();
                let unquoted = fields.find_map(|field| match &field.origin {
                    Origin::Sql(sql) => onefold_spec::unquoted(sql, names()),
                    _ => None,
                });
                let near = || {
                    let near = onefold_spec::nearest(&name, names())?;
                    Some(format!("did you mean `{near}`?"))
                };
                let all = || {
                    let names: Vec<String> = dialect.layout.used_names().cloned().collect();
                    format!("its columns are {}", quoted(&names))
                };
                return Err(error.hint(unquoted.or_else(near).unwrap_or_else(all)));
            }
        }
    }
    let unknown = match &source.dialect.header {
        _ if plan.as_found => Vec::new(),
        // The pipeline itself gives the names.
        Header::Names(_) => Vec::new(),
        Header::Found | Header::Rows(_) | Header::None => {
            let mentioned: HashSet<String> = plan
                .raw
                .iter()
                .map(|column| column.path.join("."))
                .collect();
            let names = dialect.layout.used_names();
            names
                .filter(|name| !mentioned.contains(*name) && !plan.ignored.has(name))
                .cloned()
                .collect()
        }
    };
    Ok((
        wanted,
        InputPlan {
            choice,
            copies,
            unknown,
            explode: None,
            remarks: dialect.layout.remarks.clone(),
        },
    ))
}
