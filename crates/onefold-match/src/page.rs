//! A page that shows how records were matched: what was learned, which pairs were linked and why, and what it cost.
//!
//! One file of HTML that needs nothing else: charts are SVG, and every chart has its numbers as a table. It is well-formed XML too. Texts
//! from the data are escaped, cut where they are long, and their control characters are shown as pictures. The same page gives the same
//! bytes.

mod about;
mod data;
mod learned;
mod parts;
mod scores;
mod svg;
mod text;
mod waterfall;

pub use data::{Blocking, ColumnUse, Example, Page, Prevented};

/// Each section with its name in the list of contents.
type Section = (&'static str, &'static str, fn(&Page) -> String);

const SECTIONS: &[Section] = &[
    ("headline", "At a glance", about::headline),
    ("columns", "Columns", about::columns),
    ("weights", "Match weights", |page| {
        learned::weights(&page.model)
    }),
    ("shares", "m and u", |page| learned::shares(&page.model)),
    ("probabilities", "Probability", scores::probabilities),
    ("examples", "Pairs explained", waterfall::examples),
    ("sizes", "Sizes", about::sizes),
    ("blocking", "Blocking", about::blocking),
    ("unlinkable", "Unlinkable", about::unlinkable),
    ("prevented", "Guards", about::prevented),
    ("time", "Time", about::time),
];

/// The page as HTML.
pub fn html(page: &Page) -> String {
    let title = text::escaped(&page.title);
    let style = include_str!("page/page.css");
    let script = include_str!("page/page.js");
    let mut contents = String::new();
    let mut sections = String::new();
    for (id, name, section) in SECTIONS {
        contents += &format!("<li><a href=\"#{id}\">{name}</a></li>\n");
        sections += &section(page);
    }
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n\
         <head>\n\
         <meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <meta name=\"color-scheme\" content=\"light dark\" />\n\
         <title>{title}</title>\n\
         <style>\n{style}</style>\n\
         </head>\n\
         <body>\n\
         <p class=\"personal\" role=\"note\"><strong>Personal data.</strong> This page shows values of records, such as names and addresses. \
         Keep and share it with the care that the data itself needs.</p>\n\
         <header>\n\
         <h1>{title}</h1>\n\
         <button type=\"button\" id=\"theme\" hidden=\"hidden\">Dark</button>\n\
         <nav aria-label=\"Sections\"><ul>\n{contents}</ul></nav>\n\
         </header>\n\
         <main>\n{sections}</main>\n\
         <script>\n{script}</script>\n\
         </body>\n\
         </html>\n"
    )
}
