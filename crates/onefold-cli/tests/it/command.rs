//! A run of the command in a folder of its own, and everything that it left.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regex::Regex;
use tempfile::TempDir;

/// A folder with input files, and the command about to be run in it.
#[must_use = "nothing is checked before `golden` or `done`"]
pub(crate) struct Run {
    folder: TempDir,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    given: BTreeMap<String, Vec<u8>>,
    stdin: Option<Vec<u8>>,
}

impl Run {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let arguments = arguments.iter().map(|a| (*a).to_owned()).collect();
        Self {
            folder,
            arguments,
            variables: Vec::new(),
            given: BTreeMap::new(),
            stdin: None,
        }
    }

    /// Puts a file into the folder.
    pub(crate) fn file(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, content.as_ref()).expect("a file");
        self.given
            .insert(name.to_owned(), content.as_ref().to_vec());
        self
    }

    /// What the command can read from standard input; otherwise nothing.
    pub(crate) fn stdin(mut self, content: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(content.as_ref().to_vec());
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn folder(self, name: &str) -> Self {
        fs::create_dir_all(self.path(name)).expect("a folder");
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Other arguments for the next run in the same folder.
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments = arguments.iter().map(|a| (*a).to_owned()).collect();
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onefold"));
        command
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(match &self.stdin {
                Some(content) => piped(content.clone()),
                None => Stdio::null(),
            })
            .env_remove("NO_COLOR");
        command
    }

    /// Starts the command and does not wait for it.
    pub(crate) fn spawn(&self) -> Child {
        self.command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts")
    }

    /// Starts the command with these for standard input and error, and does not wait for it.
    pub(crate) fn spawn_with(&self, stdin: Stdio, stderr: Stdio) -> Child {
        self.command()
            .stdin(stdin)
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .expect("the command starts")
    }

    /// Runs the command to its end.
    pub(crate) fn done(&self) -> Done {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command().output().expect("the command starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command writes UTF-8");
        Done {
            code: status.code(),
            stdout: self.redacted(&text(stdout)),
            stderr: self.redacted(&text(stderr)),
            files: self.files(),
        }
    }

    /// Runs the command and compares all that it did with `tests/it/golden/NAME.txt`. A file that was there before and is still the same
    /// is not listed; one that is gone fails the test.
    pub(crate) fn golden(&self, name: &str) {
        let done = self.done();
        let mut found = format!(
            "$ onefold {}\nexit code: {}\n",
            self.arguments.join(" "),
            done.exit()
        );
        let mut section = |title: &str, text: &str| {
            if !text.is_empty() {
                let end = if text.ends_with('\n') {
                    ""
                } else {
                    "\n(no line end)\n"
                };
                write!(found, "\n=== {title}\n{text}{end}").expect("a string");
            }
        };
        section("stdout", &done.stdout);
        section("stderr", &done.stderr);
        for path in self.given.keys() {
            assert!(done.files.contains_key(path), "`{path}` is gone");
        }
        for (path, content) in &done.files {
            // Every account of a run has checksums.
            if self.given.get(path) == Some(content) || path.ends_with("/checksums") {
                continue;
            }
            match path.starts_with(".onefold/") || path.contains("/.onefold/") {
                true => section(path, "(there)\n"),
                false if content.is_empty() => section(path, "(empty)\n"),
                false => section(path, &self.redacted(&readable(&self.path(path), content))),
            }
        }
        compare(
            &crate::package()
                .join("tests/it/golden")
                .join(name)
                .with_extension("txt"),
            &found,
        );
    }

    /// All files in the folder by their path, run ids redacted.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path
                    .strip_prefix(self.folder.path())
                    .expect("inside")
                    .to_string_lossy()
                    .into_owned();
                found.insert(
                    RUN_ID.replace_all(&name, "RUN").into_owned(),
                    fs::read(&path).expect("a file"),
                );
            }
        }
        found
    }

    /// `text` without what differs from run to run.
    pub(crate) fn redacted(&self, text: &str) -> String {
        redacted(text, self.folder.path())
    }
}

/// A pipe that gives bytes and then ends. A reader that goes away early is no error.
fn piped(content: Vec<u8>) -> Stdio {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    std::thread::spawn(move || std::io::Write::write_all(&mut writer, &content).ok());
    reader.into()
}

