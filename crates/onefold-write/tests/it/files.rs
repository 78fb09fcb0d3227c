//! A table written straight into a publication.

use std::fs;
use std::io::{self, Write};
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

/// A disk with room for so many bytes.
struct Room(usize);

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = bytes.len().min(self.0);
        self.0 -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_keeps_its_kind_on_the_way_up() {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..3));
    // So many columns that the footer of a Parquet file has more bytes than are written together.
    let columns = (0..150).map(|n| (format!("column_{n}"), Arc::clone(&numbers)));
    let table = RecordBatch::try_from_iter(columns).expect("table");
    for format in [csv(""), Format::JsonLines, Format::Parquet] {
        let write = |room: usize| {
            let sink = Room(room);
            let mut writer = TableWriter::start(&table.schema(), &format, sink, 1)?;
            writer.write(&table)?;
            writer.finish()
        };
        let (left, _) = write(1 << 20).expect("room enough");
        let needed = (1 << 20) - left.0;
        for room in (0..needed).step_by(needed / 50).chain([needed - 1]) {
            let Err(error) = write(room) else {
                panic!("{room} of {needed} bytes are no {format:?}");
            };
            assert!(error.is_out_of_space(), "{room} of {needed}: {error}");
        }
        assert_eq!(write(needed).expect("just enough").0.0, 0);
    }
}
