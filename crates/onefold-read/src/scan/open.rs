//! How a file is opened: what its bytes are, how its records are written, which of its columns are read.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use onefold_spec::model::{Header, InputFormat, Source};

use crate::chunk::{Chunks, HEAD};
use crate::delimited::{self, DelimitedSplitter, Remark};
use crate::error::{Error, Kind};
use crate::fields::Plan;
use crate::input::{self, InputFile, Stream};
use crate::json::{self, FoundColumn, JsonSplitter, Layout, Paths, Preamble};
use crate::parquet::{self, Natural};
use crate::raw::{Between, Splitter};
use crate::versions::{self, Choice};

use super::Scan;

impl Scan {
    pub(super) fn open_file(&self, file: &InputFile) -> Result<OpenFile, Error> {
        let opened = input::open(file)?;
        let format = input::format(&opened, &self.source, file)?;
        if format == InputFormat::Parquet {
            let opened = parquet::open(file)?;
            let choice = versions::choose_by_columns(&self.plan.versions, &file.name, |path| {
                opened.has(path)
            });
            let unknown = if self.plan.as_found {
                Vec::new()
            } else {
                opened.unknown(&self.plan)
            };
            let (rows, places) = opened.rows(&self.plan, choice.of_file())?;
            return Ok(OpenFile::Parquet {
                rows: Box::new(rows),
                places: Arc::new(places),
                file_plan: FilePlan {
                    choice,
                    copies: Vec::new(),
                    unknown,
                    remarks: Vec::new(),
                },
            });
        }
        let digest = Arc::clone(&opened.digest);
        let (mut reader, mut head) = decoded(opened, &self.source, file)?;
        if head.len() < HEAD && input::is_blank(&head) {
            return Ok(OpenFile::nothing(reader, digest));
        }
        let (start, splitter, file_plan): (usize, Arc<dyn Splitter>, FilePlan) = match format {
            InputFormat::Json => {
                let (start, layout) = json_start(&mut reader, &mut head, &self.source, file)?;
                let cells: Vec<_> = self
                    .plan
                    .raw
                    .iter()
                    .map(|c| (c.path.clone(), c.keep))
                    .collect();
                let mut paths = Paths::new(&cells);
                if !self.plan.as_found {
                    paths = paths.with_drift(Arc::clone(&self.plan.ignored));
                }
                if self.plan.as_found
                    && let Some(cell) = self.plan.raw.iter().position(|c| c.path == [json::WHOLE])
                {
                    paths = paths.with_whole(cell);
                }
                let choice = versions::choose_by_record(&self.plan.versions, &file.name);
                let file_plan = FilePlan {
                    choice,
                    copies: Vec::new(),
                    unknown: Vec::new(),
                    remarks: Vec::new(),
                };
                (
                    start,
                    Arc::new(JsonSplitter::new(paths, layout, &self.source.records)),
                    file_plan,
                )
            }
            _ => {
                let expected = self.expected();
                let Some(dialect) = dialect(&head, &self.source, file, &expected)? else {
                    return Ok(OpenFile::nothing(reader, digest));
                };
                let (wanted, file_plan) = self.wanted(&dialect, file)?;
                (
                    dialect.layout.data,
                    Arc::new(DelimitedSplitter::new(
                        &dialect,
                        wanted,
                        self.plan.raw.len(),
                        self.source.dialect.pad,
                    )),
                    file_plan,
                )
            }
        };
        Ok(OpenFile::Text {
            reader,
            head,
            start,
            splitter,
            file_plan,
            digest,
        })
    }

    /// The sets of columns of which a delimited file should have one whole: those of the fields, and of each version.
    fn expected(&self) -> Vec<Vec<String>> {
        if self.plan.as_found {
            return Vec::new();
        }
        let versions = (0..self.plan.versions.len()).map(Some);
        std::iter::once(None)
            .chain(versions)
            .map(|version| {
                let read = self.plan.read_by(version);
                let columns = self.plan.raw.iter().zip(read);
                columns
                    .filter(|(_, read)| *read)
                    .map(|(column, _)| column.path.join("."))
                    .collect()
            })
            .collect()
    }

