//! Follows a row down through the steps of a run.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use onefold_read::Locator;
use onefold_spec::model::{Content, Pipeline, Source};

use super::kept::{KeptTable, conformed};
use super::told::{Course, Stage};
use crate::catalog::session;
use crate::checks::{self, is_added};
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::ledger::Ledger;
use crate::places::{beginning, locator};
use crate::prepare::{self, Prepared, PreparedTable};
use crate::report::Report;
use crate::run::kept::{TABLES, with_kept};
use crate::run::{self, Keep, RunOptions, shape_batch};
use crate::steps::follow::{Deed, Fate, KeptTables, Kin, Row, single};
use crate::steps::step::Running;
use crate::stored::Stored;

/// Most rows of a table that are followed on.
pub(super) const FOLLOWED: usize = 20;

/// What is needed to follow records through a run.
pub(crate) struct Courses<'a> {
    pub(crate) pipeline: Pipeline,
    pub(super) report: &'a Report,
    folder: PathBuf,
    pub(super) options: &'a RunOptions<'a>,
    pub(super) prepared: Prepared,
    tables: HashMap<String, Arc<KeptTable>>,
    /// By source: finds lines in its files. `None` where they cannot be opened.
    locators: HashMap<String, Option<Locator>>,
}

/// Rows of tables that hold what is followed, in the order in which they were found.
type Found = BTreeMap<String, Vec<Row>>;

impl<'a> Courses<'a> {
    /// Of a run that has kept its tables in `folder`.
    pub(super) fn new(
        pipeline: &Pipeline,
        folder: &Path,
        report: &'a Report,
        options: &'a RunOptions<'a>,
    ) -> Result<Self, Error> {
        let pipeline = with_kept(pipeline, Keep::All);
        let mut tables = HashMap::new();
        for kept in &report.kept {
            if let Some(name) = kept.path.strip_prefix(TABLES) {
                let path = folder.join(TABLES).join(name.trim_start_matches('/'));
                tables.insert(
                    kept.table.clone(),
                    Arc::new(KeptTable::open(&path, options.threads)?),
                );
            }
        }
        let undeclared = pipeline.sources.iter().filter(|s| s.fields.is_none());
        let found = undeclared.filter_map(|source| {
            let table = tables.get(&source.name.value)?;
            Some((source.name.value.clone(), Arc::clone(&table.schema)))
        });
        let mut errors = Vec::new();
        let prepared = prepare::prepare(&pipeline, session(), &found.collect(), &mut errors)?;
        if !errors.is_empty() {
            return Err(Error::configuration(errors));
        }
        Ok(Self {
            pipeline,
            report,
            folder: folder.to_path_buf(),
            options,
            prepared,
            tables,
            locators: HashMap::new(),
        })
    }

    /// A kept table.
    pub(crate) fn table(&self, name: &str) -> Result<Arc<KeptTable>, Error> {
        self.tables.get(name).cloned().ok_or_else(|| {
            let message = format!(
                "`{name}` is not among the tables in `{}`",
                self.folder.display()
            );
            Error::new(Kind::Unreadable, message)
        })
    }

    /// The step that makes a table.
    pub(crate) fn maker(&self, table: &str) -> Option<&PreparedTable> {
        self.prepared.tables.iter().find(|step| step.name == table)
    }

    /// All rows of a table as its readers see them.
    pub(crate) fn rows(&self, name: &str) -> Result<Stored, Error> {
        let table = self.table(name)?;
        let schema = self.prepared.schemas.get(name).unwrap_or(&table.schema);
        let batches = table.all()?.into_iter();
        let batches = batches.map(|batch| conformed(&batch, schema));
        let batches = batches.collect::<Result<Vec<_>, _>>()?;
        Ok(Stored::new(Arc::clone(schema), batches))
    }

    /// A source by its name.
    pub(crate) fn source(&self, name: &str) -> Option<Source> {
        let mut sources = self.pipeline.sources.iter();
        sources.find(|source| source.name.value == name).cloned()
    }

