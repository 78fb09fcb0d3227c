//! Files that cannot be read: each is named, with what is wrong with it.

use parquet::basic::Compression;
use parquet::file::properties::WriterVersion;

use super::files::{Leaf, Stored, compressed, plain, raw, with_counts, with_total};
use super::{read, refuse, yaml};

fn file() -> Vec<u8> {
    let numbers = |from| Leaf::from(Stored::Int32((from..from + 3).collect()));
    let texts = || Leaf::from(Stored::texts(&["first text", "second text", "third text"]));
    raw(
        "message m { required int32 a; required binary b (UTF8); }",
        plain(),
        &[vec![numbers(0), texts()], vec![numbers(3), texts()]],
    )
}

#[test]
fn counts_that_do_not_agree() {
    for fields in ["", "{a: integer}", "{x: integer}"] {
        assert_eq!(
            refuse(fields, &[("s.parquet", &with_total(&file(), 0))]),
            "could not read `s.parquet`: it is not a sound Parquet file: its footer says 0 rows, its row groups have 6"
        );
    }
    for (rows, what) in [(2, "4 rows, its pages 6"), (4, "8 rows, its pages 6")] {
        assert_eq!(
            refuse(
                "{a: integer}",
                &[("s.parquet", &with_counts(&file(), rows))]
            ),
            format!(
                "could not read `s.parquet`: it is not a sound Parquet file: its row groups have {what}"
            )
        );
    }
    let negative = with_counts(&file(), -3);
    assert!(refuse("", &[("s.parquet", &negative)]).contains("its footer says -6 rows"));
}

#[test]
fn what_is_no_parquet_file() {
    let file = file();
    let cut = &file[..file.len() - 20];
    let mut headless = file.clone();
    headless[..4].copy_from_slice(b"XXXX");
    let mut encrypted = file.clone();
    let end = file.len() - 4;
    encrypted[..4].copy_from_slice(b"PARE");
    encrypted[end..].copy_from_slice(b"PARE");
    let mut footless = file.clone();
    footless[end - 4..end].copy_from_slice(&u32::MAX.to_le_bytes());
    let cases: &[(&[u8], &str)] = &[
        (
            cut,
            "it is a damaged Parquet file: its end is missing, so it was cut off (fetch or write the file again)",
        ),
        (
            &headless,
            "it is a damaged Parquet file: its first bytes are not those of Parquet (fetch or write the file again)",
        ),
        (
            &encrypted,
            "it is an encrypted Parquet file (write it again without encryption)",
        ),
        (
            b"PAR1",
            "it is too short for a Parquet file, which has 12 bytes at least",
        ),
        (
            b"",
            "it is too short for a Parquet file, which has 12 bytes at least",
        ),
        (
            b"id,name\n1,a\n2,b\n",
            "it is not a Parquet file: it neither begins nor ends with `PAR1`",
        ),
    ];
    for (bytes, what) in cases {
        let yaml = yaml("{a: integer}") + "format: parquet\n";
        let message = super::refuse_source(&yaml, &[("s.parquet", bytes)]);
        assert_eq!(message, format!("could not read `s.parquet`: {what}"));
    }
    assert!(refuse("", &[("s.parquet", cut)]).contains("its end is missing"));
    assert!(refuse("", &[("s.parquet", &footless)]).contains("it is not a sound Parquet file: "));
}

