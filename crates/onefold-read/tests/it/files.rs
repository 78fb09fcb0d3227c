//! Which files a source has.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use onefold_read::{LeftOut, Options, overlaps};

use super::*;

/// The names of the files of a source, and what is left out.
fn names(path: &str, folder: &Path) -> Result<(Vec<String>, Vec<LeftOut>), Error> {
    let source = source(&format!("path: {path:?}\nfields: {{a: text}}\n"));
    let options = Options {
        threads: 1,
        needed: None,
        stdin: None,
    };
    let scan = Scan::open(&source, folder, Arc::new(NoExpressions), &options)?;
    let files = scan.files().map(|(name, _)| name.to_owned()).collect();
    Ok((files, scan.left_out().to_vec()))
}

fn some(names: &[&str]) -> tempfile::TempDir {
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (*n, &b"a\n1\n"[..])).collect();
    folder(&files)
}

fn found(path: &str, folder: &Path) -> Vec<String> {
    names(path, folder).expect("files").0
}

#[test]
fn what_is_no_data_is_passed_over() {
    let folder = some(&[
        "d/a.csv",
        "d/b.csv",
        "d/._a.csv",
        "d/.~lock.a.csv#",
        "d/_SUCCESS",
        "d/_metadata",
        "d/~$a.xlsx",
        "d/.a.csv.crc",
        "d/a.csv.crc",
        "d/a.csv.tmp",
        "d/c.csv.part",
        "d/c.csv.crdownload",
        "d/Thumbs.db",
        "d/.git/g.csv",
        "d/.onefold/runs/1/x.csv",
        "d/.ipynb_checkpoints/a-checkpoint.csv",
        "d/__MACOSX/a.csv",
        "d/_delta_log/0.csv",
        "d/deep/c.csv",
    ]);
    let at = folder.path();
    assert_eq!(found("d", at), ["d/a.csv", "d/b.csv"]);
    assert_eq!(found("d/*", at), ["d/a.csv", "d/b.csv"]);
    assert_eq!(found("d/*.csv", at), ["d/a.csv", "d/b.csv"]);
    assert_eq!(
        found("d/**/*.csv", at),
        ["d/a.csv", "d/b.csv", "d/deep/c.csv"]
    );
    assert_eq!(
        found("**/*.csv", at),
        ["d/a.csv", "d/b.csv", "d/deep/c.csv"]
    );
    assert_eq!(found("d/**", at), ["d/a.csv", "d/b.csv", "d/deep/c.csv"]);
    assert_eq!(found("*/*/*.csv", at), ["d/deep/c.csv"]);
    let (_, left_out) = names("d", at).expect("files");
    let left_out: Vec<&str> = left_out.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(
        left_out,
        [
            "d/Thumbs.db",
            "d/_SUCCESS",
            "d/_metadata",
            "d/a.csv.crc",
            "d/a.csv.tmp",
            "d/c.csv.crdownload",
            "d/c.csv.part",
            "d/deep",
            "d/~$a.xlsx",
        ]
    );
}

#[test]
fn who_names_it_means_it() {
    let folder = some(&[
        ".hidden/a.csv",
        ".hidden/.b.csv",
        "d/_SUCCESS",
        "d/a.csv.tmp",
        "d/.a.csv",
        "d/__MACOSX/m.csv",
        "[x].csv",
    ]);
    let at = folder.path();
    assert_eq!(found("d/_SUCCESS", at), ["d/_SUCCESS"]);
    assert_eq!(found("d/.a.csv", at), ["d/.a.csv"]);
    assert_eq!(found(".hidden/*.csv", at), [".hidden/a.csv"]);
    assert_eq!(found(".h*/*.csv", at), [".hidden/a.csv"]);
    assert_eq!(found(".hidden/.*", at), [".hidden/.b.csv"]);
    assert_eq!(found(".hidden", at), [".hidden/a.csv"]);
    assert_eq!(found("d/*.tmp", at), ["d/a.csv.tmp"]);
    assert_eq!(found("d/__MACOSX/*.csv", at), ["d/__MACOSX/m.csv"]);
    assert_eq!(found("*/.a.csv", at), ["d/.a.csv"]);
    assert_eq!(found("[x].csv", at), ["[x].csv"]);
}

