//! Any bytes are records or faults. Beside what a record costs, an array may lack a comma before each, and its end.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (records, faults) = onefold_read::bare::json(bytes);
    assert!(records + faults <= 2 * bytes.len() + 1);
});
