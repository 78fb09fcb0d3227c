//! Workbooks: their bytes and their bounds.

use std::sync::Arc;

use arrow::array::*;
use onefold_write::{Error, ErrorKind, Workbook};

use crate::cells::batch;

/// A workbook of one sheet.
fn book(batches: &[RecordBatch]) -> Result<Vec<u8>, Error> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut book = Workbook::new(folder.path())?;
    let mut sheet = book.sheet("t", &batches[0].schema())?;
    for batch in batches {
        sheet.write(batch)?;
    }
    book.finish(vec![sheet], Vec::new())
}

fn numbers(rows: usize) -> RecordBatch {
    let numbers = Int64Array::from_iter_values(0..rows as i64);
    batch(vec![("n", Arc::new(numbers))])
}

fn texts(texts: &[&str]) -> RecordBatch {
    let texts = StringArray::from(texts.to_vec());
    batch(vec![("t", Arc::new(texts))])
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let table = batch(vec![
        (
            "n",
            Arc::new(Int64Array::from_iter_values(0..1_000)) as ArrayRef,
        ),
        (
            "t",
            Arc::new(
                (0..1_000)
                    .map(|n| (n % 3 > 0).then(|| format!("text {n}")))
                    .collect::<StringArray>(),
            ),
        ),
        (
            "m",
            Arc::new(TimestampMillisecondArray::from_iter_values(0..1_000).with_timezone("UTC")),
        ),
    ]);
    let whole = book(std::slice::from_ref(&table)).expect("a workbook");
    let parts: Vec<RecordBatch> = (0..10).map(|n| table.slice(n * 100, 100)).collect();
    assert!(book(&parts).expect("a workbook") == whole);
}

#[test]
fn a_sheet_is_full() {
    let most = 1_048_575;
    let rows = numbers(most);
    book(std::slice::from_ref(&rows)).expect("as many rows as there may be");
    let error = book(&[rows, numbers(1)]).expect_err("one too many");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("1,048,576 rows"), "{error}");

    let column = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    let names: Vec<String> = (0..16_385).map(|n| format!("c{n}")).collect();
    let table = |columns: usize| {
        batch(
            names[..columns]
                .iter()
                .map(|n| (n.as_str(), column()))
                .collect(),
        )
    };
    book(&[table(16_384)]).expect("as many columns as there may be");
    let error = book(&[table(16_385)]).expect_err("one too many");
    assert_eq!(
        error.to_string(),
        "a sheet of a workbook holds 16,384 columns, and there are 16385"
    );
}

#[test]
fn a_cell_is_full() {
    let (fits, emoji) = ("x".repeat(32_767), "😀".repeat(16_383));
    book(&[texts(&[&fits, &emoji])]).expect("as long as they may be");
    for (text, characters) in [(fits + "x", 32_768), (emoji + "😀", 32_768)] {
        let error = book(&[texts(&["a"]), texts(&["b", &text])]).expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        let expected = format!(
            "a cell of a workbook holds 32,767 characters, and column t has {characters} in row 4 of the sheet"
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn two_sheets_stand_in_their_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut book = Workbook::new(folder.path()).expect("a workbook");
    let table = numbers(3);
    let mut sheets: Vec<_> = ["a", "b"]
        .map(|name| book.sheet(name, &table.schema()).expect("a sheet"))
        .into();
    // They may be filled in any order.
    for sheet in sheets.iter_mut().rev() {
        sheet.write(&table).expect("rows");
        assert_eq!(sheet.rows(), 3);
    }
    let bytes = book.finish(sheets, Vec::new()).expect("a workbook");
    assert!(bytes.starts_with(b"PK"));
    let left = std::fs::read_dir(folder.path()).expect("the folder");
    assert_eq!(left.count(), 0, "rows lie in files without a name");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_keeps_its_kind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut book = Workbook::new(folder.path()).expect("a workbook");
    let sheet = book.sheet("t", &numbers(1).schema()).expect("a sheet");
    let device = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let error = book.finish(vec![sheet], device.expect("the device"));
    assert!(error.expect_err("full").is_out_of_space());
}
