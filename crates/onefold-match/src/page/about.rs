//! What is said in numbers and tables: the records, the columns, the customers, the work.

use super::data::{ColumnUse, Page};
use super::parts::{Column, Tile, behind, figure, nothing, section, table, tiles, wide};
use super::svg::{Axis, Bar, LABELS, Line, Scale, WIDTH, bars};
use super::text::{count, counted, escaped, part, seconds, threshold};

/// The numbers that come first.
pub(super) fn headline(page: &Page) -> String {
    let duplicates = page.records.saturating_sub(page.customers);
    let [possible, least] = page.thresholds.map(threshold);
    let sources = page.sources.len() as u64;
    let tile = |name, number, says| Tile {
        name,
        number: count(number),
        says,
    };
    let numbers = tiles(
        "headline",
        &[
            tile(
                "Records",
                page.records,
                format!("from {}", counted(sources, "source", "sources")),
            ),
            tile(
                "Customers",
                page.customers,
                "people or companies they stand for".to_owned(),
            ),
            tile(
                "Duplicates found",
                duplicates,
                format!("{} of the records", part(duplicates, page.records)),
            ),
            tile(
                "Possible pairs",
                page.possible,
                format!("to review: from {possible}, not linked at {least}"),
            ),
            tile(
                "Pairs compared",
                page.compared,
                format!(
                    "of {}: {}",
                    counted(page.blocking.compared_of, "pair", "pairs"),
                    part(page.compared, page.blocking.compared_of),
                ),
            ),
        ],
    );
    let rows = page.sources.iter().map(|(source, records)| {
        vec![
            escaped(source),
            count(*records),
            part(*records, page.records),
        ]
    });
    let by_source = table(
        "Records by source",
        &[
            Column::Text("Source"),
            Column::Number("Records"),
            Column::Number("Share"),
        ],
        &rows.collect::<Vec<_>>(),
    );
    let inside = match page.sources.is_empty() {
        true => numbers,
        false => numbers + &behind("Records by source", &wide("Records by source", &by_source)),
    };
    let says = match duplicates {
        0 => "No two records were found to be one customer.".to_owned(),
        _ => format!(
            "{} are {}.",
            counted(page.records, "record", "records"),
            counted(page.customers, "customer", "customers"),
        ),
    };
    section("headline", "At a glance", &says, &inside)
}

/// What each column was taken for.
pub(super) fn columns(page: &Page) -> String {
    let row = |column: &ColumnUse| {
        let sure = f64::from(column.confidence);
        vec![
            escaped(&column.name),
            escaped(&column.role),
            format!("{:.0}%", sure * 100.0),
            escaped(&column.because),
            match &column.comparison {
                Some(comparison) => escaped(comparison),
                None => "<span class=\"none\">not compared</span>".to_owned(),
            },
        ]
    };
    let rows: Vec<_> = page.columns.iter().map(row).collect();
    let inside = match rows.is_empty() {
        true => nothing("No columns were looked at."),
        false => wide(
            "Columns",
            &table(
                "Columns and their roles",
                &[
                    Column::Text("Column"),
                    Column::Text("Taken for"),
                    Column::Number("Sure"),
                    Column::Text("Because"),
                    Column::Text("Compared as"),
                ],
                &rows,
            ),
        ),
    };
    section(
        "columns",
        "Columns",
        "What each column was taken for, and why. A column that was taken for the wrong thing is the first place to look if \
         the links are wrong.",
        &inside,
    )
}