    /// Names of the kept tables, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.tables.keys().cloned().collect();
        names.sort();
        names
    }

    /// Whether a run keeps a table under this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// A row of a table as its readers see it.
    pub(crate) fn row(&self, name: &str, number: usize) -> Result<Row, Error> {
        let table = self.table(name)?;
        let values = table.take(&[number])?;
        if values.num_rows() != 1 {
            return Err(Error::internal(format!("`{name}` has no row {number}")));
        }
        let values = match self.prepared.schemas.get(name) {
            Some(schema) => conformed(&values, schema)?,
            None => values,
        };
        Ok(Row { number, values })
    }

    /// Finds lines in the files of a source, where these are what they were in the run.
    pub(crate) fn locator(&mut self, source: &Source) -> Option<Locator> {
        let name = &source.name.value;
        if !self.locators.contains_key(name) {
            let located = self.locate(source);
            self.locators.insert(name.clone(), located);
        }
        self.locators.get(name).cloned().flatten()
    }

    fn locate(&self, source: &Source) -> Option<Locator> {
        let given = self.options.input_dir.clone();
        let input_dir = given.unwrap_or_else(|| run::folder(&self.pipeline.path));
        locator(source, &input_dir, self.report, self.options.threads)
    }

    /// Where a row stands: `crm.csv:17`, or what it begins with.
    fn place(&mut self, table: &str, number: usize) -> Result<String, Error> {
        if let Some(source) = self.source(table)
            && let Some(address) = self.table(table)?.address(number)?
            && let Some(locator) = self.locator(&source)
            && let Ok(place) = locator.locate(address)
        {
            return Ok(format!("{}:{}", place.file, place.line));
        }
        let row = self.row(table, number)?;
        Ok(beginning(
            &format!("row {} of {table},", number + 1),
            &row.values,
            0,
        ))
    }

    /// The outputs that have the rows of a table.
    pub(crate) fn outputs(&self, table: &str) -> Vec<String> {
        let outputs = self.pipeline.outputs.iter();
        let of_it = outputs.filter(|output| {
            let holds =
                matches!(&output.content, Content::Table { table: of, .. } if of.value == table);
            holds && !output.is_kept
        });
        of_it.map(|output| output.path.value.clone()).collect()
    }

    /// Follows rows to wherever they go.
    pub(super) fn follow(
        &mut self,
        course: &mut Course,
        start: Vec<(String, Row)>,
    ) -> Result<(), Error> {
        let mut found = Found::new();
        for (table, row) in start {
            found.entry(table).or_default().push(row);
        }
        for number in 0..self.prepared.tables.len() {
            let table = &self.prepared.tables[number];
            if is_added(&table.name) {
                continue;
            }
            let (name, reads) = (table.name.clone(), table.reads.clone());
            let side = reads.iter().find(|read| {
                let is_of = |name: &&String| **name == checks::owner(read);
                read.contains('.')
                    && !found.contains_key(*read)
                    && found.keys().any(|name| is_of(&name))
            });
            if let Some(side) = side {
                course.stages.push(Stage {
                    table: name.clone(),
                    deed: "unknown".to_owned(),
                    text: format!("records are not followed through `{side}`"),
                    rows: Vec::new(),
                    is_cut: false,
                    outputs: Vec::new(),
                });
            }
            let mut readers = Vec::new();
            for (input, read) in reads.iter().enumerate() {
                for row in found.get(read).into_iter().flatten().take(FOLLOWED) {
                    readers.push((input, row.clone()));
                }
            }
            let (mut stages, mut made) = (Vec::new(), Vec::new());
            for (input, row) in readers {
                let (stage, rows) = self.step(number, input, &row)?;
                stages.push(stage);
                made.extend(rows);
            }
            made.sort_by_key(|row: &Row| row.number);
            made.dedup_by_key(|row| row.number);
            course.stages.extend(joined(stages));
            if !made.is_empty() {
                found.entry(name).or_default().extend(made);
            }
        }
        Ok(())
    }

    /// What a step does with a row, and the rows of its table that come of it.
    fn step(&mut self, number: usize, input: usize, row: &Row) -> Result<(Stage, Vec<Row>), Error> {
        let fate = {
            let table = &self.prepared.tables[number];
            let kept = OfStep {
                courses: self,
                table,
            };
            let work =
                |run: &mut Running<'_, '_>| table.way.as_follow().follow(input, row, &kept, run);
            let fate = self.beside_a_run(table, work)?;
            match fate {
                Some(fate) => fate,
                None => return self.without(number, input, row),
            }
        };
        let (name, reads) = {
            let table = &self.prepared.tables[number];
            (table.name.clone(), table.reads.clone())
        };
        let mut text = fate.told.clone();
        for (place, (input, row)) in fate.others.iter().enumerate() {
            let mark = format!("{{{place}}}");
            if text.contains(&mark) {
                text = text.replace(&mark, &self.place(&reads[*input], *row)?);
            }
        }
        let mut deed = fate.deed;
        let rows = self.rows_of(number, &fate)?;
        let is_filtered = self.prepared.tables[number].shape.filter.is_some();
        let is_made = !fate.rows.is_empty() || fate.identified.is_some();
        if rows.is_empty() && is_made && is_filtered {
            deed = Deed::Removed;
            text = match text.is_empty() {
                true => "left out by `where`".to_owned(),
                false => format!("{text}; left out by `where`"),
            };
        }
        let mut stage = Stage {
            table: name.clone(),
            deed: deed.word().to_owned(),
            text,
            rows: rows
                .iter()
                .take(FOLLOWED)
                .map(|row| *row as u64 + 1)
                .collect(),
            is_cut: rows.len() > FOLLOWED,
            outputs: Vec::new(),
        };
        if !stage.rows.is_empty() {
            stage.outputs = self.outputs(&name);
        }
        let followed = rows.into_iter().take(FOLLOWED);
        let followed = followed.map(|row| self.row(&name, row));
        Ok((stage, followed.collect::<Result<_, _>>()?))
    }

    /// Does work of a step outside of a run: what it notes is not kept.
    pub(super) fn beside_a_run<T>(
        &self,
        table: &PreparedTable,
        work: impl FnOnce(&mut Running<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let never = || jiff::Timestamp::UNIX_EPOCH;
        let silent = |_: &RunEvent| {};
        let mut ledger = Ledger::new(&self.pipeline, &never, &silent);
        work(&mut Running {
            table: &table.name,
            threads: self.options.threads,
            is_read: true,
            is_logged: false,
            state_dir: None,
            pipeline: &self.pipeline.name.value,
            suppression: None,
            run_id: "",
            ledger: &mut ledger,
        })
    }

    /// Finds the rows of a table that are those of a fate.
    fn rows_of(&self, number: usize, fate: &Fate) -> Result<Vec<usize>, Error> {
        let table = &self.prepared.tables[number];
        let kept = self.table(&table.name)?;
        let mut rows = Vec::new();
        if let Some((column, value)) = &fate.identified
            && let Some(column) = shaped_column(table, column)
        {
            let value = arrow::array::StringViewArray::from(vec![value.as_str()]);
            rows.extend(kept.matching(&[column], &[Arc::new(value)])?);
        }
        for made in &fate.rows {
            let shaped = shape_batch(&table.shape, made.clone());
            let shaped = shaped.map_err(|why| Error::new(Kind::Data, why))?;
            for one in single(&shaped) {
                let columns: Vec<usize> = (0..one.num_columns()).collect();
                rows.extend(kept.matching(&columns, one.columns())?);
            }
        }
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }
}

