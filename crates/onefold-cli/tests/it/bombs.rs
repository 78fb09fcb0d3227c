//! Small files that unpack to large ones, and files of which one dimension is out of all proportion.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::command::{Done, Run};

/// Reads a file without declared fields, or with these.
fn read(name: &str, content: &[u8], fields: &str) -> Done {
    let pipeline = format!(
        "sources: {{t: {{path: {name}{fields}}}}}\nlimits: {{rejects: 100%}}\noutputs: [{{table: t, path: o.csv}}]\n"
    );
    Run::new(&["run", "p.yaml", "--out", "out"])
        .file("p.yaml", pipeline)
        .file(name, content)
        .done()
}

#[test]
fn a_line_that_never_ends_is_one_reject() {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(b"id,b\n1,").expect("compressed");
    for _ in 0..40 {
        file.write_all(&vec![b'x'; 1 << 20]).expect("compressed");
    }
    file.write_all(b"\n2,y\n").expect("compressed");
    let done = read("t.csv.gz", &file.finish().expect("compressed"), "");
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(done.stdout.contains("1 record too long"), "{}", done.stdout);
    assert_eq!(done.file("out/o.csv"), b"id,b\n2,y\n");
}

#[test]
fn columns_without_end_are_refused_with_what_to_do() {
    const COLUMNS: usize = 30_000;
    let names = (0..COLUMNS).map(|n| format!("c{n}"));
    let header: Vec<String> = names.collect();
    let csv = format!("{}\n{}\n", header.join(","), ["1"; COLUMNS].join(","));
    let keys = header.iter().map(|name| format!("\"{name}\": 1"));
    let object = format!("{{{}}}\n", keys.collect::<Vec<_>>().join(","));
    // Few keys in each record, and others in the next.
    let mut records = String::new();
    for part in header.chunks(100) {
        let keys = part.iter().map(|name| format!("\"{name}\": 1"));
        writeln!(records, "{{{}}}", keys.collect::<Vec<_>>().join(",")).expect("a string");
    }
    for (name, text) in [("t.csv", &csv), ("t.json", &object), ("t.jsonl", &records)] {
        let done = read(name, text.as_bytes(), "");
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        let expected = format!(
            "error: `{name}` has more than 10000 columns\nhint: declare the `fields` that are needed\n"
        );
        assert_eq!(done.stderr, expected);
        let done = read(name, text.as_bytes(), ", fields: {c29999: integer}");
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let output = String::from_utf8_lossy(done.file("out/o.csv")).into_owned();
        assert!(
            output.starts_with("c29999\n") && output.ends_with("1\n"),
            "{output}"
        );
    }
}
