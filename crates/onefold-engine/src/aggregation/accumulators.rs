//! The groups and their aggregates, in partitions.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, EmitTo, GroupsAccumulator};
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use onefold_df::Unfit;
use onefold_operators::{BATCH_ROWS, DistinctTexts, SortKey, sort_rows_within};

use super::input::{GroupInput, Read};
use super::planned::{Aggregate, Aggregation, NoGroup, Result};
use super::string_agg::StringAgg;
use crate::explain::short;
use crate::ordered::ordered;

/// Bytes of batches that wait to be added, at least and at most. A partition is worked on for many rows at a time, while it is in the cache:
/// as many bytes wait as the groups take, so that each time a good part of every cache line that is loaded is used.
const WAITING: std::ops::RangeInclusive<usize> = match cfg!(test) {
    // So that it happens.
    true => 1 << 10..=1 << 20,
    false => 8 << 20..=128 << 20,
};

/// Batches that wait at most of those that may each keep the chunk of a file in which their texts stand.
const WAITING_CHUNKS: usize = 64;

/// Bytes that a group takes, and each of its aggregates, about.
const GROUP: usize = 32;

/// The groups so far.
pub(crate) struct Accumulators {
    aggregation: Arc<Aggregation>,
    threads: usize,
    partitions: Vec<Partition>,
    waiting: Vec<(u64, Read)>,
    waiting_bytes: usize,
    waiting_chunks: usize,
    rows: u64,
}

impl Accumulators {
    /// The groups before the first row.
    pub(crate) fn new(aggregation: Arc<Aggregation>, threads: usize) -> Result<Self> {
        let partitions = (0..aggregation.partitions()).map(|_| Partition::new(&aggregation));
        let partitions = partitions.collect::<Result<_>>()?;
        Ok(Accumulators {
            aggregation,
            threads: threads.max(1),
            partitions,
            waiting: Vec::new(),
            waiting_bytes: 0,
            waiting_chunks: 0,
            rows: 0,
        })
    }

    /// Rows added so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds rows, which come after all those added before.
    pub(crate) fn add(&mut self, read: Read) -> Result<()> {
        if read.rows.is_empty() {
            return Ok(());
        }
        let first = self.rows;
        self.rows += read.rows.len() as u64;
        self.waiting_bytes += read.bytes();
        self.waiting_chunks += usize::from(read.holds_others());
        self.waiting.push((first, read));
        let groups: usize = self.partitions.iter().map(|p| p.firsts.len()).sum();
        let bytes = groups * GROUP * (1 + self.aggregation.aggregates.len());
        let most = bytes.clamp(*WAITING.start(), *WAITING.end());
        match self.waiting_bytes < most && self.waiting_chunks < WAITING_CHUNKS {
            true => Ok(()),
            false => self.work_off(),
        }
    }

