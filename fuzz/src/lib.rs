//! What must hold of any input. The fuzz targets feed these checks with input that learns from the code; the tests feed them with
//! samples changed at random.

use std::hint::black_box;
use std::path::Path;

use onefold_read::bare;
use onefold_spec::{Style, load, render_all};
use onefold_values::{
    Currency, DateOrder, DateRules, DecimalMark, Invalid, MoneyRules, NameOrder, NullTokens,
    PhoneFormat, PhoneRules, PostcodeRules, TimestampRules, address, boolean, company, country,
    email, ip, money, name_order, number, text, url, uuid,
};

/// Any bytes are records or faults; a fault costs at least a byte. Texts come to the same wherever they are cut, and clean ones to what the
/// crate `csv` makes of them.
///
/// # Panics
/// Where one of that is not so.
pub fn delimited(bytes: &[u8]) {
    let (records, faults) = bare::delimited(bytes);
    assert!(records + faults <= bytes.len());
    // The first byte says where the rest is cut.
    let Some((cut, text)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let whole = bare::delimited_rows(text, text.len());
    assert_eq!(bare::delimited_rows(text, usize::from(*cut)), whole);
    // A byte order mark in front of a record is no part of it here.
    if !text.contains('\u{feff}') {
        clean(text);
    }
}

/// The text as a table of lines and tabs, written as the crate `csv` writes it, is read as that reads it.
fn clean(text: &str) {
    let width = text.lines().map(|line| line.split('\t').count()).max();
    let width = width.unwrap_or(0).max(2);
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let mut write = |cells: &mut dyn Iterator<Item = &str>| {
        let mut cells: Vec<&str> = cells.collect();
        cells.resize(width, "");
        writer.write_record(cells).expect("memory");
    };
    // A header that no text has.
    write(&mut std::iter::repeat_n("\u{10ffff}", width));
    text.lines().for_each(|line| write(&mut line.split('\t')));
    let written = writer.into_inner().expect("memory");
    let mut reader = csv::Reader::from_reader(written.as_slice());
    let expected: Vec<Vec<String>> = reader
        .records()
        .map(|record| {
            let record = record.expect("what was written");
            record.iter().map(str::to_owned).collect()
        })
        .collect();
    let written = std::str::from_utf8(&written).expect("what was written");
    let (found, faults) = bare::delimited_rows(written, written.len());
    assert_eq!((found, faults), (expected, 0));
}

/// Any bytes are records or faults. Beside what a record costs, an array may lack a comma before each, and its end. Texts come to the same
/// wherever they are cut, and to what the crate `serde_json` makes of them.
///
/// # Panics
/// Where one of that is not so.
pub fn json(bytes: &[u8]) {
    let (records, faults) = bare::json(bytes);
    assert!(records + faults <= 2 * bytes.len() + 1);
    // The first two bytes say where the rest is cut.
    let Some((cuts, text)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    for path in ["", "a", "data.rows"] {
        let found = bare::json_disagreement(text, path, &cuts.map(usize::from));
        assert_eq!(found, None, "records under {path:?}");
    }
}

/// Any text is a pipeline or has diagnostics, and these can be shown.
///
/// # Panics
/// Where that is not so.
pub fn pipeline(text: &str) {
    let path = Path::new("onefold.yaml");
    match load(text, path, &|_| None) {
        Ok(loaded) => assert_eq!(
            render_all(&loaded.warnings, path, text, Style::Plain).is_empty(),
            loaded.warnings.is_empty()
        ),
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty());
            assert!(!render_all(&diagnostics, path, text, Style::Ansi).is_empty());
        }
    }
}

fn idempotent(value: &str, rule: impl Fn(&str, &mut String) -> Result<(), Invalid>) {
    let mut once = String::new();
    if rule(value, &mut once).is_ok() {
        let mut twice = String::new();
        assert_eq!(rule(&once, &mut twice), Ok(()), "{once:?}");
        assert_eq!(once, twice);
    }
}

fn numbers(value: &str, mark: DecimalMark) {
    if let Ok(number) = number::parse_float(value, mark) {
        assert!(number.is_finite());
    }
    black_box(number::parse_integer(value, mark).is_ok());
    for (precision, scale) in [(1, 0), (12, 2), (38, 0), (38, 38)] {
        if let Ok(unscaled) = number::parse_decimal(value, precision, scale, mark) {
            assert!(unscaled.unsigned_abs() < 10u128.pow(u32::from(precision)));
        }
    }
}

/// An amount is read in one way, or with a declared mark.
fn amounts(value: &str) {
    let rules = |mark, currency| MoneyRules {
        precision: 38,
        scale: 2,
        mark,
        currency,
    };
    let shown = rules(None, None).parse(value);
    let [point, comma] =
        [DecimalMark::Point, DecimalMark::Comma].map(|mark| rules(Some(mark), None).parse(value));
    if let Ok(amount) = shown {
        assert!(point == Ok(amount) || comma == Ok(amount));
        assert!(
            [point, comma]
                .iter()
                .all(|read| read.is_err() || *read == shown)
        );
    }
    let euros = rules(None, Currency::of_code("EUR")).parse(value);
    assert!(euros == shown || euros == Err(Invalid::OtherCurrency));
}

/// Rules are total, what they write is text that they accept, and standardising twice changes nothing.
///
/// # Panics
/// Where one of that is not so.
pub fn values(value: &str) {
    assert!(value.contains(text::trim(value)));
    for mark in [DecimalMark::Point, DecimalMark::Comma] {
        numbers(value, mark);
    }
    // An invalid value is as good an answer as a valid one: here only panics are found.
    black_box((
        NullTokens::default().is_null(value),
        boolean::parse(value).is_ok(),
    ));
    for order in [
        DateOrder::Undeclared,
        DateOrder::DayFirst,
        DateOrder::MonthFirst,
    ] {
        let dates = DateRules::new(order, &[], None).expect("no formats");
        let times = TimestampRules::new(order, &[], Some("Europe/Berlin")).expect("a zone");
        black_box((dates.parse(value).is_ok(), times.parse(value).is_ok()));
    }
    // A text that is a format, and a text that it may read.
    let (format, text) = value.split_once('\n').unwrap_or((value, value));
    if let Ok(times) = TimestampRules::new(DateOrder::Undeclared, &[format.to_owned()], None) {
        black_box((
            times.parse(text).is_ok(),
            times.parse_standard(text).is_ok(),
        ));
    }
    idempotent(value, uuid::standardise);
    idempotent(value, company::standardise);
    idempotent(value, address::standardise);
    idempotent(value, ip::standardise);
    idempotent(value, url::standardise);
    idempotent(value, country::standardise);
    idempotent(value, email::standardise);
    for order in [NameOrder::Undeclared, NameOrder::FirstLast] {
        idempotent(value, |v, out| name_order::standardise(v, order, out));
    }
    idempotent(value, money::currency_of);
    amounts(value);
    for region in [None, Some("GB"), Some("DE")] {
        let postcodes = PostcodeRules::new(region);
        idempotent(value, |v, out| postcodes.standardise(v, out));
    }
    let phone = PhoneRules::new(Some("US"), PhoneFormat::E164).expect("a region");
    idempotent(value, |v, out| phone.standardise(v, out));
}
