//! Rows of a table by number, put together.
//!
//! # Algorithm
//! The chunks of each column are laid open once: values of a fixed width as words, texts as views into the buffers of all chunks together.
//! A row is then one load, and a text is not copied, however many batches the table has.
//!
//! # Memory
//! A few words a chunk, and 16 bytes a row of a column that is given as the numbers of UUIDs, whose texts are written anew. The batches
//! stay where they are, and live as long as what was gathered from them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, RecordBatch, StringViewArray, StringViewBuilder,
    make_array, new_null_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{ArrowNativeType, DataType, SchemaRef};
use arrow::error::ArrowError;

use crate::error::Error;
use crate::table::{At, NO_ROW, Places, Table, batch};
use crate::text::INLINE;
use crate::uuid;

/// In place of a batch: no row.
const NOWHERE: u32 = u32::MAX;

/// Knows where each row of a table is.
pub struct Gatherer {
    schema: SchemaRef,
    columns: Vec<Column>,
    places: Places,
}

impl Gatherer {
    pub(crate) fn new(table: &Table<'_>) -> Self {
        let columns = (0..table.schema().fields().len())
            .map(|column| Column::new(table.chunks(column).cloned().collect()));
        Gatherer {
            schema: Arc::clone(table.schema()),
            columns: columns.collect(),
            places: Places::new(table.batches()),
        }
    }

    /// With a column of texts as the numbers of its UUIDs, so that the texts need not be kept.
    pub(crate) fn with_uuids(mut self, column: usize, numbers: ScalarBuffer<u128>) -> Self {
        self.columns[column].values = Values::Uuids(numbers);
        self
    }

    /// The rows with these numbers, in this order. Texts are not copied: views point into the table's buffers.
    ///
    /// # Panics
    /// Where a number is not one of a row.
    pub fn batch(&self, rows: &[u32]) -> Result<RecordBatch, Error> {
        let columns = self.columns(0..self.columns.len(), rows)?;
        batch(&self.schema, columns, rows.len())
    }

    /// The rows of some columns; nulls for [`NO_ROW`].
    pub(crate) fn columns(
        &self,
        columns: impl Iterator<Item = usize>,
        rows: &[u32],
    ) -> Result<Vec<ArrayRef>, Error> {
        let nowhere = At {
            part: NOWHERE,
            row: 0,
        };
        let mut some_missing = false;
        let place = |row: &u32| match *row {
            NO_ROW => {
                some_missing = true;
                nowhere
            }
            row => self.places.at(row),
        };
        let places: Vec<At> = rows.iter().map(place).collect();
        columns
            .map(|column| {
                let data_type = self.schema.field(column).data_type();
                self.columns[column].gather(data_type, rows, &places, some_missing)
            })
            .collect()
    }
}

/// The chunks of a column.
struct Column {
    values: Values,
    /// One a chunk, or none at all where nothing is null.
    nulls: Vec<Option<NullBuffer>>,
}

enum Values {
    Four(Vec<ScalarBuffer<u32>>),
    Eight(Vec<ScalarBuffer<u64>>),
    Sixteen(Vec<ScalarBuffer<u128>>),
    Texts(Texts),
    /// Texts in one piece by their numbers.
    Uuids(ScalarBuffer<u128>),
    Others(Vec<ArrayRef>),
}

struct Texts {
    /// By chunk its views, and what is to be added to the number of a buffer in them.
    chunks: Vec<(ScalarBuffer<u128>, u32)>,
    buffers: Arc<[Buffer]>,
}

impl Column {
    fn new(chunks: Vec<ArrayRef>) -> Self {
        let nulls = match chunks.iter().any(|chunk| chunk.null_count() > 0) {
            true => chunks.iter().map(|chunk| chunk.nulls().cloned()).collect(),
            false => Vec::new(),
        };
        let width = chunks.first().and_then(|c| c.data_type().primitive_width());
        let values = match (chunks.first().map(|chunk| chunk.data_type()), width) {
            (Some(DataType::Utf8View), _) => Values::Texts(Texts::new(&chunks)),
            (_, Some(4)) => Values::Four(words(&chunks)),
            (_, Some(8)) => Values::Eight(words(&chunks)),
            (_, Some(16)) => Values::Sixteen(words(&chunks)),
            _ => Values::Others(chunks),
        };
        Column { values, nulls }
    }

