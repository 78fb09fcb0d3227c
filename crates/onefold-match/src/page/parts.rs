//! What sections are made of: headings, tables, charts with the table behind them.

/// A section with its heading, and what it says in a sentence or two.
pub(super) fn section(id: &str, heading: &str, says: &str, inside: &str) -> String {
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{heading}</h2>\n<p class=\"says\">{says}</p>\n{inside}</section>\n"
    )
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// Of texts.
    Text(&'static str),
    /// Of numbers.
    Number(&'static str),
}

/// A table. Its cells are HTML; the first of each row is its heading.
pub(super) fn table(caption: &str, columns: &[Column], rows: &[Vec<String>]) -> String {
    let mut out = format!("<table>\n<caption>{caption}</caption>\n<thead><tr>");
    for column in columns {
        let (class, name) = match column {
            Column::Text(name) => ("", name),
            Column::Number(name) => (" class=\"num\"", name),
        };
        out += &format!("<th scope=\"col\"{class}>{name}</th>");
    }
    out += "</tr></thead>\n<tbody>\n";
    for row in rows {
        out += "<tr>";
        for (place, (cell, column)) in row.iter().zip(columns).enumerate() {
            let class = match column {
                Column::Text(_) => "",
                Column::Number(_) => " class=\"num\"",
            };
            out += &match place {
                0 => format!("<th scope=\"row\"{class}>{cell}</th>"),
                _ => format!("<td{class}>{cell}</td>"),
            };
        }
        out += "</tr>\n";
    }
    out + "</tbody>\n</table>\n"
}

/// What may be wider than the page: it scrolls by itself, with the keyboard too.
pub(super) fn wide(label: &str, inside: &str) -> String {
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\">\n{inside}</div>\n"
    )
}

/// A chart of SVG and its numbers as a table.
pub(super) fn figure(label: &str, svg: &str, table: &str) -> String {
    format!(
        "<figure>\n{}{}</figure>\n",
        wide(label, svg),
        behind("The numbers as a table", &wide(label, table))
    )
}

/// What is shown when asked for.
pub(super) fn behind(summary: &str, inside: &str) -> String {
    format!("<details>\n<summary>{summary}</summary>\n{inside}</details>\n")
}

/// A sentence in place of a chart of nothing.
pub(super) fn nothing(sentence: &str) -> String {
    format!("<p class=\"nothing\">{sentence}</p>\n")
}

/// A figure of a strip of figures: a number, its name, and what else is to say.
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) number: String,
    pub(super) says: String,
}

/// Numbers side by side.
pub(super) fn tiles(class: &str, tiles: &[Tile]) -> String {
    let mut out = format!("<dl class=\"tiles {class}\">\n");
    for tile in tiles {
        out += &format!(
            "<div><dt>{}</dt><dd class=\"big\">{}</dd><dd class=\"note\">{}</dd></div>\n",
            tile.name, tile.number, tile.says
        );
    }
    out + "</dl>\n"
}