/// `text` without what differs from run to run in a folder.
pub(crate) fn redacted(text: &str, folder: &Path) -> String {
    static VARYING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let rules = [
            (r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - ", "TIME - "),
            (r"took \d+\.\d+ s", "took N s"),
            (r#""seconds":[\d.e-]+"#, r#""seconds":N"#),
            (r#""started":"[^"]+""#, r#""started":"TIME""#),
            (r#""age_seconds":-?\d+"#, r#""age_seconds":N"#),
            (
                r"(?m)^(onefold_newest_record_age_seconds\{.*\}) -?\d+$",
                "$1 N",
            ),
            (
                r"process \d+, started [\dTZ:.-]+",
                "process N, started TIME",
            ),
        ];
        rules
            .map(|(pattern, with)| (Regex::new(pattern).expect("a pattern"), with))
            .into()
    });
    let real = folder.canonicalize().expect("a folder");
    let mut text = text
        .replace(&*real.to_string_lossy(), "FOLDER")
        .replace(&*folder.to_string_lossy(), "FOLDER");
    for (pattern, with) in VARYING.iter() {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    RUN_ID.replace_all(&text, "RUN").into_owned()
}

static RUN_ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d{8}T\d{6}\.\d{3}Z").expect("a pattern"));

/// What a run of the command did.
pub(crate) struct Done {
    /// Missing where a signal ended the process.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Every file in the folder, inputs too.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Done {
    pub(crate) fn exit(&self) -> String {
        self.code
            .map_or("killed".to_owned(), |code| code.to_string())
    }

    pub(crate) fn file(&self, path: &str) -> &[u8] {
        self.files
            .get(path)
            .unwrap_or_else(|| panic!("no file `{path}` among {:?}", self.files.keys()))
    }
}

/// A file as text: Parquet and workbooks as tables, whatever is not UTF-8 with its bytes shown.
pub(crate) fn readable(path: &Path, content: &[u8]) -> String {
    if content.starts_with(b"PAR1") {
        parquet(path)
    } else if content.starts_with(b"PK") {
        workbook(content)
    } else {
        String::from_utf8_lossy(content).into_owned()
    }
}

/// A Parquet file as `name:type|...` and its rows, a missing value as `NULL`.
fn parquet(path: &Path) -> String {
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).expect("a file"))
        .expect("Parquet");
    let names: Vec<String> = builder
        .schema()
        .fields()
        .iter()
        .map(|f| format!("{}:{}", f.name(), f.data_type()))
        .collect();
    let mut text = names.join("|") + "\n";
    let options = FormatOptions::default().with_null("NULL");
    for batch in builder.build().expect("Parquet") {
        let batch = batch.expect("rows");
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c, &options).expect("a column"))
            .collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
            writeln!(text, "{}", cells.join("|")).expect("a string");
        }
    }
    text
}

/// The sheets of a workbook of Excel, a line a row: texts in quotes, the number of a format behind `#`.
fn workbook(content: &[u8]) -> String {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"<sheet name="([^"]*)""#).expect("a pattern"));
    static ROW: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?s)<row r="(\d+)"[^>]*>(.*?)</row>"#).expect("a pattern"));
    static CELL: LazyLock<Regex> = LazyLock::new(|| {
        let cell = r#"(?s)<c r="([A-Z]+)\d+"(?: s="(\d+)")?(?: t="(\w+)")?>(.*?)</c>"#;
        Regex::new(cell).expect("a pattern")
    });
    static TAGS: LazyLock<Regex> = LazyLock::new(|| Regex::new("<[^>]*>").expect("a pattern"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(content)).expect("a workbook");
    let mut part = |name: &str| {
        let mut text = String::new();
        let mut file = archive.by_name(name).expect(name);
        std::io::Read::read_to_string(&mut file, &mut text).expect("text");
        text
    };
    let mut out = String::new();
    let book = part("xl/workbook.xml");
    for (number, name) in NAME.captures_iter(&book).enumerate() {
        writeln!(out, "sheet {}", &name[1]).expect("a string");
        let sheet = part(&format!("xl/worksheets/sheet{}.xml", number + 1));
        for row in ROW.captures_iter(&sheet) {
            let cells = CELL.captures_iter(&row[2]).map(|cell| {
                let value = TAGS.replace_all(&cell[4], "");
                let value = match cell.get(3).map(|kind| kind.as_str()) {
                    None => value.into_owned(),
                    Some("inlineStr") => format!("{value:?}"),
                    Some(kind) => format!("{kind} {value}"),
                };
                let format = cell.get(2).map(|format| format!("#{}", format.as_str()));
                format!("{}={value}{}", &cell[1], format.unwrap_or_default())
            });
            let cells: Vec<String> = cells.collect();
            writeln!(out, "{}: {}", &row[1], cells.join(" ")).expect("a string");
        }
    }
    out
}

/// Whether expectations are written down instead of compared.
pub(crate) fn blessing() -> bool {
    std::env::var_os("ONEFOLD_BLESS").is_some_and(|v| v == "1")
}

/// Compares `found` with the file at `path`.
pub(crate) fn compare(path: &Path, found: &str) {
    if blessing() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, found).expect("the golden file");
        return;
    }
    let expected = fs::read_to_string(path)
        .unwrap_or_else(|e| panic!("{}: {e}; ONEFOLD_BLESS=1 writes it", path.display()));
    assert!(
        expected == found,
        "{} differs\n--- expected\n{expected}\n--- found\n{found}",
        path.display()
    );
}
