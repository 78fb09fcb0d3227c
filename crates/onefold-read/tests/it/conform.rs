//! Records that do not come from a file: they come to the same rows and rejects as in one.

use arrow::array::UInt64Array;
use onefold_read::{Conform, Conformed, Fragment, Kind};

use super::*;

const FIELDS: &str =
    "fields:\n  id: {type: integer, required: true}\n  email: email\n  born: date\n";

const JSON: &str = concat!(
    "{\"id\": 1, \"email\": \"ANN@example.com\", \"born\": \"1990-01-31\", \"more\": true}\n",
    "{\"id\": \"x\", \"email\": \"nobody\"}\n",
    "{\"id\": 2, \n",
    "{\"email\": \"bob@example.com\"}\n",
    "\r\n{\"id\": 3, \"born\": \"1990-02-30\"}\n",
    "{\"id\": 4, \"email\": \"c\\u0061rl@example.com\"}",
);

const CSV: &str = concat!(
    "id,email,born,more\n",
    "1,ANN@example.com,1990-01-31,x\n",
    "\"2\",\"two\nlines\",,\n",
    "3,,1990-02-30,\n",
    "4\n",
    "5,eve@example.com,,y\n",
);

fn conform(more: &str) -> Conform {
    let source = source(&format!("path: s\n{FIELDS}{more}"));
    Conform::new(&source, Arc::new(NoExpressions), None).expect("a source")
}

fn fragment<'a>(bytes: impl Into<Vec<u8>>, position: u64) -> Fragment<'a> {
    Fragment {
        name: "s",
        input: 0,
        position,
        bytes: bytes.into(),
    }
}

fn addresses(batch: &RecordBatch) -> Vec<u64> {
    let last = batch.columns().last().expect("an address");
    let last: &UInt64Array = last.as_primitive();
    last.values().to_vec()
}

/// The rows, their addresses and the rest of the same bytes in a file.
fn of_file(more: &str, bytes: &[u8]) -> (Vec<String>, Vec<u64>, Vec<Reject>, Summary) {
    let folder = folder(&[("s", bytes)]);
    let source = source(&format!("path: s\n{FIELDS}{more}"));
    let options = Options {
        threads: 2,
        needed: None,
        stdin: None,
    };
    let scan = Scan::open(&source, folder.path(), Arc::new(NoExpressions), &options);
    let (mut rows, mut places, mut rejects) = (Vec::new(), Vec::new(), Vec::new());
    let map = |batch: RecordBatch| (addresses(&batch), texts(batch));
    let summary = scan.expect("a source").run(map, |batch| {
        places.extend(batch.records.0);
        rows.extend(batch.records.1);
        rejects.extend(batch.rejects);
        true
    });
    (rows, places, rejects, summary.expect("a file"))
}

#[track_caller]
fn same(conformed: Conformed, more: &str, bytes: &[u8]) {
    let (rows, places, rejects, summary) = of_file(more, bytes);
    assert_eq!(addresses(&conformed.rows), places);
    assert!(!rows.is_empty() && !rejects.is_empty());
    assert_eq!(texts(conformed.rows), rows);
    assert_eq!(conformed.rejects, rejects);
    let counts = conformed.counts;
    assert_eq!(
        (counts.read, counts.accepted, counts.rejected),
        (summary.read, summary.accepted, summary.rejected)
    );
    assert_eq!(counts.drift, summary.drift);
    assert_eq!(counts.nulled, summary.nulled);
    assert_eq!(counts.remarks, summary.remarks);
}

#[test]
fn a_message_is_read_as_a_file_is() {
    for more in ["", "format: json\n", "encoding: utf-8\n"] {
        let conformed = conform(more).input(fragment(JSON, 0)).expect("JSON");
        same(conformed, more, JSON.as_bytes());
        let conformed = conform(more).input(fragment(CSV, 0));
        if more != "format: json\n" {
            same(conformed.expect("CSV"), more, CSV.as_bytes());
        }
    }
    let packed = zstd::encode_all(CSV.as_bytes(), 1).expect("memory");
    let conformed = conform("").input(fragment(packed.clone(), 0)).expect("CSV");
    same(conformed, "", &packed);
}

