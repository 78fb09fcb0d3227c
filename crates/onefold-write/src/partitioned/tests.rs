//! Folders, files and where they are cut.

use arrow::array::*;

use super::*;

fn table(rows: &[(Option<&str>, i64)]) -> RecordBatch {
    let keys = StringArray::from_iter(rows.iter().map(|(key, _)| *key));
    let numbers = Int64Array::from_iter_values(rows.iter().map(|(_, number)| *number));
    RecordBatch::try_from_iter_with_nullable([
        ("k", Arc::new(keys) as ArrayRef, true),
        ("n", Arc::new(numbers) as ArrayRef, true),
    ])
    .expect("a table")
}

fn written(batches: &[RecordBatch], most: usize) -> Result<(Partitions, tempfile::TempDir), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let publication = Publication::begin(folder.path(), "run")?;
    let mut writer = PartitionedWriter::new(&batches[0].schema(), "t", &["k"], most, 2)?;
    for batch in batches {
        writer.write(batch, &publication)?;
    }
    let partitions = writer.finish(&publication)?;
    publication.commit()?;
    Ok((partitions, folder))
}

#[test]
fn values_are_names_of_folders() {
    let rows = table(&[
        (Some("a/b"), 1),
        (None, 2),
        (Some(""), 3),
        (Some(".."), 4),
        (Some("é 100%"), 5),
        (Some(MISSING), 6),
        (Some("a/b"), 7),
        (Some("x\n\u{7f}"), 8),
        (Some("NULL"), 9),
        (Some("null"), 10),
        (Some("nulls"), 11),
    ]);
    let (partitions, folder) = written(&[rows], 10).expect("written");
    assert_eq!(partitions.rows, 11);
    assert_eq!(partitions.partitions, 10);
    assert_eq!(
        partitions.files,
        [
            "t/k=a%2Fb/part-00000.parquet",
            "t/k=__HIVE_DEFAULT_PARTITION__/part-00000.parquet",
            "t/k=/part-00000.parquet",
            "t/k=../part-00000.parquet",
            "t/k=é 100%25/part-00000.parquet",
            "t/k=%5F_HIVE_DEFAULT_PARTITION__/part-00000.parquet",
            "t/k=x%0A%7F/part-00000.parquet",
            "t/k=%4EULL/part-00000.parquet",
            "t/k=%6Eull/part-00000.parquet",
            "t/k=nulls/part-00000.parquet",
        ]
    );
    let bytes = partitions.files.iter().map(|path| {
        let metadata = std::fs::metadata(folder.path().join(path));
        metadata.expect("a file").len()
    });
    assert_eq!(bytes.sum::<u64>(), partitions.bytes);
}

#[test]
fn too_many_partitions_and_too_long_a_name() {
    let rows = table(&[(Some("a"), 1), (Some("b"), 2), (Some("a"), 3)]);
    assert!(written(std::slice::from_ref(&rows), 2).is_ok());
    let error = written(&[rows], 1).expect_err("too many");
    assert_eq!(error.kind(), crate::ErrorKind::TooLarge);
    assert_eq!(error.to_string(), "there are more than 1 partitions");
    let long = "é".repeat(127);
    let error = written(&[table(&[(Some(&long), 1)])], 1).expect_err("too long");
    assert_eq!(error.kind(), crate::ErrorKind::TooLarge);
    assert!(!error.to_string().contains('é'), "{error}");
}

#[test]
fn files_depend_on_the_rows_alone() {
    let rows: Vec<(Option<&str>, i64)> = (0..GATHERED as i64 + 1_000)
        .map(|n| (Some(if n % 7 == 0 { "a" } else { "b" }), n))
        .collect();
    let whole = table(&rows);
    let (expected, folder) = written(std::slice::from_ref(&whole), 2).expect("written");
    assert_eq!(expected.files.len(), 4);
    assert_eq!(expected.rows as usize, rows.len());
    let parts: Vec<RecordBatch> = (0..whole.num_rows())
        .step_by(100_001)
        .map(|start| whole.slice(start, 100_001.min(whole.num_rows() - start)))
        .collect();
    let (found, other) = written(&parts, 2).expect("written");
    assert_eq!(found, expected);
    for path in &found.files {
        let read =
            |folder: &tempfile::TempDir| std::fs::read(folder.path().join(path)).expect("a file");
        assert!(read(&folder) == read(&other), "{path}");
    }
}