    fn work_off(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        (self.waiting_bytes, self.waiting_chunks) = (0, 0);
        let threads = self.threads.min(self.partitions.len());
        let partitions = Mutex::new(self.partitions.iter_mut().enumerate());
        let next = || {
            let partitions = partitions.lock();
            partitions.unwrap_or_else(PoisonError::into_inner).next()
        };
        // Whoever is done takes the next: the readers are at work beside.
        let work = || {
            while let Some((number, partition)) = next() {
                for (first, read) in &waiting {
                    let added = partition.add(number, *first, read);
                    added.map_err(|error| (number, error))?;
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let failed = others.into_iter().filter_map(|other| {
                let stopped = |_| DataFusionError::Internal("a thread stopped".to_owned());
                match other.join().map_err(stopped) {
                    Ok(done) => done.err(),
                    Err(stopped) => Some((usize::MAX, stopped)),
                }
            });
            // That of the first partition, whoever worked on it.
            match failed.min_by_key(|(number, _)| *number) {
                None => Ok(()),
                Some((_, error)) => Err(error),
            }
        })
    }

    /// The groups, and their numbers in the order of their first rows, where that is not the order in which they are given.
    pub(crate) fn finish(mut self) -> Result<(Vec<RecordBatch>, Option<Vec<u32>>)> {
        self.work_off()?;
        let Accumulators {
            aggregation,
            threads,
            mut partitions,
            rows,
            ..
        } = self;
        // Even of no rows there is one group where all rows are one.
        let is_empty = |p: &Partition| p.firsts.is_empty() && !aggregation.groups.is_empty();
        partitions.retain(|partition| !is_empty(partition));
        let order = order(&partitions, rows)?;
        let partitions: Vec<_> = partitions
            .into_iter()
            .map(|partition| Mutex::new(Some(partition)))
            .collect();
        let finish = |number: usize| {
            let partition = partitions[number].lock().ok().and_then(|mut p| p.take());
            let partition = partition
                .ok_or_else(|| DataFusionError::Internal("a partition is missing".to_owned()))?;
            Ok(partition.finish(&aggregation))
        };
        let mut groups = Vec::with_capacity(partitions.len());
        // Of the groups that cannot be computed the first is told.
        let mut failed: Option<(u64, String)> = None;
        ordered(threads, partitions.len(), finish, |made: Result<_>| {
            match made? {
                Ok(batch) => groups.push(batch),
                Err(other) if failed.as_ref().is_none_or(|first| other.0 < first.0) => {
                    failed = Some(other);
                }
                Err(_) => {}
            }
            Ok::<(), DataFusionError>(())
        })?;
        match failed {
            None => Ok((groups, order)),
            Some((_, why)) => Err(DataFusionError::Execution(why)),
        }
    }
}

/// The numbers of the groups, counted through all partitions, in the order of their first rows, of which `rows` were added.
fn order(partitions: &[Partition], rows: u64) -> Result<Option<Vec<u32>>> {
    let firsts = || partitions.iter().flat_map(|partition| &partition.firsts);
    let count = firsts().count();
    if count >= u32::MAX as usize {
        let many = "more groups than a table can have rows".to_owned();
        return Err(DataFusionError::Execution(many));
    }
    if firsts().is_sorted() {
        return Ok(None);
    }
    if rows / SPARSE > count as u64 {
        let mut order: Vec<(u64, u32)> = firsts().copied().zip(0..).collect();
        order.sort_unstable();
        return Ok(Some(order.into_iter().map(|(_, number)| number).collect()));
    }
    // No two groups have the same first row: the place of one is the number of first rows before it.
    let mut is_first = vec![0u64; (rows / 64 + 1) as usize];
    for first in firsts() {
        is_first[(first / 64) as usize] |= 1 << (first % 64);
    }
    let mut before = Vec::with_capacity(is_first.len());
    let mut total = 0;
    for word in &is_first {
        before.push(total);
        total += word.count_ones();
    }
    let mut order = vec![0; count];
    for (first, number) in firsts().zip(0..) {
        let word = (first / 64) as usize;
        let earlier = is_first[word] & ((1 << (first % 64)) - 1);
        order[(before[word] + earlier.count_ones()) as usize] = number;
    }
    Ok(Some(order))
}

/// Rows a group from which on sorting the groups takes less than going through all rows.
const SPARSE: u64 = 256;

/// Groups whose hashes have some bits in common.
struct Partition {
    groups: Groups,
    /// First row of each group.
    firsts: Vec<u64>,
    aggregates: Vec<State>,
    numbers: Vec<usize>,
}

enum Groups {
    /// All rows are one group.
    One,
    Texts(DistinctTexts),
    Values(Box<dyn GroupValues>),
}

enum State {
    Figures(Box<dyn GroupsAccumulator>),
    Rows(Rows),
}

/// What a call reads of its rows, in their order.
#[derive(Default)]
struct Rows {
    groups: Vec<u32>,
    args: Vec<Vec<ColumnarValue>>,
    order: Vec<Vec<ArrayRef>>,
}

impl Partition {
    fn new(aggregation: &Aggregation) -> Result<Self> {
        let columns: Vec<usize> = (0..aggregation.groups.len()).collect();
        let schema = Arc::new(aggregation.whole.project(&columns)?);
        let groups = match schema.fields().as_ref() {
            [] => Groups::One,
            [only] if *only.data_type() == DataType::Utf8View => {
                Groups::Texts(DistinctTexts::default())
            }
            _ => Groups::Values(new_group_values(schema, &GroupOrdering::None)?),
        };
        let state = |call: &Aggregate| {
            Ok(match call.keeps_rows() {
                true => State::Rows(Rows::default()),
                false => State::Figures(call.function.create_groups_accumulator()?),
            })
        };
        Ok(Partition {
            groups,
            firsts: Vec::new(),
            aggregates: aggregation
                .aggregates
                .iter()
                .map(state)
                .collect::<Result<_>>()?,
            numbers: Vec::new(),
        })
    }

