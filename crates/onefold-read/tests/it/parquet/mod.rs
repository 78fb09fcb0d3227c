//! Parquet: every type, every shape, whatever other tools write.

mod damaged;
mod explode;
mod files;
mod nested;
mod numbers;
mod several;
mod types;

use super::Outcome;

/// A source of one file `s.parquet`.
fn read(fields: &str, file: &[u8]) -> Outcome {
    super::read_bytes(&yaml(fields), &[("s.parquet", file)])
}

fn yaml(fields: &str) -> String {
    match fields {
        "" => "path: '*.parquet'\n".to_owned(),
        _ => format!("path: '*.parquet'\nfields: {fields}\n"),
    }
}

/// The message of a file that cannot be read, without its folder.
fn refuse(fields: &str, files: &[(&str, &[u8])]) -> String {
    refuse_source(&yaml(fields), files)
}

fn refuse_source(yaml: &str, files: &[(&str, &[u8])]) -> String {
    let folder = super::folder(files);
    let error = super::scan(&super::source(yaml), folder.path(), 2)
        .expect_err("a file that cannot be read");
    let message = error.to_string();
    let path = format!("{}/", folder.path().display());
    assert!(message.contains(&path), "{message}: no file is named");
    let hint = error.hint_text().map(|hint| format!(" ({hint})"));
    message.replace(&path, "") + &hint.unwrap_or_default()
}