    /// How each file of delimited text is read, for people; `None` for other formats.
    pub(super) fn describe_file(&self, file: &InputFile) -> Result<Option<Vec<String>>, Error> {
        let opened = input::open(file)?;
        if input::format(&opened, &self.source, file)? != InputFormat::Csv {
            return Ok(None);
        }
        let (_, head) = decoded(opened, &self.source, file)?;
        let dialect = dialect(&head, &self.source, file, &self.expected())?;
        Ok(dialect.map(|dialect| {
            let line = super::count_lines(&head[..dialect.layout.header_at]) + 1;
            dialect.describe(line)
        }))
    }

    /// For each column of a delimited file, the cell that it goes to.
    fn wanted(
        &self,
        dialect: &delimited::Dialect,
        file: &InputFile,
    ) -> Result<(Vec<Option<usize>>, FilePlan), Error> {
        // Delimited text is flat: a path of several keys can only be a name with dots in it.
        let has = |path: &[String]| dialect.layout.names.contains(&path.join("."));
        let choice = versions::choose_by_columns(&self.plan.versions, &file.name, has);
        let version = choice.of_file();
        let mut copies = Vec::new();
        let mut wanted = vec![None; dialect.layout.names.len()];
        let read = self.plan.read_by(version);
        for (cell, column) in self
            .plan
            .raw
            .iter()
            .enumerate()
            .filter(|(cell, _)| read[*cell])
        {
            let name = column.path.join(".");
            match dialect.layout.names.iter().position(|n| *n == name) {
                Some(position) => match wanted[position] {
                    None => wanted[position] = Some(cell),
                    Some(first) => copies.push((first, cell)),
                },
                None if self.plan.as_found => {}
                None => {
                    let near = onefold_spec::nearest(
                        &name,
                        dialect.layout.names.iter().map(String::as_str),
                    );
                    let version = version.and_then(|number| self.plan.versions.get(number));
                    let version = version.map_or(String::new(), |version| {
                        format!("version `{}` of ", version.name)
                    });
                    let error = Error::new(
                        Kind::Declaration,
                        format!(
                            "`{}` has no column `{name}`, which {version}source `{}` reads",
                            file.name, self.source.name.value
                        ),
                    );
                    return Err(match near {
                        Some(near) => error.hint(format!("did you mean `{near}`?")),
                        None => {
                            error.hint(format!("its columns are {}", quoted(&dialect.layout.names)))
                        }
                    });
                }
            }
        }
        let unknown = match &self.source.dialect.header {
            _ if self.plan.as_found => Vec::new(),
            // The pipeline itself gives the names.
            Header::Names(_) => Vec::new(),
            Header::Found | Header::Rows(_) | Header::None => {
                let mentioned: HashSet<String> = self
                    .plan
                    .raw
                    .iter()
                    .map(|column| column.path.join("."))
                    .collect();
                let names = dialect.layout.names.iter();
                names
                    .filter(|name| !mentioned.contains(*name) && !self.plan.ignored.has(name))
                    .cloned()
                    .collect()
            }
        };
        Ok((
            wanted,
            FilePlan {
                choice,
                copies,
                unknown,
                remarks: dialect.layout.remarks.clone(),
            },
        ))
    }
}

/// How the records of one file are read.
#[derive(Default)]
pub(super) struct FilePlan {
    pub(super) choice: Choice,
    /// Cells that have the text of other cells: pairs of (from, to).
    pub(super) copies: Vec<(usize, usize)>,
    /// Columns of the file that nobody mentions; those of JSON show as it is read.
    pub(super) unknown: Vec<String>,
    /// What was found out about the file that its reader should know of.
    pub(super) remarks: Vec<Remark>,
}

fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
    if names.len() > SHOWN {
        list.push(format!("and {} more", names.len() - SHOWN));
    }
    list.join(", ")
}

pub(super) type Digest = Arc<OnceLock<u128>>;

pub(super) enum OpenFile {
    Text {
        reader: Box<dyn Stream>,
        head: Vec<u8>,
        start: usize,
        splitter: Arc<dyn Splitter>,
        file_plan: FilePlan,
        digest: Digest,
    },
    Parquet {
        rows: Box<parquet::Rows>,
        places: Arc<parquet::Places>,
        file_plan: FilePlan,
    },
}

impl OpenFile {
    /// A file without a single record.
    fn nothing(reader: Box<dyn Stream>, digest: Digest) -> Self {
        let dialect = delimited::Dialect::of_nothing();
        let splitter = DelimitedSplitter::new(&dialect, Vec::new(), 0, false);
        OpenFile::Text {
            reader,
            head: Vec::new(),
            start: 0,
            splitter: Arc::new(splitter),
            file_plan: FilePlan::default(),
            digest,
        }
    }
}

/// The decoded stream of a file and its first bytes.
fn decoded(
    opened: input::Opened,
    source: &Source,
    file: &InputFile,
) -> Result<(Box<dyn Stream>, Vec<u8>), Error> {
    let declared = source
        .encoding
        .as_ref()
        .map(|label| input::encoding(label))
        .transpose()?;
    let mut reader = opened.decode(declared, &file.path)?;
    let mut head = Vec::new();
    let read = reader.append(HEAD, &mut head);
    read.map_err(|e| input::corrupt(&file.path, e))?;
    Ok((reader, head))
}

/// How a delimited file is written. A header is no record that could be set aside: one that cannot be read makes the file unreadable.
fn dialect(
    head: &[u8],
    source: &Source,
    file: &InputFile,
    expected: &[Vec<String>],
) -> Result<Option<delimited::Dialect>, Error> {
    let is_whole = head.len() < HEAD;
    let found = delimited::sniff(head, is_whole, &source.dialect, expected).map_err(|_| {
        Error::unreadable(
            &file.path,
            "no line in its first MiB holds the text of `skip_until`",
        )
    })?;
    if let Some(found) = &found
        && found.layout.header_at < found.layout.data
    {
        if found.layout.data == head.len() && !is_whole {
            return Err(Error::unreadable(
                &file.path,
                "its first line, the header, is longer than 1 MiB",
            ));
        }
        if let Err(e) = std::str::from_utf8(&head[found.layout.header_at..found.layout.data]) {
            let encoding = source
                .encoding
                .as_ref()
                .map_or("UTF-8", |label| label.as_str());
            let error = Error::unreadable(
                &file.path,
                format_args!(
                    "its header is not valid {encoding} at byte {}",
                    found.layout.header_at + e.valid_up_to() + 1
                ),
            );
            return Err(
                error.hint("name the encoding of the file, such as `encoding: windows-1252`")
            );
        }
    }
    Ok(found)
}

/// Finds the first record of a JSON file and how the file is written, reading on as far as that takes.
fn json_start(
    reader: &mut Box<dyn Stream>,
    head: &mut Vec<u8>,
    source: &Source,
    file: &InputFile,
) -> Result<(usize, Layout), Error> {
    let path = &source.records;
    let mut whole = head.len() < HEAD;
    loop {
        match json::preamble(head, path, whole) {
            Preamble::Found { start, layout } => return Ok((start, layout)),
            Preamble::More => {
                let have = head.len();
                head.resize(have + have.max(HEAD), 0);
                let n = input::fill(reader, &mut head[have..])
                    .map_err(|e| input::corrupt(&file.path, e))?;
                whole = n < head.len() - have;
                head.truncate(have + n);
            }
            Preamble::NoArray { at, keys } => {
                let error = Error::new(
                    Kind::Declaration,
                    format!("`{}` has no array under `{at}`", file.name),
                );
                let last = path.last().map_or("", String::as_str);
                return Err(
                    match onefold_spec::nearest(last, keys.iter().map(String::as_str)) {
                        Some(near) => error.hint(format!("did you mean `{near}`?")),
                        None if keys.is_empty() => {
                            error.hint("`records:` names the key of an array")
                        }
                        None => error.hint(format!(
                            "`records:` names the key of an array; the keys there are {}",
                            quoted(&keys)
                        )),
                    },
                );
            }
            Preamble::Broken(what) => {
                return Err(Error::unreadable(
                    &file.path,
                    format_args!("no array under `{}`: {what}", path.join(".")),
                ));
            }
        }
    }
}