    /// Adds the rows of this partition, number `own`, of a batch whose rows come after `first` others.
    fn add(&mut self, own: usize, first: u64, read: &Read) -> Result<()> {
        let (start, end) = (read.starts[own], read.starts[own + 1]);
        let rows = end - start;
        if rows == 0 {
            return Ok(());
        }
        let numbers = &mut self.numbers;
        let count = match (&mut self.groups, &read.groups) {
            (Groups::One, _) => {
                numbers.clear();
                numbers.resize(rows, 0);
                1
            }
            (Groups::Texts(groups), GroupInput::Texts(texts)) => {
                groups.number(texts, start..end, numbers);
                groups.len()
            }
            (Groups::Values(groups), GroupInput::Values(columns)) => {
                let columns = columns.iter().map(|column| column.slice(start, rows));
                groups.intern(&columns.collect::<Vec<_>>(), numbers)?;
                groups.len()
            }
            _ => {
                let other = "groups of another type than planned".to_owned();
                return Err(DataFusionError::Internal(other));
            }
        };
        let of_rows = read.rows[start..end].iter().zip(&*numbers);
        let of_rows = of_rows.map(|(row, number)| (first + u64::from(*row), *number));
        if let Groups::Texts(_) = &self.groups {
            // Numbered as they come.
            for (row, number) in of_rows {
                if number == self.firsts.len() {
                    self.firsts.push(row);
                }
            }
        } else {
            // Mostly as they come, but several new ones of a batch may change places.
            self.firsts.resize(count, u64::MAX);
            for (row, number) in of_rows {
                self.firsts[number] = self.firsts[number].min(row);
            }
        }
        for (state, input) in self.aggregates.iter_mut().zip(&read.aggregates) {
            let part = |arg: &ColumnarValue, start, rows| match arg {
                ColumnarValue::Array(array) => ColumnarValue::Array(array.slice(start, rows)),
                ColumnarValue::Scalar(scalar) => ColumnarValue::Scalar(scalar.clone()),
            };
            let holds = input.filter.as_ref().map(|holds| holds.slice(start, rows));
            match state {
                State::Figures(aggregates) => {
                    let args = input.args.iter();
                    let args = args
                        .map(|arg| part(arg, start, rows).into_array(rows))
                        .collect::<Result<Vec<_>>>()?;
                    aggregates.update_batch(&args, numbers, holds.as_ref(), count)?;
                }
                State::Rows(kept) => {
                    let all = numbers.iter().map(|number| *number as u32);
                    match &holds {
                        None => kept.groups.extend(all),
                        Some(holds) => {
                            let chosen = all.zip(holds.values());
                            let chosen = chosen.filter(|(_, holds)| *holds);
                            kept.groups.extend(chosen.map(|(number, _)| number));
                        }
                    }
                    let starts = input.starts.as_ref().unwrap_or(&read.starts);
                    let (start, rows) = (starts[own], starts[own + 1] - starts[own]);
                    let args = input.args.iter().map(|arg| part(arg, start, rows));
                    kept.args.push(args.collect());
                    let order = input.order.iter().map(|key| key.slice(start, rows));
                    kept.order.push(order.collect());
                }
            }
        }
        Ok(())
    }

    /// What is selected of the groups and their aggregates, by number; where that fails the first row of the group for which it does, and why.
    fn finish(
        mut self,
        aggregation: &Aggregation,
    ) -> std::result::Result<RecordBatch, (u64, String)> {
        let firsts = std::mem::take(&mut self.firsts);
        let told = |groups: &[ArrayRef], error: NoGroup| {
            let group = aggregation.group(groups, error.group);
            let first = firsts.get(error.group).copied().unwrap_or_default();
            (first, format!("{}{group}", error.why))
        };
        let is_empty = firsts.is_empty();
        let count = match self.groups {
            Groups::One => 1,
            _ => firsts.len(),
        };
        let groups = match self.groups {
            Groups::One => Vec::new(),
            Groups::Texts(groups) => vec![groups.finish()],
            Groups::Values(mut groups) => {
                let groups = groups.emit(EmitTo::All);
                groups.map_err(|error| told(&[], error.into()))?
            }
        };
        let mut columns = groups.clone();
        for (call, state) in aggregation.aggregates.iter().zip(self.aggregates) {
            let column = match state {
                State::Figures(_) if is_empty => call.of_nothing(count),
                State::Figures(mut aggregates) => aggregates.evaluate(EmitTo::All),
                State::Rows(rows) => call.of_rows(rows, count),
            };
            let mut column = column.map_err(|error| {
                // The group of which the first row came first: groups that came together may have changed places.
                let unfit = Unfit::of(&error).and_then(|unfit| {
                    let first = |(group, _): &&(usize, String)| firsts.get(*group).copied();
                    unfit.groups.iter().min_by_key(first)
                });
                let (group, why) = unfit.cloned().unwrap_or_else(|| (0, short(&error)));
                told(&groups, NoGroup::new(group, &call.column, why))
            })?;
            // Figures had room to grow with their groups; the table may be kept long.
            if let Some(column) = Arc::get_mut(&mut column) {
                column.shrink_to_fit();
            }
            columns.push(column);
        }
        let selected = aggregation.selected(columns);
        selected.map_err(|error| told(&groups, error))
    }
}

impl Aggregate {
    /// The call of groups without any row.
    fn of_nothing(&self, count: usize) -> Result<ArrayRef> {
        let nothing = self.function.create_accumulator()?.evaluate()?;
        nothing.to_array_of_size(count)
    }

