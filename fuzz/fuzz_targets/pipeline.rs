//! See `onefold_fuzz::pipeline`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| onefold_fuzz::pipeline(text));
