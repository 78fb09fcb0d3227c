//! See `onefold_fuzz::delimited`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| onefold_fuzz::delimited(bytes));
