//! See `onefold_fuzz::values`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| onefold_fuzz::values(text));
