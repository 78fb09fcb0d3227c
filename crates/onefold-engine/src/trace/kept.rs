//! A table as a run has kept it: single rows, and rows that have certain values, without reading the rest.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array, RecordBatch, Scalar,
    UInt64Array,
};
use arrow::compute::kernels::cmp::{gt_eq, lt_eq, not_distinct};
use arrow::compute::kernels::numeric;
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Schema, SchemaRef, UInt64Type};
use onefold_rows::parallel::map_items;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};

use crate::before::unreadable;
use crate::error::Error;
use crate::places::address;

/// Rows that are decoded at once.
const DECODED: usize = 65_536;

/// A kept table.
pub(crate) struct KeptTable {
    path: PathBuf,
    /// Columns as steps have them, without the addresses.
    pub(crate) schema: SchemaRef,
    /// Number of the column of addresses.
    addresses: Option<usize>,
    pub(crate) rows: usize,
    /// What the file tells of itself; nothing where it is empty.
    metadata: Option<ArrowReaderMetadata>,
    threads: usize,
}

impl KeptTable {
    pub(super) fn open(path: &Path, threads: usize) -> Result<Self, Error> {
        let length = std::fs::metadata(path)
            .map_err(|e| unreadable(path, &e))?
            .len();
        let mut table = Self {
            path: path.to_path_buf(),
            schema: Arc::new(Schema::empty()),
            addresses: None,
            rows: 0,
            metadata: None,
            threads,
        };
        // A table without columns is an empty file.
        if length > 0 {
            let file = File::open(path).map_err(|e| unreadable(path, &e))?;
            let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new());
            let metadata = metadata.map_err(|e| unreadable(path, &e))?;
            let stored = Arc::clone(metadata.schema());
            table.rows = metadata.metadata().file_metadata().num_rows().max(0) as usize;
            table.metadata = Some(metadata);
            table.addresses = address(&stored);
            let visible = table.addresses.unwrap_or(stored.fields().len());
            let fields = stored.fields().iter().take(visible);
            let fields = fields.map(|field| match field.data_type().is_string() {
                true => field.as_ref().clone().with_data_type(DataType::Utf8View),
                false => field.as_ref().clone(),
            });
            table.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        }
        Ok(table)
    }

    /// Some columns of some rows.
    fn read(
        &self,
        columns: &[usize],
        rows: &Rows<'_>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + use<>, Error> {
        let file = File::open(&self.path).map_err(|e| unreadable(&self.path, &e))?;
        let reader = match self.metadata.clone() {
            Some(known) => ParquetRecordBatchReaderBuilder::new_with_metadata(file, known),
            None => ParquetRecordBatchReaderBuilder::try_new(file)
                .map_err(|e| unreadable(&self.path, &e))?,
        };
        let mask = ProjectionMask::roots(reader.parquet_schema(), columns.iter().copied());
        let mut reader = reader.with_projection(mask).with_batch_size(DECODED);
        match rows {
            Rows::All => {}
            Rows::OfGroup(group) => reader = reader.with_row_groups(vec![*group]),
            Rows::These(rows) => {
                let ranges = rows.iter().map(|row| *row..row + 1);
                let chosen = RowSelection::from_consecutive_ranges(ranges, self.rows);
                reader = reader.with_row_selection(chosen);
            }
        }
        let reader = reader.build().map_err(|e| unreadable(&self.path, &e))?;
        let path = self.path.clone();
        Ok(reader.map(move |batch| batch.map_err(|e| unreadable(&path, &e))))
    }

    /// The stretches of rows that are stored together: the number of each, and its first row.
    fn groups(&self) -> Vec<(usize, usize)> {
        let groups = self
            .metadata
            .iter()
            .flat_map(|known| known.metadata().row_groups());
        let mut next = 0;
        let starts = groups.map(|group| {
            let start = next;
            next += group.num_rows().max(0) as usize;
            start
        });
        starts.enumerate().collect()
    }

    /// The groups that may have values between two in a column, as far as the file tells the least and the greatest of each.
    fn groups_with(&self, column: usize, least: &ArrayRef, greatest: &ArrayRef) -> Vec<bool> {
        let all = || vec![true; self.groups().len()];
        let told = || -> Option<Vec<bool>> {
            let metadata = self.metadata.as_ref()?;
            let field = metadata.schema().fields().get(column)?;
            // Zeros of two signs are equal, NaN has no place in the order, and a missing value is in no statistics.
            if field.data_type().is_floating() || least.is_null(0) || greatest.is_null(0) {
                return None;
            }
            let schema = metadata.parquet_schema();
            let told =
                StatisticsConverter::try_new(field.name(), metadata.schema(), schema).ok()?;
            let groups = || metadata.metadata().row_groups();
            let (mins, maxes) = (
                told.row_group_mins(groups()).ok()?,
                told.row_group_maxes(groups()).ok()?,
            );
            let one = |value: &ArrayRef| Some(Scalar::new(cast(value, mins.data_type()).ok()?));
            let above = gt_eq(&maxes, &one(least)?).ok()?;
            let below = lt_eq(&mins, &one(greatest)?).ok()?;
            // What is not told may be anything.
            let may = above.iter().zip(&below);
            Some(
                may.map(|(a, b)| a.unwrap_or(true) && b.unwrap_or(true))
                    .collect(),
            )
        };
        told().unwrap_or_else(all)
    }

    /// The numbers of the rows of some groups whose value in a column is wanted. Threads look at a group each.
    fn rows_where(
        &self,
        column: usize,
        groups: &[bool],
        is_wanted: impl Fn(&ArrayRef) -> Result<BooleanArray, Error> + Sync,
    ) -> Result<Vec<usize>, Error> {
        let groups = self.groups().into_iter().zip(groups);
        let groups: Vec<_> = groups
            .filter(|(_, may)| **may)
            .map(|(group, _)| group)
            .collect();
        let found = map_items(self.threads, groups, |(group, mut start)| {
            let mut found = Vec::new();
            for batch in self.read(&[column], &Rows::OfGroup(group))? {
                let batch = batch?;
                let wanted = is_wanted(batch.column(0))?;
                let rows =
                    (0..wanted.len()).filter(|row| wanted.is_valid(*row) && wanted.value(*row));
                found.extend(rows.map(|row| start + row));
                start += batch.num_rows();
            }
            Ok::<_, Error>(found)
        });
        let found: Vec<Vec<usize>> = found.into_iter().collect::<Result<_, _>>()?;
        Ok(found.concat())
    }

    /// Some rows, by ascending number.
    pub(crate) fn take(&self, numbers: &[usize]) -> Result<RecordBatch, Error> {
        let columns: Vec<usize> = (0..self.schema.fields().len()).collect();
        let mut batches = Vec::new();
        if !numbers.is_empty() {
            for batch in self.read(&columns, &Rows::These(numbers))? {
                batches.push(conformed(&batch?, &self.schema)?);
            }
        }
        Ok(concat_batches(&self.schema, &batches)?)
    }

    /// Shows all texts: column, row and text, column by column.
    pub(crate) fn texts(&self, mut see: impl FnMut(usize, usize, &str)) -> Result<(), Error> {
        for (column, field) in self.schema.fields().iter().enumerate() {
            if !field.data_type().is_string() {
                continue;
            }
            let mut start = 0;
            for batch in self.read(&[column], &Rows::All)? {
                let texts = cast(batch?.column(0), &DataType::Utf8View)?;
                for (row, text) in texts.as_string_view().iter().enumerate() {
                    if let Some(text) = text {
                        see(column, start + row, text);
                    }
                }
                start += texts.len();
            }
        }
        Ok(())
    }

    /// All rows.
    pub(crate) fn all(&self) -> Result<Vec<RecordBatch>, Error> {
        if self.rows == 0 {
            return Ok(Vec::new());
        }
        let columns: Vec<usize> = (0..self.schema.fields().len()).collect();
        let batches = self.read(&columns, &Rows::All)?;
        batches
            .map(|batch| conformed(&batch?, &self.schema))
            .collect()
    }

    /// The numbers of the rows that have in `columns` the values of one row, a missing value being like a missing one.
    pub(crate) fn matching(
        &self,
        columns: &[usize],
        values: &[ArrayRef],
    ) -> Result<Vec<usize>, Error> {
        let alike = |stored: &ArrayRef, value: &ArrayRef| -> Result<BooleanArray, Error> {
            let wanted = Scalar::new(unsigned(&cast(value, stored.data_type())?)?);
            Ok(not_distinct(&unsigned(stored)?, &wanted)?)
        };
        let mut wanted = columns.iter().zip(values);
        let Some((first, value)) = wanted.next() else {
            return Ok((0..self.rows).collect());
        };
        let mut groups = vec![true; self.groups().len()];
        for (column, value) in columns.iter().zip(values) {
            let may = self.groups_with(*column, value, value);
            groups
                .iter_mut()
                .zip(may)
                .for_each(|(all, may)| *all &= may);
        }
        let mut found = self.rows_where(*first, &groups, |stored| alike(stored, value))?;
        for (column, value) in wanted {
            if found.is_empty() {
                break;
            }
            let (mut before, mut next) = (found.iter(), Vec::new());
            for batch in self.read(&[*column], &Rows::These(&found))? {
                let alike = alike(batch?.column(0), value)?;
                let rows = alike.iter().zip(&mut before);
                next.extend(
                    rows.filter(|(alike, _)| *alike == Some(true))
                        .map(|(_, row)| *row),
                );
            }
            found = next;
        }
        Ok(found)
    }

    /// The numbers of the rows with certain addresses.
    pub(crate) fn at(&self, addresses: &Range<u64>) -> Result<Vec<usize>, Error> {
        let (Some(column), Some(last)) = (self.addresses, addresses.end.checked_sub(1)) else {
            return Ok(Vec::new());
        };
        let one = |address: u64| -> ArrayRef { Arc::new(UInt64Array::from(vec![address])) };
        let groups = self.groups_with(column, &one(addresses.start), &one(last));
        self.rows_where(column, &groups, |stored| {
            let stored = stored.as_primitive_opt::<UInt64Type>();
            let stored = stored.ok_or_else(|| Error::internal("addresses of another type"))?;
            Ok(BooleanArray::from_unary(stored, |address| {
                addresses.contains(&address)
            }))
        })
    }

    /// The address of a row, where it has one.
    pub(crate) fn address(&self, number: usize) -> Result<Option<u64>, Error> {
        let Some(column) = self.addresses else {
            return Ok(None);
        };
        let mut batches = self.read(&[column], &Rows::These(&[number]))?;
        let Some(batch) = batches.next().transpose()? else {
            return Ok(None);
        };
        let column = batch.column(0).as_primitive_opt::<UInt64Type>();
        Ok(column.and_then(|column| column.iter().next().flatten()))
    }
}