    fn gather(
        &self,
        data_type: &DataType,
        rows: &[u32],
        places: &[At],
        some_missing: bool,
    ) -> Result<ArrayRef, Error> {
        let nulls = || {
            let is_valid = |place: usize| {
                let At { part, row } = places[place];
                part != NOWHERE
                    && match self.nulls.get(part as usize) {
                        Some(Some(nulls)) => nulls.is_valid(row as usize),
                        _ => true,
                    }
            };
            let needed = some_missing || !self.nulls.is_empty();
            needed.then(|| NullBuffer::new(BooleanBuffer::collect_bool(places.len(), is_valid)))
        };
        let buffer = match &self.values {
            Values::Four(chunks) => gathered(chunks, places),
            Values::Eight(chunks) => gathered(chunks, places),
            Values::Sixteen(chunks) => gathered(chunks, places),
            Values::Texts(texts) => {
                return Ok(Arc::new(texts.gather(places.iter().copied(), nulls())));
            }
            Values::Uuids(numbers) => return written(numbers, rows, nulls().as_ref()),
            Values::Others(chunks) => return others(chunks, data_type, places),
        };
        let data = ArrayData::builder(data_type.clone())
            .len(places.len())
            .add_buffer(buffer)
            .nulls(nulls());
        Ok(make_array(data.build()?))
    }
}

impl Texts {
    fn new(chunks: &[ArrayRef]) -> Self {
        let mut buffers: Vec<Buffer> = Vec::new();
        let mut last: Option<(Arc<[Buffer]>, u32)> = None;
        let mut own = |chunk: &ArrayRef| {
            let (views, of_chunk, _) = chunk.as_string_view().clone().into_parts();
            // Slices of one batch, and batches gathered from one table, share their buffers.
            let first = match &last {
                Some((known, first)) if same(known, &of_chunk) => *first,
                _ => {
                    let first = buffers.len() as u32;
                    buffers.extend(of_chunk.iter().cloned());
                    last = Some((of_chunk, first));
                    first
                }
            };
            (views, first)
        };
        let chunks = chunks.iter().map(&mut own).collect();
        Texts {
            chunks,
            buffers: buffers.into(),
        }
    }

    fn gather(
        &self,
        places: impl Iterator<Item = At>,
        nulls: Option<NullBuffer>,
    ) -> StringViewArray {
        let view = |At { part, row }| match self.chunks.get(part as usize) {
            Some((views, first)) => {
                let view = views[row as usize];
                let first = if view as u32 > INLINE { *first } else { 0 };
                view + (u128::from(first) << 64)
            }
            None => 0,
        };
        let views: Vec<u128> = places.map(view).collect();
        let buffers = Arc::clone(&self.buffers);
        #[expect(
            unsafe_code,
            reason = "checking every view again costs more than making it"
        )]
        // SAFETY: a view is one of a valid array; its buffers stand in `buffers` from number `first` on, as many as there are, and `first`
        // was added to the number of the buffer. A view of 0 is the empty text.
        unsafe {
            StringViewArray::new_unchecked(views.into(), buffers, nulls)
        }
    }
}

/// Whether two lists are of the same buffers.
fn same(a: &Arc<[Buffer]>, b: &Arc<[Buffer]>) -> bool {
    let is_same = |(a, b): (&Buffer, &Buffer)| a.as_ptr() == b.as_ptr() && a.len() == b.len();
    Arc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(b.iter()).all(is_same))
}

