//! The tables whose rows are kept for readers to come.

use std::collections::HashMap;
use std::sync::Arc;

use crate::stored::Stored;

/// Rows kept, by table.
#[derive(Default)]
pub(super) struct Store {
    tables: HashMap<String, Arc<Stored>>,
    /// Rows that the step of a table keeps an index of, by number of the table: name and number of rows.
    indexed: HashMap<usize, Vec<(String, u64)>>,
}

impl Store {
    pub(super) fn get(&self, name: &str) -> Option<Arc<Stored>> {
        self.tables.get(name).cloned()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    pub(super) fn put(&mut self, name: &str, rows: Stored) -> Arc<Stored> {
        let rows = Arc::new(rows);
        self.tables.insert(name.to_owned(), Arc::clone(&rows));
        rows
    }

    /// Forgets the rows of a table; whoever has them may keep them.
    pub(super) fn release(&mut self, name: &str) {
        self.tables.remove(name);
    }

    /// Notes that a step keeps an index of a table.
    pub(super) fn index(&mut self, by: usize, table: &str, rows: u64) {
        let indexed = self.indexed.entry(by).or_default();
        indexed.push((table.to_owned(), rows));
    }

    /// Notes that a step is done with its indexes.
    pub(super) fn release_indexes(&mut self, by: usize) {
        self.indexed.remove(&by);
    }

    /// The tables of which rows are held and how many, the largest first.
    pub(super) fn held(&self) -> Vec<(&str, u64)> {
        let stored = self
            .tables
            .iter()
            .map(|(name, s)| (name.as_str(), s.rows()));
        let indexed = self.indexed.values().flatten();
        let indexed = indexed.map(|(name, rows)| (name.as_str(), *rows));
        let mut held: Vec<(&str, u64)> = stored
            .chain(indexed)
            .filter(|(_, rows)| *rows > 0)
            .collect();
        held.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        held.dedup();
        held
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};

    use super::*;

    fn rows(count: i64) -> Stored {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..count));
        let batch = RecordBatch::try_from_iter([("n", column)]).expect("a batch");
        Stored::new(batch.schema(), vec![batch])
    }

    #[test]
    fn what_is_held() {
        let mut store = Store::default();
        store.put("small", rows(1));
        store.put("empty", rows(0));
        let large = store.put("large", rows(3));
        store.index(7, "looked_up", 2);
        assert_eq!(store.held(), [("large", 3), ("looked_up", 2), ("small", 1)]);
        store.release("large");
        store.release_indexes(7);
        assert_eq!(store.held(), [("small", 1)]);
        assert!(!store.has("large") && store.get("large").is_none());
        assert_eq!(large.rows(), 3, "whoever has the rows keeps them");
    }
}
