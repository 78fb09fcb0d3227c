//! The checks on samples changed at random, so many for each check. `ONEFOLD_FUZZ_SEED` and `ONEFOLD_FUZZ_RUNS` change which and how many.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// What has a meaning to one parser or another.
const WORDS: &[&str] = &[
    "\"",
    "\"\"",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    "{\"a\":",
    "null",
    "true",
    "-0",
    "1e9",
    "0.1",
    " ",
    "\u{feff}",
    "é",
    "#",
    "'",
    "%Y",
    "- ",
    "a: ",
    "&a ",
    "*a",
    "2024-01-02",
    "T10:00:00Z",
    "+01:00",
    "@",
    ".",
];

/// Numbers at random by xorshift (G. Marsaglia, "Xorshift RNGs", 2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        start..start + self.below((len - start).min(40) + 1)
    }
}

fn changed(samples: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = samples[random.below(samples.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] = random.next() as u8,
            1 => drop(bytes.drain(random.range(bytes.len()))),
            2 => bytes.truncate(at),
            3 => {
                let again = bytes[random.range(bytes.len())].to_vec();
                bytes.splice(at..at, again);
            }
            4 => {
                let other = &samples[random.below(samples.len())];
                let part = other[random.range(other.len())].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())].bytes();
                bytes.splice(at..at, word);
            }
        }
    }
    bytes
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of samples") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// Runs a check on samples below the given folders, each cut at 2 KiB.
fn run(folders: &[&str], runs: usize, check: impl Fn(&[u8])) {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let seed = number("ONEFOLD_FUZZ_SEED").unwrap_or(0x5eed).max(1);
    let runs = number("ONEFOLD_FUZZ_RUNS").map_or(runs, |runs| runs as usize);
    let root = std::env::var_os("CARGO_MANIFEST_DIR").expect("run by cargo");
    let root = PathBuf::from(root).join("..");
    let mut paths = Vec::new();
    folders
        .iter()
        .for_each(|folder| files(&root.join(folder), &mut paths));
    paths.sort();
    let mut samples: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| {
            let mut bytes = fs::read(path).expect("a sample");
            bytes.truncate(2048);
            bytes
        })
        .collect();
    samples.push(Vec::new());
    let mut random = Random(seed);
    for round in 0..runs {
        let bytes = changed(&samples, &mut random);
        let done = catch_unwind(AssertUnwindSafe(|| check(&bytes)));
        assert!(
            done.is_ok(),
            "seed {seed}, round {round}: {:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

fn of_text(check: impl Fn(&str)) -> impl Fn(&[u8]) {
    move |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            check(text);
        }
    }
}

const SAMPLES: &[&str] = &["tests/badinput", "examples"];

#[test]
fn delimited() {
    run(SAMPLES, 30_000, onefold_fuzz::delimited);
}

#[test]
fn json() {
    run(SAMPLES, 30_000, onefold_fuzz::json);
}

#[test]
fn pipeline() {
    let samples = ["crates/onefold-spec/tests/cases", "examples"];
    run(&samples, 10_000, of_text(onefold_fuzz::pipeline));
}

#[test]
fn values() {
    run(SAMPLES, 20_000, of_text(onefold_fuzz::values));
}