#[test]
fn patterns_fit_as_they_say() {
    let folder = some(&[
        "x/1.csv",
        "x/2.csv",
        "x/10.csv",
        "x/y/3.csv",
        "x/y/z/4.csv",
        "a b/5.csv",
        "b/6.CSV",
    ]);
    let at = folder.path();
    assert_eq!(found("x/?.csv", at), ["x/1.csv", "x/2.csv"]);
    assert_eq!(found("x/[!1]*.csv", at), ["x/2.csv"]);
    assert_eq!(found("x/**/*.csv", at).len(), 5);
    assert_eq!(found("x/**/**/4.csv", at), ["x/y/z/4.csv"]);
    assert_eq!(found("*/5.csv", at), ["a b/5.csv"]);
    assert_eq!(found("./x/*/3.csv", at), ["x/y/3.csv"]);
    assert_eq!(found("x/../b/*.CSV", at), ["x/../b/6.CSV"]);
    let absolute = format!("{}/x/?.csv", at.display());
    assert_eq!(found(&absolute, at), ["x/1.csv", "x/2.csv"]);
    let error = names("x/*.tsv", at).expect_err("no file");
    assert!(
        error.to_string().ends_with("no file has a name like that"),
        "{error}"
    );
    let error = names("x/**.csv", at).expect_err("no pattern");
    assert!(
        error.to_string().contains("is not a file pattern"),
        "{error}"
    );
}

