//! One sheet of a workbook of either kind: chosen, and read.

use onefold_spec::model::InputFormat;

use super::archive::Archive;
use super::grid::{Grid, Sheet};
use super::listed::Listed;
use super::ods::Ods;
use super::trouble::Trouble;
use super::xlsx::Xlsx;
use crate::error::{Error, Kind};
use crate::label::Label;

enum Workbook {
    Xlsx(Xlsx),
    Ods(Ods),
}

impl Workbook {
    fn open(bytes: Vec<u8>, format: InputFormat) -> Result<Self, Trouble> {
        let archive = Archive::open(bytes)?;
        Ok(match format {
            InputFormat::Ods => Workbook::Ods(Ods::open(archive)?),
            _ => Workbook::Xlsx(Xlsx::open(archive)?),
        })
    }

    fn sheets(&mut self) -> Result<Vec<Listed>, Trouble> {
        match self {
            Workbook::Xlsx(workbook) => workbook.sheets(),
            Workbook::Ods(workbook) => workbook.sheets(),
        }
    }

    fn read(&mut self, sheet: usize) -> Result<Grid, Trouble> {
        match self {
            Workbook::Xlsx(workbook) => workbook.read(sheet),
            Workbook::Ods(workbook) => workbook.read(sheet),
        }
    }
}

/// What a workbook came to.
pub(crate) struct Read {
    /// An empty one where no sheet holds anything.
    pub(crate) sheet: Sheet,
    /// Which sheets hold something and are not read.
    pub(crate) passed_over: Option<PassedOver>,
}

/// Sheets that hold something and are not read, where nobody has said which is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PassedOver {
    pub(crate) read: String,
    pub(crate) others: Vec<String>,
    pub(crate) hidden: Vec<String>,
}

/// Reads one sheet of a workbook: the one that is wanted, by name or number.
///
/// # Errors
/// The workbook is damaged, protected or too large; it has no such sheet.
pub(crate) fn read(
    bytes: Vec<u8>,
    format: InputFormat,
    wanted: Option<&str>,
    label: &Label,
) -> Result<Read, Error> {
    let refused = |trouble: Trouble| label.unreadable(trouble.what).hint(trouble.hint);
    let mut workbook = Workbook::open(bytes, format).map_err(refused)?;
    let sheets = workbook.sheets().map_err(refused)?;
    let (chosen, passed_over) = match wanted {
        Some(wanted) => (Some(named(&sheets, wanted, label)?), None),
        None => choose(&sheets),
    };
    let grid = match chosen {
        Some(number) => workbook.read(number).map_err(refused)?,
        None => Grid::default(),
    };
    Ok(Read {
        sheet: grid.finish(),
        passed_over,
    })
}

/// The sheet of a name, or else of a number from 1.
fn named(sheets: &[Listed], wanted: &str, label: &Label) -> Result<usize, Error> {
    let is = |same: &dyn Fn(&str) -> bool| sheets.iter().position(|sheet| same(&sheet.name));
    let by_number = || {
        let number: usize = wanted.parse().ok()?;
        let place = number.checked_sub(1)?;
        (place < sheets.len()).then_some(place)
    };
    let small = wanted.trim().to_lowercase();
    let found = is(&|name| name == wanted)
        .or_else(|| is(&|name| name.trim().to_lowercase() == small))
        .or_else(by_number);
    found.ok_or_else(|| {
        let names = sheets.iter().map(|sheet| sheet.name.as_str());
        let error = Error::new(
            Kind::Declaration,
            format!("`{}` has no sheet `{wanted}`", label.name),
        );
        match onefold_spec::nearest(wanted, names) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => {
                let all = sheets.iter().map(|sheet| format!("`{}`", sheet.name));
                let all: Vec<String> = all.collect();
                error.hint(format!("its sheets are {}", all.join(", ")))
            }
        }
    })
}

/// The first visible sheet that holds anything, or else the first hidden one; and what holds something too.
fn choose(sheets: &[Listed]) -> (Option<usize>, Option<PassedOver>) {
    let mut full: Vec<(usize, &Listed)> = sheets.iter().enumerate().collect();
    full.retain(|(_, sheet)| sheet.has_data);
    let Some((chosen, read)) = full
        .iter()
        .find(|(_, sheet)| !sheet.is_hidden)
        .or(full.first())
        .copied()
    else {
        return (None, None);
    };
    let rest = |is_hidden: bool| -> Vec<String> {
        full.iter()
            .filter(|(number, sheet)| *number != chosen && sheet.is_hidden == is_hidden)
            .map(|(_, sheet)| sheet.name.clone())
            .collect()
    };
    let (others, hidden) = (rest(false), rest(true));
    let is_sure = others.is_empty() && hidden.is_empty() && !read.is_hidden;
    let passed_over = PassedOver {
        read: read.name.clone(),
        others,
        hidden,
    };
    (Some(chosen), (!is_sure).then_some(passed_over))
}

impl std::fmt::Display for PassedOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        let sheets = |names: &[String]| if names.len() == 1 { "sheet" } else { "sheets" };
        write!(f, "the sheet `{}` is read", self.read)?;
        if self.others.is_empty() && self.hidden.is_empty() {
            return f.write_str(", which is hidden");
        }
        if !self.others.is_empty() {
            let (sheets, names) = (sheets(&self.others), list(&self.others));
            write!(f, ", not the {sheets} {names}")?;
        }
        if !self.hidden.is_empty() {
            let (sheets, names) = (sheets(&self.hidden), list(&self.hidden));
            write!(f, ", not the hidden {sheets} {names}")?;
        }
        f.write_str("; `sheet` chooses another")
    }
}

#[cfg(test)]
mod tests;
