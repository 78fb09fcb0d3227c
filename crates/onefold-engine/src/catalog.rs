//! The tables that SQL sees. Their columns are known from the start; their rows are there only while a query reads them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemTable, MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::explain::short;

type Result<T> = std::result::Result<T, DataFusionError>;

/// A session with our functions. Names are case-sensitive as written; one partition, so that the order of rows is that of the input.
pub(crate) fn session() -> SessionContext {
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .with_information_schema(false)
        .set_bool("datafusion.sql_parser.enable_ident_normalization", false)
        .set_str("datafusion.execution.time_zone", "UTC");
    onefold_df::session(config, short)
}

/// A table that SQL can name.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    table: Arc<MemTable>,
}

impl Relation {
    /// Gives the table its rows, in place of those that it has.
    pub(crate) fn fill(&self, rows: Vec<RecordBatch>) -> Result<()> {
        for partition in &self.table.batches {
            let mut partition = partition.try_write().map_err(|e| {
                DataFusionError::Internal(format!("a table is filled while it is read: {e}"))
            })?;
            partition.clone_from(&rows);
        }
        Ok(())
    }
}

/// Registers a table. A side table `t.rejects` is table `rejects` of schema `t`. A table of that name is replaced; queries that are planned
/// already go on reading the old one.
pub(crate) fn register(
    context: &SessionContext,
    name: &str,
    schema: &SchemaRef,
    rows: Vec<RecordBatch>,
) -> Result<Relation> {
    let table = Arc::new(MemTable::try_new(Arc::clone(schema), vec![rows])?);
    register_provider(context, name, Arc::clone(&table) as _)?;
    Ok(Relation { table })
}

/// Registers a table in the same way, wherever its rows come from.
pub(crate) fn register_provider(
    context: &SessionContext,
    name: &str,
    table: Arc<dyn TableProvider>,
) -> Result<()> {
    let catalog = context
        .catalog("datafusion")
        .ok_or_else(|| DataFusionError::Internal("the session has no catalog".to_owned()))?;
    let (space, table_name) = name.split_once('.').unwrap_or(("public", name));
    let space = match catalog.schema(space) {
        Some(found) => found,
        None => {
            let made: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
            catalog.register_schema(space, Arc::clone(&made))?;
            made
        }
    };
    space.deregister_table(table_name)?;
    space.register_table(table_name.to_owned(), table)?;
    Ok(())
}

/// Runs asynchronous work to its end. Where the caller is itself part of an asynchronous runtime, which must not be blocked by another,
/// the work runs on a thread of its own.
pub(crate) fn block_on<T: Send>(work: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build();
        runtime
            .map_err(|e| DataFusionError::External(Box::new(e)))?
            .block_on(work)
    };
    if tokio::runtime::Handle::try_current().is_err() {
        return run();
    }
    let done = std::thread::scope(|scope| scope.spawn(run).join());
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_may_be_asynchronous() {
        let runtime = tokio::runtime::Builder::new_multi_thread().build();
        let found = runtime
            .expect("a runtime")
            .block_on(async { block_on(async { Ok(7) }) });
        assert_eq!(found.expect("an answer"), 7);
    }
}
