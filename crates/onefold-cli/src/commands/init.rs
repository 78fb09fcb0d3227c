//! `onefold init FILE...`

use std::io::Write;
use std::path::Path;

use onefold_draft::{Error, Limits, Sampled, draft, files_of, group, sample, sample_stdin};
use onefold_spec::model::Source;

use crate::arguments::{Format, InitArgs};
use crate::output::Output;

/// Name of the pipeline file, as the other commands look for it in a folder.
const FILE_NAME: &str = "onefold.yaml";

/// Ends of names that data files have, below their compression: what else is in a folder is not looked at.
const DATA: &[&str] = &[
    "csv", "tsv", "psv", "txt", "tab", "dat", "json", "jsonl", "ndjson", "parquet", "pq", "log",
];

/// Beginnings of names of files for people.
const PROSE: &[&str] = &["readme", "license", "licence", "changelog", "notice"];

pub(crate) fn init(args: &InitArgs, output: &Output) -> anyhow::Result<u8> {
    let target = args.output.join(FILE_NAME);
    if !args.stdout && target.exists() {
        let hint = "remove it, name another folder with --out, or print the draft with --stdout";
        let message = format!("`{}` is there already", target.display());
        return Ok(output.usage_with_hint(&message, hint));
    }
    let here = Path::new(".");
    let samples = match samples(args, output) {
        Ok(samples) => samples,
        Err(error) => return Ok(output.unreadable(&error.to_string(), error.hint_text())),
    };
    if samples.is_empty() {
        let hint = "name the files: `onefold init customers.csv orders.json`";
        return Ok(output.usage_with_hint("there are no data files", hint));
    }
    let mut samples = group(here, samples);
    if !args.stdout && args.output != here {
        std::fs::create_dir_all(&args.output)?;
        for sampled in &mut samples {
            if sampled.path != Source::STDIN {
                sampled.path = between(&args.output, Path::new(&sampled.path));
            }
        }
    }
    let drafted = draft(&samples);
    let text = drafted.yaml();
    if args.stdout {
        output.say(&text)?;
        return Ok(0);
    }
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&target);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| anyhow::anyhow!("could not write `{}`: {e}", target.display()))?;
    match output.format {
        Format::Json => {
            let body = serde_json::json!({"pipeline": target, "found": drafted.found()});
            output.say(&format!("{body}\n"))?;
        }
        Format::Human => {
            let mut said = drafted.found().join("\n");
            said += &format!(
                "\nWrote {}; look at it, then: onefold run {}\n",
                target.display(),
                args.output.display()
            );
            output.say(&said)?;
        }
    }
    Ok(0)
}

/// Looks at all files. A file that was named has to be readable; one that lies in a folder is left out if it is not.
fn samples(args: &InitArgs, output: &Output) -> Result<Vec<Sampled>, Error> {
    let threads = args.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    let limits = Limits {
        threads,
        ..Limits::default()
    };
    let here = Path::new(".");
    let mut samples: Vec<Sampled> = Vec::new();
    for input in &args.inputs {
        let path = input.to_string_lossy();
        if path == Source::STDIN {
            if !samples.iter().any(|known| known.path == path) {
                samples.push(sample_stdin(&mut std::io::stdin(), &limits)?);
            }
            continue;
        }
        let path = path.strip_prefix("./").unwrap_or(&path);
        let is_folder = input.is_dir();
        for file in files_of(here, path)? {
            if samples.iter().any(|known| known.path == file) || is_folder && !is_data(&file) {
                continue;
            }
            match sample(here, &file, &limits) {
                Ok(sampled) => samples.push(sampled),
                Err(error) if is_folder => output.note(&format!("left out: {error}")),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(samples)
}

fn is_data(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let mut ends = name.rsplit('.');
    let mut end = ends.next().unwrap_or_default();
    if matches!(end, "gz" | "zst" | "zstd") {
        end = ends.next().unwrap_or_default();
    }
    DATA.contains(&end) && !PROSE.iter().any(|prose| name.starts_with(prose))
}

/// A path or pattern that is relative to the current folder, as it is seen from `dir`, which is there.
pub(super) fn between(dir: &Path, path: &Path) -> String {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let name = path.file_name().map(Path::new).unwrap_or(Path::new(""));
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // A pattern of folders has no place of its own.
    let (Ok(from), Ok(to)) = (dir.canonicalize(), folder.canonicalize()) else {
        return std::path::absolute(path).map_or_else(|_| text(path), |path| text(&path));
    };
    if path.is_absolute() {
        return text(path);
    }
    let to = to.join(name);
    let pairs = from.components().zip(to.components());
    let common = pairs.take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down = to.components().skip(common);
    let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_from_a_folder() {
        // The folder of the package, where tests run.
        for (dir, path, expected) in [
            (".", "a.csv", "a.csv"),
            (".", "src/*.csv", "src/*.csv"),
            ("tests", "src/a.csv", "../src/a.csv"),
            ("src", "src/a.csv", "a.csv"),
            ("src", "a.csv", "../a.csv"),
            ("src", "/data/a.csv", "/data/a.csv"),
        ] {
            assert_eq!(between(Path::new(dir), Path::new(path)), expected);
        }
    }

    #[test]
    fn data_in_folders() {
        for (name, expected) in [
            ("a.csv", true),
            ("a/b.json.gz", true),
            ("README.txt", false),
            ("onefold.yaml", false),
            ("a.xlsx", false),
        ] {
            assert_eq!(is_data(name), expected, "{name}");
        }
    }
}