/// Texts in one piece, which stay in their buffers.
pub(crate) fn one_piece(chunks: &[ArrayRef]) -> StringViewArray {
    let texts = Texts::new(chunks);
    let parts = 0..texts.chunks.len() as u32;
    let places = parts.flat_map(|part| {
        let rows = 0..texts.chunks[part as usize].0.len() as u32;
        rows.map(move |row| At { part, row })
    });
    texts.gather(places, nulls_of(chunks))
}

/// Which values of all chunks are there; `None`: all.
pub(crate) fn nulls_of(chunks: &[ArrayRef]) -> Option<NullBuffer> {
    chunks.iter().any(|chunk| chunk.null_count() > 0).then(|| {
        let of_chunk = |chunk: &ArrayRef| match chunk.nulls() {
            Some(nulls) => nulls.clone(),
            None => NullBuffer::new_valid(chunk.len()),
        };
        let nulls: Vec<NullBuffer> = chunks.iter().map(of_chunk).collect();
        nulls.iter().flatten().collect()
    })
}

/// The texts of some UUIDs, which are in one piece. A row beyond them has none.
fn written(numbers: &[u128], rows: &[u32], nulls: Option<&NullBuffer>) -> Result<ArrayRef, Error> {
    let mut texts = StringViewBuilder::with_capacity(rows.len())
        .with_fixed_block_size((rows.len() * uuid::LEN).clamp(1, 1 << 20) as u32);
    for (place, row) in rows.iter().enumerate() {
        match numbers.get(*row as usize) {
            Some(number) if nulls.is_none_or(|nulls| nulls.is_valid(place)) => {
                let text = uuid::unpack(*number);
                let text = std::str::from_utf8(&text).map_err(ArrowError::from)?;
                texts.append_value(text);
            }
            _ => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn words<T: ArrowNativeType>(chunks: &[ArrayRef]) -> Vec<ScalarBuffer<T>> {
    let words = |chunk: &ArrayRef| {
        let data = chunk.to_data();
        ScalarBuffer::new(data.buffers()[0].clone(), data.offset(), data.len())
    };
    chunks.iter().map(words).collect()
}

fn gathered<T: ArrowNativeType>(chunks: &[ScalarBuffer<T>], places: &[At]) -> Buffer {
    let value = |At { part, row }: &At| match chunks.get(*part as usize) {
        Some(values) => values[*row as usize],
        None => T::default(),
    };
    Buffer::from_vec(places.iter().map(value).collect::<Vec<T>>())
}

/// Rows of any type.
fn others(chunks: &[ArrayRef], data_type: &DataType, places: &[At]) -> Result<ArrayRef, Error> {
    let missing = new_null_array(data_type, 1);
    let mut arrays: Vec<&dyn Array> = chunks.iter().map(AsRef::as_ref).collect();
    arrays.push(missing.as_ref());
    let none = chunks.len();
    let places = places.iter();
    let places = places.map(|at| ((at.part as usize).min(none), at.row as usize));
    Ok(interleave(&arrays, &places.collect::<Vec<_>>())?)
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Int64Array, ListArray, RecordBatchOptions,
        StringArray, TimestampMicrosecondArray,
    };
    use arrow::compute::concat_batches;
    use arrow::datatypes::{Field, Int64Type, Schema, TimeUnit};

    use super::*;

    fn rows(from: i64, to: i64) -> RecordBatch {
        let every = |n: i64, no: i64| (n % no != 0).then_some(n);
        let text = |n: i64| match n % 4 {
            0 => None,
            1 => Some(String::new()),
            2 => Some(format!("short {n}")),
            _ => Some(format!("a text too long for its view {n}")),
        };
        let all = || from..to;
        let lists = all().map(|n| every(n, 3).map(|n| vec![Some(n); n as usize % 3]));
        let instants = TimestampMicrosecondArray::from_iter_values(all()).with_timezone("UTC");
        let decimals = Decimal128Array::from_iter(all().map(|n| every(n, 5).map(i128::from)));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("whole", Arc::new(Int64Array::from_iter_values(all()))),
            (
                "some",
                Arc::new(Int64Array::from_iter(all().map(|n| every(n, 7)))),
            ),
            (
                "view",
                Arc::new(StringViewArray::from_iter(all().map(text))),
            ),
            ("text", Arc::new(StringArray::from_iter(all().map(text)))),
            ("instant", Arc::new(instants)),
            (
                "day",
                Arc::new(Date32Array::from_iter_values(all().map(|n| n as i32))),
            ),
            (
                "amount",
                Arc::new(decimals.with_precision_and_scale(20, 2).expect("decimal")),
            ),
            (
                "flag",
                Arc::new(BooleanArray::from_iter(
                    all().map(|n| every(n, 3).map(|n| n % 2 == 0)),
                )),
            ),
            (
                "list",
                Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists)),
            ),
        ];
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
            .collect();
        let columns = columns.into_iter().map(|(_, array)| array).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("batch")
    }

    #[test]
    fn rows_come_from_whatever_batch_has_them() {
        let whole = rows(0, 300);
        let zone = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        assert_eq!(whole.schema().field(4).data_type(), &zone);
        let wanted: Vec<u32> = (0..1000u32).map(|n| n * 7919 % 300).collect();
        let expected = arrow::compute::take_record_batch(
            &whole,
            &wanted
                .iter()
                .copied()
                .collect::<arrow::array::UInt32Array>(),
        );
        let expected = expected.expect("rows");
        let cuts: [&[i64]; 3] = [&[0, 300], &[0, 1, 1, 150, 300], &[0, 100, 101, 299, 300]];
        for cuts in cuts {
            let own = cuts.windows(2).map(|cut| rows(cut[0], cut[1]));
            let slices = cuts.windows(2);
            let slices = slices.map(|c| whole.slice(c[0] as usize, (c[1] - c[0]) as usize));
            for batches in [own.collect::<Vec<_>>(), slices.collect()] {
                let schema = whole.schema();
                let table = Table::new(&schema, &batches).expect("table");
                let gatherer = Gatherer::new(&table);
                assert_eq!(gatherer.batch(&wanted).expect("rows"), expected);
                // What was gathered can be gathered from.
                let again = [gatherer.batch(&wanted).expect("rows"), whole.clone()];
                let again = Table::new(&schema, &again).expect("table");
                let back = Gatherer::new(&again)
                    .batch(&[1, 1000, 1299, 0])
                    .expect("rows");
                let one = |row: usize| whole.slice(row, 1);
                let expected = [
                    one(wanted[1] as usize),
                    one(0),
                    one(299),
                    one(wanted[0] as usize),
                ];
                assert_eq!(back, concat_batches(&schema, &expected).expect("rows"));
            }
        }
    }

    #[test]
    fn no_row_is_null_in_every_column() {
        let batches = [rows(0, 10), rows(10, 20)];
        let schema = batches[0].schema();
        let gatherer = Gatherer::new(&Table::new(&schema, &batches).expect("table"));
        let columns = gatherer.columns(0..schema.fields().len(), &[11, NO_ROW, 13]);
        for (found, field) in columns.expect("columns").iter().zip(schema.fields()) {
            assert_eq!(found.null_count(), 1, "{}", field.name());
            assert!(found.is_null(1), "{}", field.name());
        }
    }

    #[test]
    fn a_table_without_batches_has_only_no_row() {
        let schema = rows(0, 1).schema();
        let gatherer = Gatherer::new(&Table::new(&schema, &[]).expect("table"));
        let columns = gatherer.columns(0..schema.fields().len(), &[NO_ROW, NO_ROW]);
        for (found, field) in columns.expect("columns").iter().zip(schema.fields()) {
            assert_eq!(
                (found.data_type(), found.null_count()),
                (field.data_type(), 2)
            );
        }
        let none = gatherer.batch(&[]).expect("no rows");
        let options = RecordBatchOptions::new().with_row_count(Some(0));
        assert_eq!(
            none,
            RecordBatch::try_new_with_options(schema, none.columns().to_vec(), &options)
                .expect("batch")
        );
    }
}
