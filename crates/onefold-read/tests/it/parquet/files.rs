//! Parquet files made value by value, as no writer of today would.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::file::metadata::{
    FileMetaData, ParquetMetaDataBuilder, ParquetMetaDataReader, ParquetMetaDataWriter,
    RowGroupMetaData,
};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// The stored values of one leaf.
#[derive(Clone)]
pub(super) enum Stored {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    /// Julian day and nanoseconds.
    Int96(Vec<(i32, i64)>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<Vec<u8>>),
    Fixed(Vec<Vec<u8>>),
}

/// A leaf with its levels; empty: all values are there.
#[derive(Clone)]
pub(super) struct Leaf {
    pub(super) values: Stored,
    pub(super) definition: Vec<i16>,
    pub(super) repetition: Vec<i16>,
}

impl From<Stored> for Leaf {
    fn from(values: Stored) -> Self {
        Leaf {
            values,
            definition: Vec::new(),
            repetition: Vec::new(),
        }
    }
}

impl Stored {
    pub(super) fn levels(self, definition: &[i16], repetition: &[i16]) -> Leaf {
        Leaf {
            values: self,
            definition: definition.to_vec(),
            repetition: repetition.to_vec(),
        }
    }

    pub(super) fn texts(texts: &[&str]) -> Stored {
        Stored::Bytes(texts.iter().map(|text| text.as_bytes().to_vec()).collect())
    }
}

/// Neither compressed nor with statistics; plain, if need be.
pub(super) fn plain() -> WriterProperties {
    WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build()
}

pub(super) fn compressed(codec: Compression, version: WriterVersion) -> WriterProperties {
    WriterProperties::builder()
        .set_compression(codec)
        .set_writer_version(version)
        .build()
}

/// A file of a schema as Parquet writes it, its row groups, their leaves.
pub(super) fn raw(schema: &str, properties: WriterProperties, groups: &[Vec<Leaf>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let mut bytes = Vec::new();
    let mut file =
        SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).expect("a writer");
    for group in groups {
        let mut writer = file.next_row_group().expect("a row group");
        for leaf in group {
            let mut column = writer.next_column().expect("a column").expect("one more");
            write(column.untyped(), leaf);
            column.close().expect("a column");
        }
        assert!(writer.next_column().expect("a column").is_none());
        writer.close().expect("a row group");
    }
    file.close().expect("a footer");
    bytes
}

fn write(column: &mut ColumnWriter<'_>, leaf: &Leaf) {
    let definition = (!leaf.definition.is_empty()).then_some(leaf.definition.as_slice());
    let repetition = (!leaf.repetition.is_empty()).then_some(leaf.repetition.as_slice());
    macro_rules! put {
        ($writer:expr, $values:expr) => {
            $writer
                .write_batch(&$values, definition, repetition)
                .map(|_| ())
        };
    }
    let done = match (column, &leaf.values) {
        (ColumnWriter::BoolColumnWriter(w), Stored::Boolean(v)) => put!(w, v),
        (ColumnWriter::Int32ColumnWriter(w), Stored::Int32(v)) => put!(w, v),
        (ColumnWriter::Int64ColumnWriter(w), Stored::Int64(v)) => put!(w, v),
        (ColumnWriter::FloatColumnWriter(w), Stored::Float(v)) => put!(w, v),
        (ColumnWriter::DoubleColumnWriter(w), Stored::Double(v)) => put!(w, v),
        (ColumnWriter::Int96ColumnWriter(w), Stored::Int96(v)) => {
            let times = v.iter().map(|(day, nanos)| {
                let nanos = nanos.cast_unsigned();
                let mut time = Int96::new();
                time.set_data(nanos as u32, (nanos >> 32) as u32, day.cast_unsigned());
                time
            });
            put!(w, times.collect::<Vec<_>>())
        }
        (ColumnWriter::ByteArrayColumnWriter(w), Stored::Bytes(v)) => {
            put!(
                w,
                v.iter().cloned().map(ByteArray::from).collect::<Vec<_>>()
            )
        }
        (ColumnWriter::FixedLenByteArrayColumnWriter(w), Stored::Fixed(v)) => {
            let values = v.iter().cloned().map(ByteArray::from);
            put!(w, values.map(FixedLenByteArray::from).collect::<Vec<_>>())
        }
        _ => panic!("values of another type"),
    };
    done.expect("values");
}

/// A file of Arrow columns, `rows` in each row group.
pub(super) fn of_arrow(columns: Vec<(&str, ArrayRef)>, rows: usize) -> Vec<u8> {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("a batch");
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows))
        .build();
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a file");
    bytes
}

/// The file with another footer: `rows` in each row group.
pub(super) fn with_counts(file: &[u8], rows: i64) -> Vec<u8> {
    let mut stored = tempfile::tempfile().expect("a file");
    stored.write_all(file).expect("a file");
    let found = ParquetMetaDataReader::new()
        .parse_and_finish(&stored)
        .expect("a footer");
    let described = found.file_metadata();
    let groups: Vec<RowGroupMetaData> = found
        .row_groups()
        .iter()
        .map(|group| {
            let group = group.clone().into_builder();
            group.set_num_rows(rows).build().expect("a row group")
        })
        .collect();
    let footer = FileMetaData::new(
        described.version(),
        described.num_rows(),
        None,
        None,
        described.schema_descr_ptr(),
        None,
    );
    let changed = ParquetMetaDataBuilder::new(footer)
        .set_row_groups(groups)
        .build();
    let length = &file[file.len() - 8..file.len() - 4];
    let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
    let mut out = file[..file.len() - 8 - length].to_vec();
    ParquetMetaDataWriter::new(&mut out, &changed)
        .finish()
        .expect("a footer");
    out
}

/// The file with another footer: `rows` in all.
pub(super) fn with_total(file: &[u8], rows: u8) -> Vec<u8> {
    // In the compact protocol of Thrift: six rows, a list of two row groups.
    changed(file, &[0x16, 12, 0x19, 0x2c], &[0x16, 2 * rows, 0x19, 0x2c])
}

/// The file with the only place of some bytes made another.
pub(super) fn changed(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = (0..file.len() - from.len())
        .filter(|at| file[*at..].starts_with(from))
        .collect();
    assert_eq!(places.len(), 1, "the bytes stand in one place");
    let mut out = file.to_vec();
    out[places[0]..places[0] + to.len()].copy_from_slice(to);
    out
}
