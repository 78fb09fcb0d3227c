//! A table written straight into a publication.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use onefold_write::{Format, Publication, TableWriter};

use crate::cells::csv;

#[test]
fn tables_appear_together() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..3));
    let table = RecordBatch::try_from_iter([("n", numbers)]).expect("table");
    let publication = Publication::begin(folder.path(), "run-1").expect("begins");
    for (path, format) in [("n.csv", csv("")), ("deep/n.jsonl", Format::JsonLines)] {
        let file = publication.stage(Path::new(path)).expect("staged");
        let mut writer = TableWriter::start(&table.schema(), &format, file, 2).expect("starts");
        writer.write(&table).expect("written");
        let (file, rows) = writer.finish().expect("finished");
        assert_eq!(rows, 3);
        let bytes = file.finish().expect("synced");
        assert!(bytes > 0);
    }
    let mut log = publication.stage(Path::new("log.txt")).expect("staged");
    log.write_all(b"done\n").expect("written");
    log.finish().expect("synced");
    assert!(!folder.path().join("n.csv").exists());
    publication.commit().expect("published");
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect(path);
    assert_eq!(read("n.csv"), "n\n0\n1\n2\n");
    assert_eq!(read("deep/n.jsonl"), "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n");
    assert_eq!(read("log.txt"), "done\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_keeps_its_kind_on_the_way_up() {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..3));
    let table = RecordBatch::try_from_iter([("n", numbers)]).expect("table");
    let device = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("device");
    let mut writer = TableWriter::start(&table.schema(), &csv(""), device, 1).expect("starts");
    // The error may reach the writing of the batch already.
    let error = writer
        .write(&table)
        .and_then(|()| writer.finish().map(drop));
    assert!(error.expect_err("full").is_out_of_space());
}
