//! `tests/cases/NAME.yaml` is loaded, and what the loader says is compared with `NAME.expected`.
//!
//! `ONEFOLD_BLESS=1` writes the `.expected` files: read the difference before it is kept. Lines that start with `# env NAME=VALUE`
//! set the environment of a case.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use onefold_spec::{Style, load, render_all};

/// Fewest cases: one that is not found is one that does not fail.
const FEWEST: usize = 40;

#[test]
fn every_case_says_what_is_expected() {
    // Not the folder in which this was built: clones may share what they build.
    let package = env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    let folder = Path::new(&package).join("tests/cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    cases.sort();
    assert!(cases.len() >= FEWEST, "{} cases", cases.len());
    let bless = env::var_os("ONEFOLD_BLESS").is_some();
    let mut failed = Vec::new();
    for case in &cases {
        let said = run(case);
        let expected = case.with_extension("expected");
        if bless {
            fs::write(&expected, &said).expect("the expected text is written");
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(&said) {
            failed.push(format!("{}\n{said}", case.display()));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} cases:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
}

fn run(case: &Path) -> String {
    let text = fs::read_to_string(case).expect("the case");
    let environment: HashMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# env ")?.split_once('='))
        .collect();
    let path = Path::new("onefold.yaml");
    let (verdict, findings) = match load(&text, path, &|name| {
        environment.get(name).map(|value| (*value).to_owned())
    }) {
        Ok(loaded) => ("loads\n", loaded.warnings),
        Err(findings) => ("refused\n", findings),
    };
    let mut said = verdict.to_owned();
    if !findings.is_empty() {
        said.push('\n');
        said.push_str(&render_all(&findings, path, &text, Style::Plain));
    }
    for value in environment.values().filter(|value| value.len() > 3) {
        assert!(
            !said.contains(value),
            "{} shows the value of a variable:\n{said}",
            case.display()
        );
    }
    said
}