/// Bytes that are no UTF-8 and records longer than a chunk, so that more than one chunk is joined.
#[test]
fn large_and_broken_bytes_are_read_as_a_file_is() {
    let mut bytes = b"id,email,born\n".to_vec();
    for id in 0..200_000 {
        bytes.extend(format!("{id},\"u{id}\n@example.com\",\n").as_bytes());
        if id % 1000 == 0 {
            bytes.extend(b"7,\xff@example.com,\n");
        }
        if id == 70_000 {
            bytes.extend(format!("8,{},\n", "x".repeat(5 << 20)).as_bytes());
        }
    }
    let fields = FIELDS.replace("email: email", "email: text");
    let source = source(&format!("path: s\n{fields}"));
    let conform = Conform::new(&source, Arc::new(NoExpressions), None).expect("a source");
    let conformed = conform.input(fragment(bytes.clone(), 0)).expect("CSV");
    let folder = folder(&[("s", &bytes)]);
    let outcome = scan(&source, folder.path(), 2).expect("a file");
    assert_eq!(conformed.counts.read, outcome.summary.read);
    assert!(texts(conformed.rows) == outcome.rows, "rows differ");
    assert!(conformed.rejects == outcome.rejects, "rejects differ");
    assert_eq!(outcome.rejects.len(), 200);
}

/// A part of a file has no header: the head of the file tells how it is read.
#[test]
fn a_fragment_is_read_as_a_part_of_its_file() {
    let (rows, places, rejects, summary) = of_file("", CSV.as_bytes());
    let conform = conform("");
    let form = conform.form("s", CSV.as_bytes()).expect("a header");
    let (head, rest) = CSV.split_at(form.start());
    let cut = rest.find("3,,").expect("a record");
    let (mut found, mut addressed, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut lines = head.matches('\n').count() as u64;
    let (mut records, mut read) = (0, 0);
    for (part, position) in [(&rest[..cut], head.len()), (&rest[cut..], head.len() + cut)] {
        let conformed = conform.records(&form, fragment(part, position as u64));
        let conformed = conformed.expect("records");
        addressed.extend(addresses(&conformed.rows));
        found.extend(texts(conformed.rows));
        refused.extend(conformed.rejects.into_iter().map(|mut reject| {
            reject.line += lines;
            reject.record += records;
            reject
        }));
        lines += conformed.counts.lines;
        records += conformed.counts.read;
        read += conformed.counts.read;
    }
    assert_eq!((found, addressed, refused), (rows, places, rejects));
    assert_eq!(read, summary.read);
}

/// A message stands in its partition, at its offset.
#[test]
fn an_address_holds_partition_and_offset() {
    let message = Fragment {
        input: 65_537,
        position: 1 << 40,
        ..fragment("{\"id\": 1}", 0)
    };
    let conformed = conform("format: json\n").input(message).expect("a message");
    assert_eq!(addresses(&conformed.rows), [65_537 << 44 | 1 << 40]);
    let beyond = Fragment {
        position: 1 << 44,
        ..fragment("{\"id\": 1}", 0)
    };
    let beyond = conform("format: json\n").input(beyond);
    assert_eq!(beyond.expect_err("no such place").kind(), Kind::Declaration);
}

#[test]
fn what_cannot_be_conformed_is_said() {
    let source = source("path: s\n");
    let error = Conform::new(&source, Arc::new(NoExpressions), None)
        .err()
        .expect("no fields");
    assert_eq!(error.to_string(), "source `s` declares no fields");
    let error = conform("")
        .input(fragment(&b"PK\x03\x04\x14\0\0\0"[..], 0))
        .expect_err("an archive");
    assert_eq!(error.kind(), Kind::Unreadable);
    assert!(error.to_string().starts_with("could not read `s`: it is"));
    let error = conform("").form("s", b"[{\"id\": 1}, {\"id\": 2}]").err();
    let error = error.expect("an array");
    assert!(
        error
            .to_string()
            .ends_with("a JSON array, which has no parts")
    );
    assert!(conform("").form("s", JSON.as_bytes()).is_ok());
    let empty = conform("").input(fragment("", 0)).expect("nothing");
    assert_eq!((empty.rows.num_rows(), empty.counts.read), (0, 0));
}
