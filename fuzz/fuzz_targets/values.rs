//! Rules are total, what they write is text that they accept, and standardising twice changes nothing.
#![no_main]

use std::hint::black_box;

use libfuzzer_sys::fuzz_target;
use onefold_values::{
    DateOrder, DateRules, Invalid, NullTokens, PhoneFormat, PhoneRules, TimestampRules, boolean,
    email, name, number, text, uuid,
};

fn idempotent(value: &str, rule: impl Fn(&str, &mut String) -> Result<(), Invalid>) {
    let mut once = String::new();
    if rule(value, &mut once).is_ok() {
        let mut twice = String::new();
        assert_eq!(rule(&once, &mut twice), Ok(()), "{once:?}");
        assert_eq!(once, twice);
    }
}

fuzz_target!(|value: &str| {
    assert!(value.contains(text::trim(value)));
    if let Ok(number) = number::parse_float(value) {
        assert!(number.is_finite());
    }
    // An invalid value is as good an answer as a valid one: here only panics are found.
    black_box((
        NullTokens::default().is_null(value),
        boolean::parse(value).is_ok(),
        number::parse_integer(value).is_ok(),
    ));
    for (precision, scale) in [(1, 0), (12, 2), (38, 0), (38, 38)] {
        if let Ok(unscaled) = number::parse_decimal(value, precision, scale) {
            assert!(unscaled.unsigned_abs() < 10u128.pow(u32::from(precision)));
        }
    }
    for order in [
        DateOrder::Undeclared,
        DateOrder::DayFirst,
        DateOrder::MonthFirst,
    ] {
        let dates = DateRules::new(order, &[]).expect("no formats");
        let times = TimestampRules::new(order, &[], Some("Europe/Berlin")).expect("a zone");
        black_box((dates.parse(value).is_ok(), times.parse(value).is_ok()));
    }
    black_box(DateRules::new(DateOrder::Undeclared, &[value.to_owned()]).is_ok());
    idempotent(value, uuid::standardise);
    idempotent(value, email::standardise);
    idempotent(value, name::standardise);
    let phone = PhoneRules::new(Some("US"), PhoneFormat::E164).expect("a region");
    idempotent(value, |v, out| phone.standardise(v, out));
});