/// Where a column of a step is among those of its table, if it is one.
fn shaped_column(table: &PreparedTable, name: &str) -> Option<usize> {
    let made = table.step_schema.index_of(name).ok()?;
    match &table.shape.select {
        None => Some(made),
        Some(select) => {
            let mut columns = select.columns.iter();
            columns.position(|column| column.value.column == Some(made))
        }
    }
}

/// Stages of one table that say the same become one.
fn joined(stages: Vec<Stage>) -> Vec<Stage> {
    let mut joined: Vec<Stage> = Vec::new();
    for stage in stages {
        let alike = joined
            .iter_mut()
            .find(|other| other.deed == stage.deed && other.text == stage.text);
        match alike {
            Some(other) => {
                other.rows.extend(stage.rows);
                other.rows.sort_unstable();
                other.rows.dedup();
                other.is_cut |= stage.is_cut;
            }
            None => joined.push(stage),
        }
    }
    joined
}

/// The tables of one step.
struct OfStep<'c, 'a> {
    courses: &'c Courses<'a>,
    table: &'c PreparedTable,
}

impl OfStep<'_, '_> {
    fn kin(&self, name: &str, numbers: Vec<usize>) -> Result<Kin, Error> {
        let rows = self.courses.table(name)?.take(&numbers)?;
        let rows = match self.courses.prepared.schemas.get(name) {
            Some(schema) => conformed(&rows, schema)?,
            None => rows,
        };
        Ok(Kin { numbers, rows })
    }

    fn side_name(&self, side: &str) -> String {
        format!("{}.{side}", self.table.name)
    }
}

impl KeptTables for OfStep<'_, '_> {
    fn rows(&self, input: usize) -> Result<usize, Error> {
        Ok(self.courses.table(&self.table.reads[input])?.rows)
    }

    fn like(
        &self,
        input: usize,
        columns: &[usize],
        row: &RecordBatch,
        of_row: &[usize],
    ) -> Result<Kin, Error> {
        let name = &self.table.reads[input];
        let values: Vec<_> = of_row.iter().map(|c| Arc::clone(row.column(*c))).collect();
        let numbers = self.courses.table(name)?.matching(columns, &values)?;
        self.kin(name, numbers)
    }

    fn side(&self, side: &str, like: Option<(&str, &str)>) -> Result<Kin, Error> {
        let name = self.side_name(side);
        let table = self.courses.table(&name)?;
        let numbers = match like {
            None => (0..table.rows).collect(),
            Some((column, value)) => {
                let column = table.schema.index_of(column)?;
                let value = arrow::array::StringViewArray::from(vec![value]);
                table.matching(&[column], &[Arc::new(value)])?
            }
        };
        self.kin(&name, numbers)
    }

    fn side_row(&self, side: &str, number: usize) -> Result<RecordBatch, Error> {
        Ok(self.courses.row(&self.side_name(side), number)?.values)
    }
}
