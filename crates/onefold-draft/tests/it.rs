//! Golden drafts: each folder of `cases` has files and, beside it, the draft that is expected of them.

use std::path::{Path, PathBuf};

use onefold_draft::{Limits, draft, files_of, group, sample};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn drafted(folder: &Path, limits: &Limits) -> String {
    let files = files_of(folder, ".").expect("files");
    let samples = files
        .iter()
        .map(|file| sample(folder, file, limits).expect("a sample"));
    let drafted = draft(&group(folder, samples.collect()));
    let found = drafted.found().join("\n# ");
    format!("# {found}\n{}", drafted.yaml())
}

fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(cases()).expect("cases");
    let mut folders: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

#[test]
fn drafts() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let found = drafted(&folder, &Limits::default());
        let path = folder.with_extension("yaml");
        if std::env::var_os("ONEFOLD_BLESS").is_some() {
            std::fs::write(&path, &found).expect("a writable case");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if found != expected {
            wrong.push(format!(
                "{}:\n--- expected\n{expected}\n--- found\n{found}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The loader takes every draft as it is, without a warning.
#[test]
fn drafts_are_pipelines() {
    for folder in folders() {
        let text = drafted(&folder, &Limits::default());
        let loaded = onefold_spec::load(&text, Path::new("onefold.yaml"), &|_| None);
        let loaded = loaded.unwrap_or_else(|findings| panic!("{findings:?}\n{text}"));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    }
}

/// A part of a file is no proof: nothing is said of all records, and a lookup does not count on a key being there once.
#[test]
fn samples_of_large_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows = String::from("user_id,event_time,score\n");
    for n in 0..200_000 {
        rows += &format!(
            "u{},2024-01-01T00:{:02}:{:02}Z,{}.5\n",
            n % 5000,
            n / 60 % 60,
            n % 60,
            n % 7
        );
    }
    std::fs::write(folder.path().join("events.csv"), rows).expect("a file");
    let limits = Limits {
        whole_bytes: 1 << 20,
        ..Limits::default()
    };
    let text = drafted(folder.path(), &limits);
    assert!(text.contains("a sample of"), "{text}");
    assert!(
        text.contains("event_time: {type: timestamp, required: true}"),
        "{text}"
    );
    assert!(text.contains("sessionize"), "{text}");
}
