//! Any text is a pipeline or has diagnostics, and these can be shown.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use onefold_spec::{Style, load, render_all};

fuzz_target!(|text: &str| {
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
});