/// A column that is corrupt is named; it does no harm to those who do not ask for it.
#[test]
fn a_corrupt_page() {
    let numbers = |from| Leaf::from(Stored::Int32((from..from + 3).collect()));
    let texts = |text: &str| Leaf::from(Stored::Bytes(vec![text.as_bytes().to_vec(); 3]));
    let intact = raw(
        "message m { required int32 a; required group g { required binary b (UTF8); } }",
        plain(),
        &[
            vec![numbers(0), texts("first")],
            vec![numbers(3), texts("other")],
        ],
    );
    // The length of a text before it.
    let corrupt = {
        let from = [&5_u32.to_le_bytes()[..], b"other"].concat();
        let to = [&500_u32.to_le_bytes()[..], b"other"].concat();
        let place = (0..intact.len())
            .find(|at| intact[*at..].starts_with(&from))
            .expect("a text");
        let mut bytes = intact.clone();
        bytes[place..place + to.len()].copy_from_slice(&to);
        bytes
    };
    for fields in ["", "{b: {from: g.b}}"] {
        let message = refuse(fields, &[("s.parquet", &corrupt)]);
        let expected = "could not read `s.parquet`: it is not a sound Parquet file: column `g.b` in row group 2: ";
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(
        read("{a: integer}", &corrupt).rows,
        ["0", "1", "2", "3", "4", "5"]
    );
}

/// Whatever byte is damaged: an error that names the file, or rows; never a panic that is seen.
#[test]
fn damage_anywhere() {
    let texts: Vec<String> = (0..50).map(|n| format!("text {}", n % 7)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let schema = "message m {
        required binary a (UTF8); optional int32 b; repeated int64 c;
        optional group d (MAP) { repeated group e { required binary f (UTF8); optional double g; } }
    }";
    let column = |leaf: usize| -> Leaf {
        let definition = |most: i16| (0..50).map(|n| n as i16 % (most + 1)).collect::<Vec<_>>();
        match leaf {
            0 => Stored::texts(&texts).into(),
            1 => Stored::Int32(vec![7; 25]).levels(&definition(1), &[]),
            2 => Stored::Int64(vec![8; 25]).levels(&definition(1), &[0; 50]),
            3 => Stored::texts(&["k"; 16]).levels(&definition(2), &[0; 50]),
            _ => Stored::Double(vec![0.5; 12]).levels(&definition(3), &[0; 50]),
        }
    };
    let levels = |leaf: usize| match leaf {
        // The same entries as their keys have.
        4 => {
            let definition: Vec<i16> = (0..50)
                .map(|n| if n % 3 == 2 { 3 } else { n as i16 % 3 })
                .collect();
            Stored::Double(vec![0.5; 16]).levels(&definition, &[0; 50])
        }
        leaf => column(leaf),
    };
    for (codec, version) in [
        (Compression::UNCOMPRESSED, WriterVersion::PARQUET_1_0),
        (Compression::SNAPPY, WriterVersion::PARQUET_2_0),
    ] {
        let intact = raw(
            schema,
            compressed(codec, version),
            &[(0..5).map(levels).collect()],
        );
        assert_eq!(read("", &intact).rows.len(), 50);
        let source = super::super::source(&(yaml("") + "format: parquet\n"));
        let folder = super::super::folder(&[]);
        let path = folder.path().join("s.parquet");
        for at in (0..intact.len()).step_by(2) {
            for to in [0xff, intact[at] ^ 1] {
                let mut bytes = intact.clone();
                bytes[at] = to;
                std::fs::write(&path, &bytes).expect("a file");
                if let Err(error) = super::super::scan(&source, folder.path(), 1) {
                    let message = error.to_string();
                    assert!(message.contains("s.parquet"), "{message}");
                    assert_eq!(error.kind(), onefold_read::Kind::Unreadable, "{message}");
                }
            }
        }
    }
}

#[test]
fn columns_of_one_name() {
    let numbers = |n| Leaf::from(Stored::Int32(vec![n]));
    let file = raw(
        "message m { required int32 a; required int32 b; required int32 a; required group g { required int32 c; required int32 c; } }",
        plain(),
        &[vec![
            numbers(1),
            numbers(2),
            numbers(3),
            numbers(4),
            numbers(5),
        ]],
    );
    let refused = |name: &str| {
        format!(
            "could not read `s.parquet`: several of its columns have the name `{name}` (write it again with a name of its own for each)"
        )
    };
    assert_eq!(refuse("", &[("s.parquet", &file)]), refused("a"));
    assert_eq!(
        refuse("{a: integer}", &[("s.parquet", &file)]),
        refused("a")
    );
    assert_eq!(refuse("{g: json}", &[("s.parquet", &file)]), refused("c"));
    assert_eq!(
        refuse("{c: {from: g.c}}", &[("s.parquet", &file)]),
        refused("c")
    );
    assert_eq!(read("{b: integer}", &file).rows, ["2"]);
}

/// A column is encrypted, the footer is not.
#[test]
fn an_encrypted_column() {
    let file = include_bytes!("../../fixtures/encrypted_column.parquet");
    let message = refuse("", &[("s.parquet", file)]);
    let expected =
        "could not read `s.parquet`: it is not a sound Parquet file: column `b` in row group 1: ";
    assert!(message.starts_with(expected), "{message}");
    let hint = "(some of its columns are encrypted, and no keys are known here)";
    assert!(message.ends_with(hint), "{message}");
    assert_eq!(read("{a: integer}", file).rows, ["1", "2"]);
}

/// Rubbish instead of the writer's own schema does no harm.
#[test]
fn a_schema_of_the_writer_that_is_none() {
    let numbers = arrow::array::Int64Array::from(vec![1, 2]);
    let file = super::files::of_arrow(vec![("v", std::sync::Arc::new(numbers))], 10);
    let mut bytes = file.clone();
    let place = (0..file.len())
        .rfind(|at| file[*at..].starts_with(b"ARROW:schema"))
        .expect("a schema");
    bytes[place + 20..place + 40].fill(b'!');
    assert_eq!(read("", &bytes).rows, ["1", "2"]);
}
