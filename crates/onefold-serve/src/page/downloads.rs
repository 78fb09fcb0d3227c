//! The menu of files that hold all rows of what is seen.

use maud::{Markup, html};

use crate::link::Link;

/// The files of an address, under a sentence that says what is in them.
pub(crate) fn menu(sentence: &Markup, link: &Link, has_json: bool) -> Markup {
    html! {
        details.menu.right.download {
            summary { "Download" }
            div {
                (sentence)
                ul {
                    li { a href=(link.as_format(".csv")) download { "CSV for spreadsheets" }
                        span.quiet { " texts that begin like a formula get an apostrophe" } }
                    li { a href=(link.clone().with("raw", 1).as_format(".csv")) download { "CSV, raw" }
                        span.quiet { " every value as it is" } }
                    li { a href=(link.as_format(".parquet")) download { "Parquet" } }
                    li { a href=(link.as_format(".jsonl")) download { "JSON Lines" } }
                    @if has_json { li { a href=(link.as_format(".json")) download { "JSON" } } }
                }
            }
        }
    }
}
