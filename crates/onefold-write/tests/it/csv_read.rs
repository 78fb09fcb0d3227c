//! The smallest reader of RFC 4180: one state a character, nothing clever. It tells a quoted cell from a bare one.

/// A cell and whether it was quoted.
pub(crate) type Cell = (String, bool);

/// The records of a CSV text; `Err` where a quote stands where none may.
pub(crate) fn parse(text: &str, delimiter: char) -> Result<Vec<Vec<Cell>>, String> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() {
        let mut cell = String::new();
        let quoted = chars.next_if_eq(&'"').is_some();
        if quoted {
            loop {
                match chars.next().ok_or("open quote at the end")? {
                    '"' if chars.next_if_eq(&'"').is_none() => break,
                    char => cell.push(char),
                }
            }
        } else {
            while let Some(char) = chars.next_if(|&char| char != delimiter && char != '\n') {
                if char == '"' || char == '\r' {
                    return Err(format!("{char:?} in a bare cell after {cell:?}"));
                }
                cell.push(char);
            }
        }
        record.push((cell, quoted));
        match chars.next() {
            Some('\n') => records.push(std::mem::take(&mut record)),
            Some(char) if char == delimiter => {}
            other => return Err(format!("{other:?} after a cell")),
        }
    }
    match record.is_empty() {
        true => Ok(records),
        false => Err("no line end at the end".to_owned()),
    }
}