/// The plan of a source without declared fields: the columns that its files have.
pub(super) fn found_plan(source: &Source, files: &[InputFile]) -> Result<Plan, Error> {
    let mut names: Vec<String> = Vec::new();
    let mut columns: Vec<FoundColumn> = Vec::new();
    let mut any_json = false;
    let mut stored: Vec<(String, Natural)> = Vec::new();
    let mut stored_files = 0;
    for file in files {
        let opened = input::open(file)?;
        let found = match input::format(&opened, source, file)? {
            InputFormat::Parquet => {
                let opened = parquet::open(file)?;
                opened.refuse_repeated_names()?;
                stored_files += 1;
                for (name, natural) in opened.columns() {
                    match stored.iter_mut().find(|(known, _)| known == name) {
                        Some((_, known)) => *known = known.or(natural),
                        None => stored.push((name.to_owned(), natural)),
                    }
                }
                opened.columns().map(|(name, _)| name.to_owned()).collect()
            }
            InputFormat::Csv => {
                let (_, head) = decoded(opened, source, file)?;
                match head.len() < HEAD && input::is_blank(&head) {
                    true => Vec::new(),
                    false => dialect(&head, source, file, &[])?
                        .map(|d| d.layout.names)
                        .unwrap_or_default(),
                }
            }
            InputFormat::Json => {
                any_json = true;
                discover_json(opened, source, file, &mut columns)?;
                continue;
            }
        };
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if stored_files > 0 && stored_files == files.len() {
        return Ok(Plan::of_natural(&stored));
    }
    if !any_json {
        return Ok(Plan::of_columns(&names));
    }
    for name in names {
        match columns.iter_mut().find(|c| c.name == name) {
            Some(column) => column.kind = json::FoundKind::Text,
            None => columns.push(FoundColumn {
                name,
                kind: json::FoundKind::Text,
            }),
        }
    }
    Ok(Plan::of_found(&columns))
}

fn discover_json(
    opened: input::Opened,
    source: &Source,
    file: &InputFile,
    found: &mut Vec<FoundColumn>,
) -> Result<(), Error> {
    let (mut reader, mut head) = decoded(opened, source, file)?;
    if head.len() < HEAD && input::is_blank(&head) {
        return Ok(());
    }
    let (start, layout) = json_start(&mut reader, &mut head, source, file)?;
    let paths = Paths::new(&[]).with_records();
    let splitter: Arc<dyn Splitter> = Arc::new(JsonSplitter::new(paths, layout, &source.records));
    let mut chunks = Chunks::new(
        reader,
        file.path.clone(),
        Arc::clone(&splitter),
        head[start..].to_vec(),
        0,
    );
    let mut rest: Vec<u8> = Vec::new();
    let mut between = Between::Ready;
    while let Some(chunk) = chunks.next()? {
        rest.extend_from_slice(&chunk.text);
        let split = splitter.split(&rest, between, chunk.last);
        for (start, end) in &split.records.spans {
            json::discover(&rest[*start as usize..*end as usize], found);
        }
        between = split.between;
        rest.drain(..split.rest);
    }
    Ok(())
}
