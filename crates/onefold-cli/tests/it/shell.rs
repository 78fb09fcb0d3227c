//! What a shell wants of a command: completions, and pages for `man`.

use crate::command::Run;

#[test]
fn completions_name_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = Run::new(&["completions", shell]).done();
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{shell}");
        for word in ["onefold", "sessions", "dry-run", "keep-runs"] {
            assert!(done.stdout.contains(word), "{shell}: {word}");
        }
    }
    let done = Run::new(&["completions", "tcsh"]).done();
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_manual_page_for_each_command() {
    let run = Run::new(&["man", "--out", "share/man1"]);
    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    let page = |name: &str| String::from_utf8_lossy(done.file(name)).into_owned();
    let whole = page("share/man1/onefold.1");
    for text in [
        ".TH onefold 1",
        ".SH \"EXIT STATUS\"",
        "onefold\\-sessions(1)",
    ] {
        assert!(whole.contains(text), "{text}\n{whole}");
    }
    let one = page("share/man1/onefold-run.1");
    for text in ["\\-\\-keep\\-runs", ".SH EXAMPLES", "onefold run crm.yaml"] {
        assert!(one.contains(text), "{text}\n{one}");
    }
    let pages = done.files.len();
    let told = format!("Wrote {pages} pages into share/man1\n");
    assert_eq!(done.stdout, told);
    // Made again, they are the same.
    assert_eq!(run.done().files, done.files);
}

#[test]
fn every_help_begins_with_examples() {
    for command in [
        "init",
        "run",
        "check",
        "plan",
        "show",
        "rejects",
        "test",
        "sessions",
        "schema",
        "completions",
        "man",
    ] {
        let help = Run::new(&[command, "--help"]).done().stdout;
        assert!(help.starts_with("Examples:\n  onefold "), "{help}");
        assert!(help.contains("\nGuide: docs/guide/"), "{help}");
    }
}
