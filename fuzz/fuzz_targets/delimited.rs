//! Any bytes are records or faults; a fault costs at least a byte.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (records, faults) = onefold_read::bare::delimited(bytes);
    assert!(records + faults <= bytes.len());
});
