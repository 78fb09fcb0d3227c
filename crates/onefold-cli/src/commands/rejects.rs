//! `onefold rejects [SOURCE]`

use onefold_engine::{RejectGroup, Rejected, Status, rejects_of_last_run};
use unicode_width::UnicodeWidthStr;

use crate::arguments::{Format, RejectsArgs};
use crate::boxes::{cut, plain, terminal_width};
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
        let what = match report.status {
            Status::Failed => "failed before it had rejected anything",
            _ => "rejected nothing",
        };
        text = format!("run {} of {} {what}\n", report.run_id, report.pipeline);
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
                    group.source,
                    counts.rejected,
                    counts.judged()
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
        "\n  {} {}{} ({})\n",
        group.records,
        plain(&field),
        plain(&group.reason),
        group.code
    );
    for example in &group.examples {
        text += &format!("    {}:{}\n", plain(&example.file), example.line);
        text += &pointed(example, &group.field, width.saturating_sub(6).max(20));
    }
    text
}

/// The line of the record that has the value, with a caret under it. Where the record does not tell which of its texts is the value, the
/// value stands below.
fn pointed(reject: &Rejected, field: &str, width: usize) -> String {
    let value = reject.value.as_deref().unwrap_or_default();
    let lines = reject.raw.lines();
    let is_there_once = !value.is_empty() && reject.raw.matches(value).count() == 1;
    let with_value = lines
        .clone()
        .find(|line| is_there_once && line.contains(value));
    let Some(line) = with_value else {
        let first = lines.map(str::trim_end).find(|line| !line.is_empty());
        let first = first.map(|line| format!("      {}\n", cut(&plain(line), width)));
        let is_named = !value.is_empty() && !field.is_empty();
        let named = is_named.then(|| {
            let value = cut(&plain(value), width / 2);
            format!("      {}: `{value}`\n", plain(field))
        });
        return first.unwrap_or_default() + &named.unwrap_or_default();
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
        let text = pointed(&reject("1,東京,ja", Some("ja")), "f", 80);
        assert_eq!(text, "      1,東京,ja\n             ^^\n");
        let text = pointed(&reject("{\n  \"a\": \"x\"\n}", Some("x")), "f", 80);
        assert_eq!(text, "        \"a\": \"x\"\n              ^\n");
    }

    #[test]
    fn what_has_no_place_is_shown_as_it_is() {
        assert_eq!(pointed(&reject("1,2,3", None), "f", 80), "      1,2,3\n");
        assert_eq!(
            pointed(&reject("1,2,3", Some("9")), "f", 80),
            "      1,2,3\n      f: `9`\n"
        );
        assert_eq!(
            pointed(&reject("5,5", Some("5")), "age", 80),
            "      5,5\n      age: `5`\n"
        );
        assert_eq!(
            pointed(&reject("1,\u{1b}]52;c\u{7},x", Some("x")), "f", 80),
            "      1, ]52;c ,x\n                ^\n"
        );
    }

    #[test]
    fn long_lines_show_the_value() {
        let raw = format!("{},here,{}", "x".repeat(300), "y".repeat(300));
        let text = pointed(&reject(&raw, Some("here")), "f", 40);
        assert!(text.lines().all(|line| line.width() <= 46), "{text}");
        let (line, carets) = text.split_once('\n').expect("two lines");
        let at = line.find("here").expect("the value");
        assert_eq!(line[..at].width(), carets.find('^').expect("a caret"));
    }
}
