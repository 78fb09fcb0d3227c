//! Just enough YAML for the case files: mappings, lists and text.

use std::fmt::Write;

use saphyr_parser::{Event, Parser};

/// A piece of a case file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Yaml {
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    pub(crate) fn parse(text: &str) -> Result<Yaml, String> {
        let mut events = Vec::new();
        for event in Parser::new_from_str(text) {
            events.push(event.map_err(|e| e.to_string())?.0);
        }
        let mut events = events.into_iter().filter(|e| {
            !matches!(
                e,
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing
            )
        });
        let first = events.next().ok_or("nothing")?;
        node(first, &mut events)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Yaml::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> &[(String, Yaml)] {
        match self {
            Yaml::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Yaml] {
        match self {
            Yaml::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Yaml> {
        self.entries()
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v)
    }
}

fn node<'a>(
    event: Event<'a>,
    events: &mut impl Iterator<Item = Event<'a>>,
) -> Result<Yaml, String> {
    match event {
        Event::Scalar(text, ..) => Ok(Yaml::Text(text.into_owned())),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match events.next().ok_or("an open list")? {
                    Event::SequenceEnd => return Ok(Yaml::List(items)),
                    event => items.push(node(event, events)?),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut entries = Vec::new();
            loop {
                let key = match events.next().ok_or("an open mapping")? {
                    Event::MappingEnd => return Ok(Yaml::Map(entries)),
                    Event::Scalar(key, ..) => key.into_owned(),
                    other => return Err(format!("a key that is no text: {other:?}")),
                };
                let value = events.next().ok_or("a key without a value")?;
                entries.push((key, node(value, events)?));
            }
        }
        other => Err(format!("not for case files: {other:?}")),
    }
}

/// Writes `key: text`, as a block where it can be read as one.
pub(crate) fn write_text(out: &mut String, indent: usize, key: &str, text: &str) {
    let blank = " ".repeat(indent);
    let plain = |c: char| c == '\n' || c == '\t' || (!c.is_control() && !is_hidden(c));
    let is_block = text.ends_with('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.chars().all(plain)
        && text.lines().all(|l| l.trim_end() == l);
    let done = if is_block {
        let body: String = text
            .lines()
            .map(|l| {
                if l.is_empty() {
                    "\n".to_owned()
                } else {
                    format!("{blank}  {l}\n")
                }
            })
            .collect();
        write!(out, "{blank}{key}: |\n{body}")
    } else {
        writeln!(out, "{blank}{key}: {}", quoted(text))
    };
    done.expect("a string");
}

/// Characters that nobody could see in a case file.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{85}' | '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
    )
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || is_hidden(c) => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("a string");
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[test]
fn what_is_written_is_read() {
    for text in [
        "a\n",
        "a,b\n1,2\n",
        "x\r\ny",
        "\u{feff}a\t\"\\\n",
        " lead\n",
        "",
        "two\n\n",
        "a\n\nb: {c}\n",
        "# no comment\n",
        "- x\n",
    ] {
        let mut out = String::new();
        write_text(&mut out, 2, "key", text);
        assert_eq!(
            Yaml::parse(&out).expect("YAML").get("key"),
            Some(&Yaml::Text(text.to_owned())),
            "{out}"
        );
    }
}