/// A chart of counts or seconds, and the table behind it.
fn bar_chart(
    label: &str,
    names: [&'static str; 2],
    rows: &[(String, f64)],
    write: fn(f64) -> String,
) -> String {
    let axis = Axis {
        scale: Scale::of(
            rows.iter().map(|(_, number)| *number),
            f64::MAX,
            [LABELS + 12.0, WIDTH - 110.0],
        ),
        title: names[1],
        write,
        is_signed: false,
    };
    let bar = |(label, number): &(String, f64)| {
        Line::Bar(Bar {
            label: label.clone(),
            value: *number,
            written: write(*number),
            hover: format!("{label}: {}", write(*number)),
        })
    };
    let lines: Vec<Line> = rows.iter().map(bar).collect();
    let cells = rows
        .iter()
        .map(|(label, number)| vec![escaped(label), write(*number)]);
    figure(
        label,
        &bars(&lines, &axis, label),
        &table(
            label,
            &[Column::Text(names[0]), Column::Number(names[1])],
            &cells.collect::<Vec<_>>(),
        ),
    )
}

/// A count at an axis or beside its bar; no count where the tick is between two.
fn whole(number: f64) -> String {
    match number.fract() == 0.0 {
        true => count(number as u64),
        false => String::new(),
    }
}

/// Customers by how many records they have, and the largest.
pub(super) fn sizes(page: &Page) -> String {
    let rows: Vec<(String, f64)> = page
        .sizes
        .iter()
        .map(|(size, customers)| {
            let records = if size == "1" { "record" } else { "records" };
            (format!("{size} {records}"), *customers as f64)
        })
        .collect();
    let mut inside = match rows.is_empty() {
        true => nothing("No customer has more than one record."),
        false => bar_chart("Customers by size", ["Size", "Customers"], &rows, whole),
    };
    if !page.largest.is_empty() {
        let rows = page
            .largest
            .iter()
            .map(|(id, records)| vec![escaped(id), count(*records)]);
        let largest = table(
            "The largest customers",
            &[Column::Text("Customer"), Column::Number("Records")],
            &rows.collect::<Vec<_>>(),
        );
        inside += &wide("The largest customers", &largest);
    }
    section(
        "sizes",
        "Customers by size",
        "How many records the customers have. A customer of very many records is often a shared telephone number or a test \
         account.",
        &inside,
    )
}

/// What blocking cost.
pub(super) fn blocking(page: &Page) -> String {
    let blocking = &page.blocking;
    let tile = |name, number, says: &str| Tile {
        name,
        number,
        says: says.to_owned(),
    };
    let numbers = tiles(
        "",
        &[
            tile("Blocks", count(blocking.blocks), "of two or more records"),
            tile(
                "Cap",
                count(u64::from(blocking.cap)),
                "most records of a block that is compared",
            ),
            tile("Blocks skipped", count(blocking.skipped), "above the cap"),
            tile(
                "Largest skipped",
                count(u64::from(blocking.largest)),
                "records in one block",
            ),
            tile(
                "Pairs saved",
                count(blocking.compared_of.saturating_sub(page.compared)),
                "never had to be compared",
            ),
        ],
    );
    let rows = blocking.skipped_blocks.iter().map(|block| {
        let values = block
            .values
            .iter()
            .map(|(label, value)| format!("{}: <bdi>{}</bdi>", escaped(label), escaped(value)));
        vec![
            values.collect::<Vec<_>>().join("; "),
            count(u64::from(block.records)),
            count(block.not_compared),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let skipped = match rows.is_empty() {
        true => String::new(),
        false => behind(
            "The largest blocks that were skipped",
            &wide(
                "The largest blocks that were skipped",
                &table(
                    "The largest blocks that were skipped",
                    &[
                        Column::Text("Shared values"),
                        Column::Number("Records"),
                        Column::Number("Pairs not compared"),
                    ],
                    &rows,
                ),
            ),
        ),
    };
    section(
        "blocking",
        "Blocking",
        "Only records that share something rare are compared. Blocks above the cap are skipped: their records meet in smaller \
         blocks if they are alike.",
        &(numbers + &skipped),
    )
}

/// Records that nobody can link.
pub(super) fn unlinkable(page: &Page) -> String {
    let says = match page.empty {
        0 => "Every record has at least one value to compare.".to_owned(),
        empty => format!(
            "{} without any value to compare ({}). No model can link {}.",
            counted(empty, "record is", "records are"),
            part(empty, page.records),
            if empty == 1 { "it" } else { "them" },
        ),
    };
    section("unlinkable", "Unlinkable records", &says, "")
}

/// What guards kept apart.
pub(super) fn prevented(page: &Page) -> String {
    let mut inside = String::new();
    for prevented in &page.prevented {
        inside += &format!(
            "<h3>{} <small>{}</small></h3>\n",
            escaped(&prevented.guard),
            counted(prevented.count, "merge prevented", "merges prevented"),
        );
        if prevented.examples.is_empty() {
            continue;
        }
        let rows = prevented.examples.iter().map(|(a, b)| {
            vec![
                format!("<bdi>{}</bdi>", escaped(a)),
                format!("<bdi>{}</bdi>", escaped(b)),
            ]
        });
        let pairs = table(
            &format!("Kept apart: {}", escaped(&prevented.guard)),
            &[Column::Text("Record"), Column::Text("And")],
            &rows.collect::<Vec<_>>(),
        );
        inside += &behind(
            "Examples",
            &wide(
                &format!("Kept apart: {}", escaped(&prevented.guard)),
                &pairs,
            ),
        );
    }
    if inside.is_empty() {
        inside = nothing("No guard prevented a merge.");
    }
    section(
        "prevented",
        "Kept apart by guards",
        "Merges that the values spoke for and a guard forbade. Many of them mean that a guard is too strict, or that a value \
         is shared by many people.",
        &inside,
    )
}

/// Seconds by step.
pub(super) fn time(page: &Page) -> String {
    let sum: f64 = page
        .seconds
        .iter()
        .map(|(_, seconds)| *seconds)
        .filter(|seconds| seconds.is_finite())
        .sum();
    let inside = match page.seconds.is_empty() {
        true => nothing("No times were taken."),
        false => bar_chart("Time by step", ["Step", "Time"], &page.seconds, seconds),
    };
    section(
        "time",
        "Time",
        &format!("{} in all, by step.", seconds(sum)),
        &inside,
    )
}
