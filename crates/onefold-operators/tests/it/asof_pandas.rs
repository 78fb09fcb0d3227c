//! Answers that pandas gave, row by row; `tests/fixtures/make_asof.py` asked.

use onefold_operators::{AsOf, AsOfOptions, Direction, NO_ROW, TimeKey};

use crate::tables::{Owned, int, text, time};

const LEFT: &str = include_str!("../fixtures/asof_left.csv");
const RIGHT: &str = include_str!("../fixtures/asof_right.csv");
const EXPECTED: &str = include_str!("../fixtures/asof_expected.csv");

fn cells(csv: &str) -> Vec<Vec<&str>> {
    csv.lines().map(|line| line.split(',').collect()).collect()
}

fn number(cell: &str) -> Option<i64> {
    Some(cell.parse().expect("number"))
}

fn table(csv: &str) -> Owned {
    let rows = &cells(csv)[1..];
    Owned::new(vec![
        (
            "t",
            time(rows.iter().map(|row| number(row[0]).map(|t| t * 1_000_000))),
        ),
        ("a", text(rows.iter().map(|row| Some(row[1])))),
        ("b", int(rows.iter().map(|row| number(row[2])))),
    ])
}

fn setting(name: &str) -> (Vec<usize>, AsOfOptions) {
    let parts: Vec<&str> = name.split('/').collect();
    let direction = match parts[0] {
        "backward" => Direction::Backward,
        "forward" => Direction::Forward,
        "nearest" => Direction::Nearest,
        other => panic!("no direction {other}"),
    };
    let by = match parts[1] {
        "" => vec![],
        "a" => vec![1],
        "a+b" => vec![1, 2],
        other => panic!("no key {other}"),
    };
    let tolerance =
        (!parts[2].is_empty()).then(|| parts[2].parse::<u64>().expect("seconds") * 1_000_000);
    let allow_exact = parts[3] == "exact";
    (
        by,
        AsOfOptions {
            direction,
            tolerance,
            allow_exact,
        },
    )
}

#[test]
fn every_row_is_what_pandas_found() {
    let (left, right) = (table(LEFT), table(RIGHT));
    let expected = cells(EXPECTED);
    assert!(expected[0].len() > 60 && expected.len() == left.batches[0].num_rows() + 1);
    for (column, name) in expected[0].iter().enumerate() {
        let (by, options) = setting(name);
        let key = TimeKey { by: &by, on: 0 };
        let answers = expected[1..].iter().map(|row| match row[column] {
            "" => NO_ROW,
            row => row.parse().expect("row"),
        });
        let asof = AsOf::build(&right.cut(&[17]).table(), key, 2).expect("index");
        let matches = asof
            .probe(&left.batches[0], key, &options)
            .expect("matches");
        for (row, (found, answer)) in matches.right.iter().zip(answers).enumerate() {
            assert_eq!(*found, answer, "row {row} of {name}");
        }
    }
}