#[test]
fn a_folder_that_a_pattern_fits_is_told() {
    let folder = some(&["a.csv/part-0.csv", "b.csv"]);
    let (files, left_out) = names("*.csv", folder.path()).expect("files");
    assert_eq!(files, ["b.csv"]);
    assert_eq!(
        (left_out[0].name.as_str(), left_out[0].why.as_str()),
        ("a.csv", "a folder")
    );
    std::fs::remove_file(folder.path().join("b.csv")).expect("a file");
    let error = names("*.csv", folder.path()).expect_err("no file");
    assert_eq!(
        error.hint_text(),
        Some("`a.csv` is not read: it is a folder")
    );
    assert_eq!(found("a.csv", folder.path()), ["a.csv/part-0.csv"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_once() {
    use std::os::unix::fs::symlink;

    let folder = some(&["d/2023.csv", "d/2024.csv", "far/x.csv", "far/y.csv"]);
    let at = folder.path();
    let link = |to: &str, name: &str| symlink(to, at.join(name)).expect("a link");
    link("2024.csv", "d/latest.csv");
    link("../far", "d/far");
    link("..", "d/up");
    link("../far/x.csv", "d/x.csv");
    let (files, left_out) = names("d/*.csv", at).expect("files");
    assert_eq!(files, ["d/2023.csv", "d/2024.csv", "d/x.csv"]);
    assert_eq!(left_out[0].why, "a link to `d/2024.csv`, which is read");
    // Into linked folders, and not in circles.
    let files = found("d/**/*.csv", at);
    assert_eq!(
        files,
        ["d/2023.csv", "d/2024.csv", "d/far/x.csv", "d/far/y.csv"]
    );
    assert_eq!(found("d/far/*.csv", at), ["d/far/x.csv", "d/far/y.csv"]);
    assert_eq!(
        found("d/up/far/*.csv", at),
        ["d/up/far/x.csv", "d/up/far/y.csv"]
    );
    assert_eq!(found("d/latest.csv", at), ["d/latest.csv"]);

    link("gone.csv", "d/lost.csv");
    let error = names("d/*.csv", at).expect_err("a link to nothing");
    assert!(
        error
            .to_string()
            .contains("symbolic link to a file that is not there"),
        "{error}"
    );
    assert_eq!(found("d/2*.csv", at).len(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_a_name() {
    use std::os::unix::ffi::OsStrExt;

    let folder = some(&["a.csv"]);
    let name = std::ffi::OsStr::from_bytes(b"\xff.csv");
    std::fs::write(folder.path().join(name), "a\n1\n").expect("a file");
    assert_eq!(found("*.csv", folder.path()).len(), 2);
    assert_eq!(found(".", folder.path()).len(), 2);
}

fn outputs(folder: &Path, pattern: &str, names: &[&str]) -> Vec<(usize, bool)> {
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    let found = overlaps(folder, pattern, &paths);
    found.into_iter().map(|o| (o.output, o.exists)).collect()
}

#[test]
fn outputs_that_a_source_would_read() {
    let folder = some(&["a.csv", "d/b.csv", "e/f/c.csv"]);
    let at = folder.path();
    let of = |pattern: &str, name: &str| outputs(at, pattern, &[name]).first().map(|o| o.1);
    for (pattern, name, expected) in [
        ("a.csv", "a.csv", Some(true)),
        ("./a.csv", "d/../a.csv", Some(true)),
        ("a.csv", "b.csv", None),
        ("*.csv", "out.csv", Some(false)),
        ("*.csv", "a.csv", Some(true)),
        ("*.csv", "out.json", None),
        ("*.csv", ".out.csv", None),
        ("*.csv", "d/out.csv", None),
        ("d", "d/out.json", Some(false)),
        ("d", "d/deep/out.json", None),
        ("d/", "d/out.json", Some(false)),
        (".", "log.txt", Some(false)),
        ("**/*.csv", "new/folder/out.csv", Some(false)),
        ("**/*.csv", "d/out.csv", Some(false)),
        ("**/*.csv", ".onefold/x.csv", None),
        ("*/*.csv", "new/out.csv", Some(false)),
        ("*/*.csv", "new/folder/out.csv", None),
        ("e/*/*.csv", "e/g/out.csv", Some(false)),
        ("e/**", "e/g/h/out.csv", Some(false)),
        ("later", "later/out.csv", Some(false)),
        ("later.csv", "later.csv", Some(false)),
        ("d/*", "d/x.tmp", None),
        ("d/[o]ut.csv", "d/out.csv", Some(false)),
        ("e/../d/*.csv", "d/out.csv", Some(false)),
    ] {
        assert_eq!(of(pattern, name), expected, "{pattern} {name}");
    }
    let both = outputs(at, "*.csv", &["x.json", "y.csv", "a.csv"]);
    assert_eq!(both, [(1, false), (2, true)]);
}

#[cfg(unix)]
#[test]
fn an_output_is_an_input_by_any_name() {
    use std::os::unix::fs::symlink;

    let folder = some(&["in/a.csv", "far/x"]);
    let at = folder.path();
    std::fs::hard_link(at.join("in/a.csv"), at.join("hard.csv")).expect("a link");
    symlink("in/a.csv", at.join("soft.csv")).expect("a link");
    symlink("in", at.join("other")).expect("a link");
    symlink("../far", at.join("in/far")).expect("a link");
    for name in ["hard.csv", "soft.csv", "other/a.csv", "in/a.csv"] {
        assert_eq!(outputs(at, "in/a.csv", &[name]), [(0, true)], "{name}");
        assert_eq!(outputs(at, "in", &[name]), [(0, true)], "{name}");
    }
    // The source's own path is the link.
    assert_eq!(outputs(at, "soft.csv", &["in/a.csv"]), [(0, true)]);
    assert_eq!(outputs(at, "soft.csv", &["soft.csv"]), [(0, true)]);
    // Not there yet, in a folder with two names.
    assert_eq!(outputs(at, "in/*.csv", &["other/new.csv"]), [(0, false)]);
    assert_eq!(outputs(at, "other/*.csv", &["in/new.csv"]), [(0, false)]);
    assert_eq!(outputs(at, "in/**/*.csv", &["far/new.csv"]), [(0, false)]);
    assert_eq!(outputs(at, "in/*.csv", &["far/new.csv"]), []);
}

#[test]
fn files_beyond_65536_keep_their_own_addresses() {
    let folder = tempfile::tempdir().expect("a folder");
    let count = (1 << 16) + 2;
    // Names of a few files: that many are made in half of the time, and no file system refuses so many names of one.
    let bases: Vec<PathBuf> = (0..4)
        .map(|n| folder.path().join(format!("base{n}")))
        .collect();
    for base in &bases {
        std::fs::write(base, "").expect("a file");
    }
    for number in 0..count {
        let path = folder.path().join(format!("{number:06}.csv"));
        match number % 65_536 == 1 {
            true => std::fs::write(path, "a\n\n7\nx\n"),
            false => std::fs::hard_link(&bases[number % 4], path),
        }
        .expect("a file");
    }
    let source = source("path: \"*.csv\"\nfields: {a: integer}\n");
    let options = Options {
        threads: 2,
        needed: None,
        stdin: None,
    };
    let scan =
        Scan::open(&source, folder.path(), Arc::new(NoExpressions), &options).expect("files");
    let (mut rejects, mut places) = (Vec::new(), Vec::new());
    let locator = scan.locator();
    let address = |batch: RecordBatch| {
        let at = batch.column(batch.num_columns() - 1);
        at.as_primitive::<arrow::datatypes::UInt64Type>()
            .values()
            .to_vec()
    };
    scan.run(address, |batch| {
        rejects.extend(
            batch
                .rejects
                .into_iter()
                .map(|r| format!("{}:{}", r.file, r.line)),
        );
        places.extend(batch.records);
        true
    })
    .expect("a summary");
    assert_eq!(rejects, ["000001.csv:4", "065537.csv:4"]);
    let reversed: Vec<u64> = places.iter().rev().copied().collect();
    let mut all = locator.locate_all(&reversed).expect("places");
    all.reverse();
    let places: Vec<_> = places
        .into_iter()
        .map(|at| locator.locate(at).expect("a place"))
        .collect();
    assert_eq!(all, places);
    let places: Vec<String> = places
        .into_iter()
        .map(|place| format!("{}:{}", place.file, place.line))
        .collect();
    assert_eq!(places, ["000001.csv:3", "065537.csv:3"]);
}

/// A second look reads on from what the first has passed, where the text of a file is what lies on disk. A BOM, another encoding and
/// compression move its bytes.
#[test]
fn lines_are_found_again_wherever_the_last_look_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = 600_000_u64;
    let text: String = (0..lines).map(|number| format!("{number:015}\n")).collect();
    let text = format!("a\n{text}");
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("compressed");
    let packed = encoder.finish().expect("compressed");
    for (name, bytes) in [
        ("plain.csv", text.clone().into_bytes()),
        ("bom.csv", format!("\u{feff}{text}").into_bytes()),
        ("utf16.csv", utf16),
        ("packed.csv.gz", packed),
    ] {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
        let source = source(&format!("path: {name}\nfields: {{a: text}}\n"));
        let options = Options {
            threads: 1,
            needed: None,
            stdin: None,
        };
        let scan = Scan::open(&source, folder.path(), Arc::new(NoExpressions), &options);
        let locator = scan.expect("a file").locator();
        for line in [2, lines, 300_000, lines + 1, 550_001, 2, 262_145] {
            let at = locator.on_line(name, line).expect("read").expect("a line");
            assert_eq!(at.end - at.start, 16, "{name}:{line}");
            for address in [at.start, at.end - 1] {
                let found = locator.locate(address).expect("a place");
                assert_eq!(found.line, line, "{name}");
            }
        }
        assert_eq!(
            locator.on_line(name, lines + 2).expect("read"),
            None,
            "{name}"
        );
    }
}

#[test]
fn stored_bytes_are_counted_on_the_way() {
    let text = format!("a\n{}", "12345\n".repeat(1_000_000));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).expect("memory");
    let packed = encoder.finish().expect("memory");
    let folder = folder(&[("a.csv", text.as_bytes()), ("b.csv.gz", &packed)]);
    let source = source("path: \"*\"\nfields: {a: integer}\n");
    let options = Options {
        threads: 2,
        needed: None,
        stdin: None,
    };
    let scan =
        Scan::open(&source, folder.path(), Arc::new(NoExpressions), &options).expect("files");
    let all: u64 = scan.files().map(|(_, bytes)| bytes).sum();
    let mut read = Vec::new();
    scan.run(
        |_| (),
        |batch| {
            read.push(batch.stored);
            true
        },
    )
    .expect("a summary");
    assert!(read.is_sorted(), "{read:?}");
    assert!(read.len() > 4 && read[0] < text.len() as u64, "{read:?}");
    assert_eq!(read.last(), Some(&all));
    assert_eq!(all, (text.len() + packed.len()) as u64);
}

#[test]
fn standard_input_is_a_file_of_its_own() {
    let spooled = onefold_read::Spooled::of(
        &mut &b"a\n1\nx\n"[..],
        &std::sync::atomic::AtomicBool::new(false),
    );
    let spooled = spooled.expect("a file").map(Arc::new);
    let source = source("path: \"-\"\nfields: {a: integer}\n");
    let folder = folder(&[("-", b"a\n2\n")]);
    let open = |stdin| {
        let options = Options {
            threads: 1,
            needed: None,
            stdin,
        };
        Scan::open(&source, folder.path(), Arc::new(NoExpressions), &options).expect("a source")
    };
    let scan = open(spooled);
    let mut rejects = Vec::new();
    let summary = scan.run(
        |_| (),
        |batch| {
            let places = batch
                .rejects
                .iter()
                .map(|r| format!("{}:{}", r.file, r.line));
            rejects.extend(places);
            true
        },
    );
    assert_eq!(summary.expect("a summary").accepted, 1);
    assert_eq!(rejects, ["-:3"]);
    // Where it is not to be read, there is nothing.
    assert_eq!(open(None).files().count(), 0);
}
