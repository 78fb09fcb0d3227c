//! `onefold rejects [SOURCE]`

use onefold_engine::{RejectGroup, Rejected, rejects_of_last_run};
use unicode_width::UnicodeWidthStr;

use crate::arguments::{Format, RejectsArgs};
use crate::boxes::{cut, terminal_width};
use crate::output::Output;

/// Longest line of a record that is shown, where nothing tells how wide the terminal is.
const WIDTH: usize = 100;

pub(crate) fn rejects(args: &RejectsArgs, output: &Output) -> anyhow::Result<u8> {
    let source = args.source.as_deref();
    let (report, groups) = match rejects_of_last_run(&args.output, source, args.examples) {
        Ok(found) => found,
        Err(error) => return Ok(output.plain_error(&error)),
    };
    if output.format == Format::Json {
        let body = serde_json::json!({"run_id": report.run_id, "rejects": groups});
        output.say(&format!("{body}\n"))?;
        return Ok(0);
    }
    let mut text = String::new();
    if groups.is_empty() {
        text = format!(
            "run {} of {} rejected nothing\n",
            report.run_id, report.pipeline
        );
    }
    let mut last = "";
    for group in &groups {
        if group.source != last {
            if !last.is_empty() {
                text.push('\n');
            }
            last = &group.source;
            let counts = report.sources.iter().find(|s| s.name == group.source);
            if let Some(counts) = counts {
                text += &format!(
                    "{}: {} of {} records rejected\n",
                    group.source, counts.rejected, counts.read
                );
            }
        }
        text += &of_group(group, terminal_width().unwrap_or(WIDTH));
    }
    output.say(&text)?;
    Ok(0)
}

fn of_group(group: &RejectGroup, width: usize) -> String {
    let field = match group.field.as_str() {
        "" => String::new(),
        field => format!("{field}: "),
    };
    let mut text = format!(
        "\n  {} {field}{} ({})\n",
        group.records, group.reason, group.code
    );
    for example in &group.examples {
        text += &format!("    {}:{}\n", example.file, example.line);
        text += &pointed(example, width.saturating_sub(6).max(20));
    }
    text
}

/// The line of the record that has the value, with a caret under it.
fn pointed(reject: &Rejected, width: usize) -> String {
    let value = reject.value.as_deref().unwrap_or_default();
    let plain = |text: &str| text.replace('\t', " ");
    let lines = reject.raw.lines();
    let with_value = lines
        .clone()
        .find(|line| !value.is_empty() && line.contains(value));
    let Some(line) = with_value else {
        let first = lines.map(str::trim_end).find(|line| !line.is_empty());
        return first.map_or(String::new(), |line| {
            format!("      {}\n", cut(&plain(line), width))
        });
    };
    let at = line.find(value).unwrap_or(0);
    let (before, rest) = line.split_at(at);
    let (value, after) = rest.split_at(value.len());
    let (value, mut before) = (cut(&plain(value), width / 2), plain(before));
    // What does not fit is left out at the front, for the value must be seen.
    let room = width - value.width().max(1);
    if before.width() > room / 2 && before.width() + after.width() > room {
        let kept = room / 2;
        let mut tail: Vec<char> = before.chars().rev().collect();
        while tail.iter().collect::<String>().width() > kept.saturating_sub(1) {
            tail.pop();
        }
        before = std::iter::once('…').chain(tail.into_iter().rev()).collect();
    }
    let after = cut(&plain(after), room.saturating_sub(before.width()));
    let carets = "^".repeat(value.width().max(1));
    let indent = " ".repeat(before.width());
    format!("      {before}{value}{after}\n      {indent}{carets}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reject(raw: &str, value: Option<&str>) -> Rejected {
        Rejected {
            file: "a.csv".to_owned(),
            line: 2,
            value: value.map(str::to_owned),
            raw: raw.to_owned(),
        }
    }

    #[test]
    fn carets_are_under_the_value() {
        let text = pointed(&reject("1,東京,ja", Some("ja")), 80);
        assert_eq!(text, "      1,東京,ja\n             ^^\n");
        let text = pointed(&reject("{\n  \"a\": \"x\"\n}", Some("x")), 80);
        assert_eq!(text, "        \"a\": \"x\"\n              ^\n");
    }

    #[test]
    fn what_has_no_place_is_shown_as_it_is() {
        assert_eq!(pointed(&reject("1,2,3", None), 80), "      1,2,3\n");
        assert_eq!(pointed(&reject("1,2,3", Some("9")), 80), "      1,2,3\n");
        assert_eq!(pointed(&reject("", Some("9")), 80), "");
    }

    #[test]
    fn long_lines_show_the_value() {
        let raw = format!("{},here,{}", "x".repeat(300), "y".repeat(300));
        let text = pointed(&reject(&raw, Some("here")), 40);
        assert!(text.lines().all(|line| line.width() <= 46), "{text}");
        let (line, carets) = text.split_once('\n').expect("two lines");
        let at = line.find("here").expect("the value");
        assert_eq!(line[..at].width(), carets.find('^').expect("a caret"));
    }
}