/// Rows of a table.
enum Rows<'a> {
    All,
    /// Those that are stored together under a number.
    OfGroup(usize),
    /// By ascending number.
    These(&'a [usize]),
}

/// Zeros without a sign: steps take both for one number.
fn unsigned(column: &ArrayRef) -> Result<ArrayRef, Error> {
    Ok(match column.data_type() {
        DataType::Float64 => numeric::add(column, &Float64Array::new_scalar(0.0))?,
        DataType::Float32 => numeric::add(column, &Float32Array::new_scalar(0.0))?,
        _ => ArrayRef::clone(column),
    })
}

/// A batch with the types of a schema that has the same columns.
pub(super) fn conformed(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringViewArray};
    use arrow::datatypes::Field;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;

    #[test]
    fn rows_are_found_in_every_group() {
        let rows = 100usize;
        let is_there = |row: &usize| !row.is_multiple_of(7);
        let number = |row: usize| is_there(&row).then_some((row as i64 / 3) - 10);
        let name =
            |row: usize| is_there(&row).then(|| format!("a name of some length {:02}", row % 40));
        let share = |row: usize| match row % 5 {
            0 => None,
            1 => Some(f64::NAN),
            2 => Some(-0.0),
            _ => Some((row / 10) as f64),
        };
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "number",
                Arc::new((0..rows).map(number).collect::<Int64Array>()),
            ),
            (
                "name",
                Arc::new((0..rows).map(name).collect::<StringViewArray>()),
            ),
            (
                "share",
                Arc::new((0..rows).map(share).collect::<Float64Array>()),
            ),
            (
                "_at",
                Arc::new((0..rows as u64).map(|row| row * 3).collect::<UInt64Array>()),
            ),
        ];
        let fields = columns
            .iter()
            .map(|(name, column)| Field::new(*name, column.data_type().clone(), *name != "_at"));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let arrays = columns
            .iter()
            .map(|(_, column)| Arc::clone(column))
            .collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).expect("a batch");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kept.parquet");
        let file = File::create(&path).expect("created");
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(8))
            .build();
        let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("closed");
        let table = KeptTable::open(&path, 3).expect("open");
        assert_eq!((table.groups().len(), table.rows), (13, rows));
        // Whatever the file tells of its groups, the rows are those that are found without it.
        let same = |column: usize, a: usize, b: usize| {
            let cell = |row: usize| unsigned(&columns[column].1.slice(row, 1)).expect("a number");
            not_distinct(&cell(a), &cell(b)).expect("compared").value(0)
        };
        for wanted in [vec![0], vec![1], vec![2], vec![0, 1], vec![2, 1, 0]] {
            for row in 0..rows {
                let value = |column: &usize| columns[*column].1.slice(row, 1);
                let values: Vec<ArrayRef> = wanted.iter().map(value).collect();
                let expected =
                    (0..rows).filter(|other| wanted.iter().all(|c| same(*c, row, *other)));
                let found = table.matching(&wanted, &values).expect("found");
                assert_eq!(
                    found,
                    expected.collect::<Vec<_>>(),
                    "{wanted:?} of row {row}"
                );
            }
        }
        for (range, expected) in [
            (0..1, 0..1),
            (21..25, 7..9),
            (22..24, 8..8),
            (250..900, 84..100),
        ] {
            assert_eq!(
                table.at(&range).expect("found"),
                expected.collect::<Vec<_>>()
            );
        }
        // A group is passed over where its least and its greatest tell that it has none.
        let last: ArrayRef = Arc::new(Int64Array::from(vec![23]));
        let may = table.groups_with(0, &last, &last);
        assert_eq!(may.iter().filter(|may| **may).count(), 1, "{may:?}");
    }
}