    /// The call of each group from rows kept.
    fn of_rows(&self, rows: Rows, count: usize) -> Result<ArrayRef> {
        let Rows {
            groups,
            args,
            order,
        } = rows;
        if groups.is_empty() {
            return self.of_nothing(count);
        }
        let whole = |number: usize| {
            if let Some(ColumnarValue::Scalar(scalar)) = args.first().map(|args| &args[number]) {
                return Ok(ColumnarValue::Scalar(scalar.clone()));
            }
            let arrays = args.iter().filter_map(|args| match &args[number] {
                ColumnarValue::Array(array) => Some(array.as_ref()),
                ColumnarValue::Scalar(_) => None,
            });
            let arrays: Vec<&dyn Array> = arrays.collect();
            Ok(ColumnarValue::Array(concat(&arrays)?))
        };
        let columns = (0..self.args.len()).map(whole);
        let columns = columns.collect::<Result<Vec<ColumnarValue>>>()?;
        let keys = self.order.iter().enumerate().map(|(number, key)| {
            let same = self.args.iter().position(|arg| arg == &key.expr);
            let values = match same.and_then(|arg| columns.get(arg)) {
                Some(ColumnarValue::Array(array)) => vec![Arc::clone(array)],
                _ => order.iter().map(|keys| Arc::clone(&keys[number])).collect(),
            };
            SortKey {
                values,
                options: key.options,
            }
        });
        let keys: Vec<SortKey> = keys.collect();
        drop((args, order));
        let sorted = sort_rows_within(&groups, count, &keys, 1)
            .map_err(|e| DataFusionError::External(Box::new(e)))?;
        drop(keys);
        let taken = |rows: &[u32]| -> Result<Vec<ArrayRef>> {
            let indices = UInt32Array::from(rows.to_vec());
            let column = |column: &ColumnarValue| match column {
                ColumnarValue::Array(array) => Ok(take(array, &indices, None)?),
                ColumnarValue::Scalar(scalar) => scalar.to_array_of_size(rows.len()),
            };
            columns.iter().map(column).collect()
        };
        let group_of = |row: &u32| groups[*row as usize] as usize;
        if let Some(joined) = StringAgg::new(self, &columns) {
            let joined = joined.of_groups(&sorted, group_of, count);
            return match joined {
                Ok(joined) => Ok(Arc::new(joined)),
                Err(error) => Err(DataFusionError::External(Box::new(error))),
            };
        }
        if self.function.groups_accumulator_supported() {
            let mut aggregates = self.function.create_groups_accumulator()?;
            let mut numbers = Vec::with_capacity(BATCH_ROWS);
            for rows in sorted.chunks(BATCH_ROWS) {
                numbers.clear();
                numbers.extend(rows.iter().map(group_of));
                // Without a filter it is taken for granted that each group has a row.
                let all = BooleanArray::from(vec![true; rows.len()]);
                let holds = self.filter.is_some().then_some(&all);
                aggregates.update_batch(&taken(rows)?, &numbers, holds, count)?;
            }
            return aggregates.evaluate(EmitTo::All);
        }
        let mut values: Vec<ScalarValue> = Vec::with_capacity(count);
        let mut rest = sorted.as_slice();
        for group in 0..count {
            let rows = rest.iter().take_while(|row| group_of(row) == group).count();
            let (rows, after) = rest.split_at(rows);
            rest = after;
            let mut call = self.function.create_accumulator()?;
            if !rows.is_empty() {
                call.update_batch(&taken(rows)?)?;
            }
            values.push(call.evaluate().map_err(|error| match Unfit::of(&error) {
                Some(unfit) => {
                    let why = unfit.to_string();
                    Unfit {
                        groups: vec![(group, why)],
                    }
                    .into()
                }
                None => error,
            })?);
        }
        ScalarValue::iter_to_array(values)
    }
}
