//! Tables that share their inputs: a table comes out the same, whoever else reads what it is made of.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use onefold_engine::{Keep, Project, RunOptions};

/// Numbers at random by xorshift (G. Marsaglia, "Xorshift RNGs", 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

fn source(random: &mut Random) -> String {
    let mut text = "k,v,t\n".to_owned();
    for _ in 0..60 {
        let key = match random.below(9) {
            0 => String::new(),
            _ => random.below(40).to_string(),
        };
        let (value, day) = (random.below(9), 1 + random.below(28));
        writeln!(text, "{key},{value},2024-01-{day:02}").expect("a line");
    }
    text
}

/// A table over two others, which may be one and the same.
fn table(random: &mut Random, names: &[String]) -> String {
    let a = &names[random.below(names.len())];
    let b = &names[random.below(names.len())];
    let step = match random.below(10) {
        0 => format!("from: {a}"),
        1 => format!("join: {{from: {a}, left: [{{table: {b}, on: k, expect: first}}]}}"),
        2 => format!("join: {{from: {a}, semi: [{{table: {b}, on: k}}]}}"),
        3 => format!("join: {{from: {a}, full: [{{table: {b}, on: k, expect: last}}]}}"),
        4 => format!("aggregate: {{from: {a}, by: k, columns: {{v: sum(v), t: max(t)}}}}"),
        5 => format!("dedupe: {{from: {a}, by: k}}"),
        6 => format!("union: [{a}, {b}]"),
        7 => format!("sql: \"SELECT k, v, t FROM {a} WHERE k IN (SELECT k FROM {b})\""),
        _ => format!("asof_join: {{left: {a}, right: {b}, by: k, on: t, direction: backward}}"),
    };
    let filter = random.one(&["", ", where: v > 2"]);
    let order = random.one(&[
        "",
        "",
        ", order_by: [v, k, t]",
        ", order_by: [\"v + k\", k, t]",
    ]);
    format!("{{{step}{filter}, select: [k, v, t]{order}}}")
}

/// The files that a run of these tables publishes, one for each of the outputs.
fn run(
    folder: &Path,
    tables: &str,
    outputs: &[&String],
) -> Result<BTreeMap<String, String>, String> {
    let mut text = "pipeline: p\nsources:\n".to_owned();
    for name in ["s0", "s1"] {
        writeln!(
            text,
            "  {name}: {{path: {name}.csv, fields: {{k: integer, v: integer, t: date}}}}"
        )
        .expect("a line");
    }
    write!(text, "tables:\n{tables}outputs:\n").expect("text");
    for output in outputs {
        writeln!(text, "  - {{table: {output}, path: {output}.csv}}").expect("a line");
    }
    let project = Project::from_text(text, folder.join("p.yaml"), &|_| None)
        .map_err(|e| format!("{:?}", e.error.diagnostics()))?;
    let out = tempfile::tempdir().map_err(|e| e.to_string())?;
    let report = project.run(&RunOptions {
        keep: Keep::None,
        state_dir: None,
        new_ids: false,
        input_dir: None,
        output_dir: out.path().to_path_buf(),
        threads: 2,
        clock: &|| jiff::Timestamp::UNIX_EPOCH,
        on_event: &|_| {},
        interrupted: &AtomicBool::new(false),
        keep_runs: 20,
        stdin: None,
        memory: None,
    });
    report.map_err(|e| e.to_string())?;
    let read = |output: &&String| {
        let file = std::fs::read_to_string(out.path().join(format!("{output}.csv")));
        file.map(|text| ((*output).clone(), text))
            .map_err(|e| e.to_string())
    };
    outputs.iter().map(read).collect()
}

#[test]
fn a_table_comes_out_the_same_whoever_else_reads_its_inputs() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in 1..=60 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        for name in ["s0", "s1"] {
            let path = folder.path().join(format!("{name}.csv"));
            std::fs::write(path, source(&mut random)).expect("a file");
        }
        let mut names = vec!["s0".to_owned(), "s1".to_owned()];
        let mut tables = String::new();
        for number in 0..3 + random.below(5) {
            let made = table(&mut random, &names);
            writeln!(tables, "  t{number}: {made}").expect("a line");
            names.push(format!("t{number}"));
        }
        let all: Vec<&String> = names.iter().collect();
        let told = |e: String| format!("seed {seed}: {e}\n{tables}");
        let together = run(folder.path(), &tables, &all).map_err(told);
        let together = together.unwrap_or_else(|e| panic!("{e}"));
        let backwards: Vec<&String> = all.iter().rev().copied().collect();
        let other = run(folder.path(), &tables, &backwards).map_err(told);
        assert_eq!(other.as_ref(), Ok(&together), "seed {seed}\n{tables}");
        for name in &names {
            let alone = run(folder.path(), &tables, &[name]).map_err(told);
            let alone = alone.unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(alone[name], together[name], "seed {seed}, {name}\n{tables}");
        }
    }
}