#[test]
fn large_rows_are_cut_earlier() {
    let long = "x".repeat(1_000);
    let keys = StringArray::from_iter_values(["a", "b"].repeat(50));
    let texts = StringArray::from_iter_values(vec![long.as_str(); 100]);
    let whole = RecordBatch::try_from_iter([
        ("k", Arc::new(keys) as ArrayRef),
        ("text", Arc::new(texts) as ArrayRef),
    ])
    .expect("a table");
    let files = |step: usize| {
        let folder = tempfile::tempdir().expect("a folder");
        let publication = Publication::begin(folder.path(), "run").expect("begins");
        let writer = PartitionedWriter::new(&whole.schema(), "t", &["k"], 2, 1);
        let mut writer = writer.expect("a writer");
        // A row is a little larger than 1,000 bytes.
        writer.enough_bytes = 40_000;
        for start in (0..100).step_by(step) {
            let batch = whole.slice(start, step.min(100 - start));
            writer.write(&batch, &publication).expect("written");
        }
        writer.finish(&publication).expect("written")
    };
    let expected = files(100);
    assert_eq!((expected.files.len(), expected.rows), (6, 100));
    for step in [1, 7, 64] {
        assert_eq!(files(step), expected, "{step} rows a batch");
    }
}

#[cfg(unix)]
#[test]
fn new_partitions_may_be_read_by_whoever_may_read_the_others() {
    use std::os::unix::fs::PermissionsExt;
    let rows = table(&[(Some("a"), 1), (Some("b"), 2)]);
    let (before, folder) = written(&[table(&[(Some("a"), 1)])], 2).expect("written");
    let mode = |path: &str| {
        let metadata = std::fs::metadata(folder.path().join(path)).expect("a file");
        metadata.permissions().mode() & 0o777
    };
    let old = folder.path().join(&before.files[0]);
    std::fs::set_permissions(&old, PermissionsExt::from_mode(0o640)).expect("mode");
    let publication = Publication::begin(folder.path(), "next").expect("begins");
    let writer = PartitionedWriter::new(&rows.schema(), "t", &["k"], 2, 1).expect("a writer");
    let permissions = publication.permissions_of(Path::new(&before.files[0]));
    let mut writer = writer.with_permissions(permissions.expect("looked at"));
    writer.write(&rows, &publication).expect("written");
    let made = writer.finish(&publication).expect("written");
    publication.commit().expect("published");
    assert_eq!(made.files.len(), 2);
    for path in &made.files {
        assert_eq!(mode(path), 0o640, "{path}");
    }
}

#[test]
fn a_table_without_rows_has_its_columns() {
    let (partitions, folder) = written(&[table(&[])], 1).expect("written");
    assert_eq!((partitions.rows, partitions.partitions), (0, 0));
    let path = "t/k=__HIVE_DEFAULT_PARTITION__/part-00000.parquet";
    assert_eq!(partitions.files, [path]);
    let file = std::fs::File::open(folder.path().join(path)).expect("a file");
    let builder = ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file);
    let schema = Arc::clone(builder.expect("Parquet").schema());
    assert_eq!(schema.fields().len(), 1);
    assert_eq!(schema.field(0).name(), "n");
}

#[test]
fn a_column_must_be_left() {
    let rows = table(&[(Some("a"), 1)]);
    let error = PartitionedWriter::new(&rows.schema(), "t", &["k", "n"], 1, 1);
    assert_eq!(
        error.expect_err("none is left").kind(),
        crate::ErrorKind::Schema
    );
}
