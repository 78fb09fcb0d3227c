//! What formats and their options do around the values, byte for byte, and tables that they refuse.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;
use onefold_write::{ErrorKind, Format, RowEncoder, write_table};

use crate::cells::{batch, csv, csv_of, structs, text};

/// What Python prints for `json.dump(rows, file, indent=4, ensure_ascii=False)`, and a line end.
#[test]
fn json_is_indented_like_python() {
    let ids = Int64Array::from(vec![1, 2, 3]);
    let table = batch(vec![
        ("id", Arc::new(ids)),
        ("a \"key\"", Arc::new(structs())),
    ]);
    let indented = Format::Json { indent: Some(4) };
    let expected = r#"[
    {
        "id": 1,
        "a \"key\"": {
            "name": "a\"b",
            "tags": [
                1,
                null,
                3
            ]
        }
    },
    {
        "id": 2,
        "a \"key\"": {
            "name": null,
            "tags": []
        }
    },
    {
        "id": 3,
        "a \"key\"": null
    }
]
"#;
    assert_eq!(text(&indented, std::slice::from_ref(&table)), expected);
    let compact = "[\n{\"id\":3,\"a \\\"key\\\"\":null}\n]\n";
    assert_eq!(
        text(&Format::Json { indent: None }, &[table.slice(2, 1)]),
        compact
    );
    for format in [indented, Format::Json { indent: None }] {
        assert_eq!(text(&format, &[table.slice(0, 0)]), "[]\n");
    }
    assert_eq!(text(&Format::JsonLines, &[table.slice(0, 0)]), "");
    assert_eq!(
        text(&csv(""), &[table.slice(0, 0)]),
        "id,\"a \"\"key\"\"\"\n"
    );
}

#[test]
fn rows_without_columns() {
    let options = RecordBatchOptions::new().with_row_count(Some(2));
    let table = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options)
        .expect("rows without columns");
    let json = |indent| text(&Format::Json { indent }, std::slice::from_ref(&table));
    assert_eq!(json(Some(2)), "[\n  {},\n  {}\n]\n");
    assert_eq!(json(None), "[\n{},\n{}\n]\n");
    for format in [csv(""), Format::Parquet] {
        let error = write_table(&table.schema(), &format, [table.clone()], Vec::new());
        assert_eq!(error.expect_err("no columns").kind(), ErrorKind::Schema);
    }
}

#[test]
fn missing_and_empty_are_told_apart_in_csv() {
    let two = |texts: Vec<Option<&str>>| {
        let rows = texts.len() as i64;
        batch(vec![
            ("a", Arc::new(StringViewArray::from(texts)) as ArrayRef),
            ("n", Arc::new(Int64Array::from_iter_values(0..rows))),
        ])
    };
    let texts = vec![
        None,
        Some(""),
        Some("N/A"),
        Some("a null text that is long"),
    ];
    for (null, expected) in [
        ("", "a,n\n,0\n\"\",1\nN/A,2\na null text that is long,3\n"),
        (
            "N/A",
            "a,n\nN/A,0\n,1\n\"N/A\",2\na null text that is long,3\n",
        ),
        (
            "a null text that is long",
            "a,n\na null text that is long,0\n,1\nN/A,2\n\"a null text that is long\",3\n",
        ),
        (
            "a,b",
            "a,n\n\"a,b\",0\n,1\nN/A,2\na null text that is long,3\n",
        ),
    ] {
        assert_eq!(text(&csv(null), &[two(texts.clone())]), expected);
    }
    let one = batch(vec![(
        "a",
        Arc::new(StringViewArray::from(vec![None, Some(""), Some("x")])) as ArrayRef,
    )]);
    assert_eq!(
        text(&csv(""), std::slice::from_ref(&one)),
        "a\n\"\"\n\"\"\nx\n"
    );
    assert_eq!(text(&csv("-"), &[one]), "a\n-\n\"\"\nx\n");
}

#[test]
fn delimiters_and_null_texts_that_numbers_hold() {
    let table = || {
        batch(vec![
            (
                "a:b",
                Arc::new(TimestampSecondArray::from(vec![0])) as ArrayRef,
            ),
            ("n", Arc::new(Int64Array::from(vec![-1]))),
            ("f", Arc::new(Float64Array::from(vec![f64::NAN]))),
        ])
    };
    for (delimiter, null, expected) in [
        (b':', "", "\"a:b\":n:f\n\"1970-01-01T00:00:00\":-1:NaN\n"),
        (b'-', "", "a:b-n-f\n\"1970-01-01T00:00:00\"-\"-1\"-NaN\n"),
        (
            b'\t',
            "NaN",
            "a:b\tn\tf\n1970-01-01T00:00:00\t-1\t\"NaN\"\n",
        ),
        (b'|', "-1", "a:b|n|f\n1970-01-01T00:00:00|\"-1\"|NaN\n"),
    ] {
        assert_eq!(text(&csv_of(delimiter, null), &[table()]), expected);
    }
    for delimiter in [b'"', b'\n', b'\r', 0, b'a', b'0', 0xe9] {
        let error = RowEncoder::new(&table().schema(), &csv_of(delimiter, ""));
        assert_eq!(error.expect_err("refused").kind(), ErrorKind::Options);
    }
    let headless = Format::Csv {
        delimiter: b',',
        null: String::new(),
        header: false,
        bom: false,
        spreadsheet_safe: false,
    };
    assert_eq!(text(&headless, &[table()]), "1970-01-01T00:00:00,-1,NaN\n");
    let marked = batch(vec![(
        "\u{feff}a",
        Arc::new(Int64Array::from(vec![1])) as ArrayRef,
    )]);
    assert_eq!(text(&csv(""), &[marked]), "\"\u{feff}a\"\n1\n");
}

#[test]
fn refused_tables_name_the_column() {
    let twice = Schema::new(vec![
        Field::new("a", DataType::Int64, true),
        Field::new("a", DataType::Int64, true),
    ]);
    let error = RowEncoder::new(&Arc::new(twice.clone()), &Format::JsonLines).expect_err("twice");
    assert_eq!(error.kind(), ErrorKind::Schema);
    assert_eq!(
        error.to_string(),
        "column a occurs twice, and a JSON object holds a key once"
    );
    RowEncoder::new(&Arc::new(twice), &csv("")).expect("CSV may repeat a name");

    let item = Field::new("item", DataType::Int64, true);
    let views = Field::new("odd", DataType::ListView(Arc::new(item)), true);
    let nested = DataType::Struct(vec![views].into());
    let schema = Arc::new(Schema::new(vec![Field::new("a", nested, true)]));
    let error = RowEncoder::new(&schema, &csv("")).expect_err("list view");
    assert!(
        error.to_string().starts_with("column a has type ListView"),
        "{error}"
    );

    let table = batch(vec![("a", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    let other = batch(vec![("a", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]);
    for format in [csv(""), Format::JsonLines, Format::Parquet] {
        let error = write_table(&table.schema(), &format, [other.clone()], Vec::new());
        let error = error.expect_err("other type");
        assert_eq!(error.kind(), ErrorKind::Schema);
        let text = "batch does not fit the table: column a is Int32 where the table has Int64";
        assert_eq!(error.to_string(), text);
    }
}
