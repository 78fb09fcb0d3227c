//! Workbooks of Excel since 2007: Office Open XML (ECMA-376).

mod sheet;
mod styles;
mod text;

use std::io::BufRead;

use quick_xml::events::Event;

use super::archive::Archive;
use super::grid::Grid;
use super::listed::Listed;
use super::trouble::Trouble;
use super::xml::{Xml, attribute, is_true};
use sheet::Shared;

pub(super) struct Xlsx {
    archive: Archive,
    sheets: Vec<Entry>,
    /// Paths of the parts that all sheets share.
    strings: Option<String>,
    styles: Option<String>,
    from_1904: bool,
}

/// A sheet, as the workbook lists it.
struct Entry {
    name: String,
    is_hidden: bool,
    /// `None`: a chart or the like, which has no cells.
    path: Option<String>,
}

/// A part that another one names.
struct Relation {
    id: String,
    /// The last part of its type, such as `worksheet`.
    kind: String,
    path: String,
}

impl Xlsx {
    pub(super) fn open(mut archive: Archive) -> Result<Self, Trouble> {
        let main = match archive.xml("_rels/.rels")? {
            Some(xml) => relations(xml, "")?,
            None => Vec::new(),
        };
        let main = main.into_iter().find(|part| part.kind == "officeDocument");
        let path = main.map_or_else(|| "xl/workbook.xml".to_owned(), |part| part.path);
        if path.ends_with(".bin") {
            return Err(Trouble {
                what: "it is a binary Excel workbook (.xlsb)".to_owned(),
                hint: "save it as .xlsx and read that",
            });
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let related = match archive.xml(&join(folder, &format!("_rels/{name}.rels")))? {
            Some(xml) => relations(xml, folder)?,
            None => Vec::new(),
        };
        let of_kind = |kind: &str| {
            let found = related.iter().find(|part| part.kind == kind);
            found.map(|part| part.path.clone())
        };
        let (strings, styles) = (of_kind("sharedStrings"), of_kind("styles"));
        let (sheets, from_1904) = workbook(archive.required(&path)?, &related)?;
        Ok(Self {
            archive,
            sheets,
            strings,
            styles,
            from_1904,
        })
    }

    pub(super) fn sheets(&mut self) -> Result<Vec<Listed>, Trouble> {
        let mut listed = Vec::with_capacity(self.sheets.len());
        for entry in &self.sheets {
            let has_data = match &entry.path {
                Some(path) => sheet::has_data(self.archive.required(path)?)?,
                None => false,
            };
            listed.push(Listed {
                name: entry.name.clone(),
                is_hidden: entry.is_hidden,
                has_data,
            });
        }
        Ok(listed)
    }

    pub(super) fn read(&mut self, number: usize) -> Result<Grid, Trouble> {
        let path = self.sheets.get(number).and_then(|entry| entry.path.clone());
        let Some(path) = path else {
            return Ok(Grid::default());
        };
        let strings = match &self.strings {
            Some(path) => text::shared(self.archive.required(path)?)?,
            None => Vec::new(),
        };
        let styles = match &self.styles {
            Some(path) if self.archive.has(path) => styles::read(self.archive.required(path)?)?,
            _ => Vec::new(),
        };
        let shared = Shared {
            strings,
            styles,
            from_1904: self.from_1904,
        };
        sheet::read(self.archive.required(&path)?, &shared)
    }
}

/// The sheets of a workbook, in their order, and whether its days count from 1904.
fn workbook(
    mut xml: Xml<impl BufRead>,
    related: &[Relation],
) -> Result<(Vec<Entry>, bool), Trouble> {
    let mut sheets = Vec::new();
    let mut from_1904 = false;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "sheet" => {
                    let mut id = None;
                    for attribute in element.attributes().with_checks(false) {
                        let attribute = attribute.map_err(Trouble::damaged)?;
                        if attribute.key.local_name().as_ref() == "id" {
                            id = Some(attribute.value.into_owned());
                        }
                    }
                    let part = related.iter().find(|part| Some(&part.id) == id.as_ref());
                    let has_cells = part.filter(|part| part.kind == "worksheet");
                    let state = attribute(&element, "state")?;
                    sheets.push(Entry {
                        name: attribute(&element, "name")?.unwrap_or_default(),
                        is_hidden: state.is_some_and(|state| state != "visible"),
                        path: has_cells.map(|part| part.path.clone()),
                    });
                }
                "workbookPr" => from_1904 |= is_true(attribute(&element, "date1904")?),
                _ => {}
            },
            Event::Eof => return Ok((sheets, from_1904)),
            _ => {}
        }
    }
}

/// The parts that a part in a folder names.
fn relations(mut xml: Xml<impl BufRead>, folder: &str) -> Result<Vec<Relation>, Trouble> {
    let mut relations = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let kind = attribute(&element, "Type")?.unwrap_or_default();
                let target = attribute(&element, "Target")?.unwrap_or_default();
                relations.push(Relation {
                    id: attribute(&element, "Id")?.unwrap_or_default(),
                    kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                    path: join(folder, &target),
                });
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// A path from a folder of the archive; one that begins with a slash is from its root.
fn join(folder: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let from_root = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    let folder = folder.split('/').filter(|_| !from_root);
    for part in folder.chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
