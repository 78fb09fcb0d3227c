//! `dedupe:`: one row a key. The rows that stay are told by number, so that no row is copied before a reader asks for it.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use onefold_operators::{DedupeOptions, Preference, Table, check_dedupe, dedupe};
use onefold_spec::model::{self, Keep, Pipeline};
use onefold_spec::{Diagnostic, Spanned};

use super::columns::{has_column, with_columns};
use super::follow::{Deed, Fate, KeptTables, Row};
use super::step::{Follow, Input, Kind, Known, Made, Ready, Running, Way, Whole};
use crate::error::Error;
use crate::explain::words;
use crate::ledger::Account;
use crate::stored::Stored;

/// The step, as the pipeline has it.
pub(super) struct Dedupe<'a>(pub(super) &'a model::Dedupe);

impl Kind for Dedupe<'_> {
    fn name(&self) -> &'static str {
        "dedupe"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        vec![self.0.from.value.clone()]
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let rows = known.columns(&self.0.from)?;
        let options = options(self.0, &rows, known.errors)?;
        if let Err(error) = check_dedupe(&rows, &options) {
            let error = Diagnostic::error(self.0.from.span, words(&error.to_string()));
            known.errors.push(error);
            return None;
        }
        let removed = removed_schema(&rows, &options);
        Some(Ready {
            sides: vec![("removed", Arc::clone(&removed))],
            way: Way::Whole(Box::new(OneRowAKey {
                options,
                removed: known.is_side_read("removed").then_some(removed),
            })),
            rows,
        })
    }
}

/// Column numbers of the keys and preferences.
fn options(
    step: &model::Dedupe,
    schema: &SchemaRef,
    errors: &mut Vec<Diagnostic>,
) -> Option<DedupeOptions> {
    let before = errors.len();
    let mut number = |column: &Spanned<String>| {
        has_column(column, schema, &step.from, errors);
        schema.index_of(column).unwrap_or(0)
    };
    let by = step.by.iter().map(&mut number).collect();
    let keep = step.keep.iter().filter_map(|keep| match keep {
        Keep::MostComplete => Some(Preference::MostComplete),
        Keep::Latest(column) => Some(Preference::Latest(number(column))),
        Keep::Earliest(column) => Some(Preference::Earliest(number(column))),
        Keep::First => Some(Preference::First),
        Keep::Last => Some(Preference::Last),
        Keep::Priority(_) | Keep::MostFrequent | Keep::Longest | Keep::All(_) => None,
    });
    let keep = keep.collect();
    (errors.len() == before).then_some(DedupeOptions {
        by,
        keep,
        ignore: Vec::new(),
    })
}

/// Columns of the rows that are removed: their own and, as `kept_NAME`, those of the row kept instead. Of its key both have the same.
fn removed_schema(rows: &SchemaRef, options: &DedupeOptions) -> SchemaRef {
    let kept = kept_columns(rows, options).into_iter().map(|column| {
        let field = rows.field(column);
        let name = format!("kept_{}", field.name());
        (name, field.data_type().clone(), true)
    });
    with_columns(rows, kept)
}

/// The columns in which a removed row and the one kept instead may differ.
fn kept_columns(rows: &SchemaRef, options: &DedupeOptions) -> Vec<usize> {
    let all = 0..rows.fields().len();
    let differ = |column: &usize| !options.by.is_empty() && !options.by.contains(column);
    all.filter(differ).collect()
}

/// The step, ready to run.
struct OneRowAKey {
    options: DedupeOptions,
    /// Columns of the removed rows, where somebody reads them.
    removed: Option<SchemaRef>,
}

impl Whole for OneRowAKey {
    fn make(&self, inputs: Vec<Input>, run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let (schema, batches) = Input::only(inputs)?;
        let rows = crate::stored::rows(&batches);
        let began = Instant::now();
        let threads = run.threads;
        let table = Table::new(&schema, &batches).map_err(Error::internal)?;
        let deduped = dedupe(&table, &self.options, threads).map_err(Error::internal)?;
        let mut sides = Vec::new();
        if let Some(side) = &self.removed {
            let gather = |rows: &[u32]| table.gather(rows, threads).map_err(Error::internal);
            let kept_columns = kept_columns(&schema, &self.options);
            let kept = match kept_columns.is_empty() {
                true => Vec::new(),
                false => gather(&deduped.replaced_by)?,
            };
            let mut removed = gather(&deduped.removed)?;
            // Both have as many rows, so they are cut in the same places.
            for (removed, kept) in removed.iter_mut().zip(kept) {
                let mut columns = removed.columns().to_vec();
                columns.extend(kept_columns.iter().map(|c| Arc::clone(kept.column(*c))));
                *removed = RecordBatch::try_new(Arc::clone(side), columns)?;
            }
            sides.push(("removed", Stored::new(Arc::clone(side), removed)));
        }
        let mut account = Account::new("dedupe", Some(rows), began);
        account.remove("duplicate", deduped.removed.len() as u64);
        let chosen = (!deduped.removed.is_empty()).then_some(deduped.kept);
        Ok(Made {
            rows: Stored {
                schema,
                batches,
                chosen,
            },
            sides,
            state: None,
            account,
        })
    }
}

impl Follow for OneRowAKey {
    fn follow(
        &self,
        input: usize,
        row: &Row,
        kept: &dyn KeptTables,
        run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        let all: Vec<usize> = (0..row.values.num_columns()).collect();
        let by = match self.options.by.is_empty() {
            true => &all,
            false => &self.options.by,
        };
        let kin = kept.like(input, by, &row.values, by)?;
        let place = kin.place(row.number)? as u32;
        let schema = kin.rows.schema();
        let batches = [kin.rows.clone()];
        let table = Table::new(&schema, &batches).map_err(Error::internal)?;
        let deduped = dedupe(&table, &self.options, run.threads).map_err(Error::internal)?;
        if let Ok(number) = deduped.removed.binary_search(&place) {
            let instead = kin.number(deduped.replaced_by[number])?;
            let told = "removed as a duplicate: {0} is kept";
            return Ok(Some(Fate::new(Deed::Removed, told).with(input, instead)));
        }
        let others = deduped.replaced_by.iter().filter(|kept| **kept == place);
        let told = match others.count() {
            0 => "the only row of its key".to_owned(),
            1 => "kept, and another row of its key removed".to_owned(),
            others => format!("kept, and {others} other rows of its key removed"),
        };
        Ok(Some(Fate::new(Deed::Passed, told).made(row.values.clone())))
    }
}
