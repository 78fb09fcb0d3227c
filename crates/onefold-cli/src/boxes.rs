//! Tables of text, as wide as the terminal.

use std::io::IsTerminal;

use comfy_table::{ContentArrangement, Table, presets};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Widest cell on a terminal.
const CELL: usize = 40;
/// Widest cell elsewhere. Other formats have long texts whole.
const LONG_CELL: usize = 2000;

/// Width of the terminal; `None` where the output goes elsewhere.
pub(crate) fn terminal_width() -> Option<usize> {
    std::io::stdout().is_terminal().then(|| {
        let size = terminal_size::terminal_size();
        size.map_or(80, |(width, _)| usize::from(width.0))
    })
}

/// A box of rows under a header of names and types (of one line where no column has a type), with the names of the columns that have no room.
pub(crate) fn table(
    columns: &[(String, String)],
    rows: &[Vec<Option<String>>],
    width: Option<usize>,
) -> (String, Vec<String>) {
    let cell = |text: &str| match width {
        Some(_) => cut(&plain(text), CELL),
        None => cut(&plain(text), LONG_CELL),
    };
    let header: Vec<String> = columns
        .iter()
        .map(|(name, kind)| match kind.as_str() {
            "" => cell(name),
            kind => format!("{}\n{kind}", cell(name)),
        })
        .collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let values = row.iter().map(|value| match value {
                Some(text) => cell(text),
                None => "∅".to_owned(),
            });
            values.collect()
        })
        .collect();
    let widest = |column: usize| {
        let lines = header.get(column).into_iter().flat_map(|text| text.lines());
        let below = cells.iter().filter_map(|row| row.get(column));
        let lines = lines.chain(below.map(String::as_str));
        lines.map(UnicodeWidthStr::width).max().unwrap_or(0)
    };
    let mut used = 1;
    let shown = (0..columns.len())
        .take_while(|column| {
            used += widest(*column) + 3;
            // The first is shown however wide it is.
            *column == 0 || width.is_none_or(|width| used <= width)
        })
        .count();
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.into_iter().take(shown));
    for row in cells {
        table.add_row(row.into_iter().take(shown));
    }
    let rest = columns.iter().skip(shown).map(|(name, _)| plain(name));
    (table.to_string(), rest.collect())
}

/// A table for this terminal under a header of one line, and the names of the columns that have no room.
pub(crate) fn boxed(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    let columns = columns.iter();
    let columns: Vec<(String, String)> = columns
        .map(|name| ((*name).to_owned(), String::new()))
        .collect();
    let rows = rows.into_iter();
    let rows: Vec<Vec<Option<String>>> = rows
        .map(|row| row.into_iter().map(Some).collect())
        .collect();
    let (mut text, rest) = table(&columns, &rows, terminal_width());
    text.push('\n');
    if !rest.is_empty() {
        text += &format!("no room for {}\n", rest.join(", "));
    }
    text
}

/// A bar of a diagram: its label, how much it is, and its length beside the longest.
pub(crate) fn bars(rows: &[(String, u64)], width: usize) -> String {
    let label = rows.iter().map(|(label, _)| label.width().min(CELL)).max();
    let label = label.unwrap_or(0);
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let digits = most.to_string().len();
    let room = width.saturating_sub(label + digits + 2).clamp(10, 60);
    let mut text = String::new();
    for (name, count) in rows {
        let name = cut(&plain(name), CELL);
        let padding = " ".repeat(label - name.width().min(label));
        // In eighths of a character.
        let eighths = match most {
            0 => 0,
            most => (u128::from(*count) * room as u128 * 8).div_ceil(u128::from(most)) as usize,
        };
        let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
        let bar = "█".repeat(eighths / 8) + part;
        text += format!("{name}{padding} {count:>digits$} {bar}").trim_end();
        text.push('\n');
    }
    text
}

/// A text of data as a terminal may show it: without control characters, which could be commands.
pub(crate) fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

/// A text of at most so many columns, with an ellipsis where it is longer.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let mut width = 1;
    let kept = text.chars().take_while(|c| {
        width += c.width().unwrap_or(0);
        width <= most
    });
    kept.chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<(String, String)> {
        let named = names.iter();
        named
            .map(|name| ((*name).to_owned(), "text".to_owned()))
            .collect()
    }

    #[test]
    fn columns_without_room_are_named() {
        let row = vec![Some("東京".to_owned()), None, Some("a\nb".to_owned())];
        let (text, rest) = table(&columns(&["city", "b", "c"]), &[row], Some(17));
        assert_eq!(rest, ["c"]);
        assert!(text.contains("│ 東京 ┆ ∅    │"), "{text}");
        let wide = vec![Some("x".repeat(200))];
        let (text, _) = table(&columns(&["x"]), std::slice::from_ref(&wide), Some(20));
        assert!(text.lines().all(|line| line.width() <= CELL + 4), "{text}");
        let (text, _) = table(&columns(&["x"]), &[wide], None);
        assert!(text.contains(&"x".repeat(200)));
    }

    #[test]
    fn bars_are_as_long_as_they_count() {
        let rows = [
            ("a".to_owned(), 8),
            ("bb".to_owned(), 1),
            ("c".to_owned(), 0),
        ];
        assert_eq!(bars(&rows, 14), "a  8 ██████████\nbb 1 █▎\nc  0\n");
        assert_eq!(bars(&[], 80), "");
    }

    #[test]
    fn a_long_cell_is_cut() {
        let long = "ab ".repeat(1_000_000);
        let (text, _) = table(&columns(&["a"]), &[vec![Some(long)]], None);
        assert!(
            text.contains('…') && text.len() < 20 * LONG_CELL,
            "{}",
            text.len()
        );
    }

    #[test]
    fn cut_at_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("東京都", 4), "東…");
    }
}
