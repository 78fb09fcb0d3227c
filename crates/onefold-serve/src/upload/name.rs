//! Names of files that somebody else has chosen: how they are shown, and what is made of them on disk.

/// Longest stem of a name on disk, in characters.
const STEM: usize = 60;
/// Longest name that is shown, in characters.
const SHOWN: usize = 120;

/// Ends of names that say how a file is packed.
const PACKED: &[&str] = &["gz", "zst", "zstd", "bz2", "xz"];

/// Ends of names that say what is in a file, or what cannot be read of it. Any other end becomes a part of the stem.
const FORMATS: &[&str] = &[
    "csv", "tsv", "psv", "tab", "txt", "dat", "log", "json", "jsonl", "ndjson", "geojson",
    "parquet", "pq", "xlsx", "xlsm", "xlsb", "xls", "ods", "zip", "avro", "orc", "arrow",
    "feather", "sqlite", "db", "xml",
];

/// Names that are devices on Windows, whatever their end.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A name on disk: letters, digits, `_` and `-`, with an end that is known. It leads nowhere else and means nothing to a shell, a
/// pattern, or a system.
pub(crate) fn on_disk(given: &str) -> String {
    let name = given
        .rsplit(['/', '\\'])
        .find(|part| !part.trim().is_empty());
    let mut stem = name.unwrap_or_default().trim();
    let mut ends: Vec<&str> = Vec::new();
    for known in [PACKED, FORMATS] {
        let Some((rest, end)) = stem.rsplit_once('.') else {
            break;
        };
        let end = known.iter().find(|known| known.eq_ignore_ascii_case(end));
        if let (Some(end), false) = (end, rest.is_empty()) {
            ends.insert(0, end);
            stem = rest;
        }
    }
    let mut plain = String::new();
    for c in stem.chars() {
        match c.is_alphanumeric() || c == '-' {
            true => plain.push(c),
            false if plain.ends_with('_') => {}
            false => plain.push('_'),
        }
    }
    let plain: String = plain
        .trim_start_matches(['_', '-'])
        .chars()
        .take(STEM)
        .collect();
    let plain = plain.trim_end_matches(['_', '-']);
    let stem = match plain {
        "" => "data".to_owned(),
        plain if is_device(plain) => format!("file_{plain}"),
        plain => plain.to_owned(),
    };
    std::iter::once(stem.as_str())
        .chain(ends)
        .collect::<Vec<_>>()
        .join(".")
}

fn is_device(stem: &str) -> bool {
    let stem = stem.to_lowercase();
    let numbered = stem.strip_prefix("com").or(stem.strip_prefix("lpt"));
    let is_number = |rest: &str| rest.chars().count() == 1 && rest.chars().all(char::is_numeric);
    DEVICES.contains(&stem.as_str()) || numbered.is_some_and(is_number)
}

/// The same name with a number before its end.
pub(super) fn numbered(name: &str, number: usize) -> String {
    match name.split_once('.') {
        Some((stem, ends)) => format!("{stem}_{number}.{ends}"),
        None => format!("{name}_{number}"),
    }
}

/// A name as it was given, for people: nothing in it turns the direction of the text, breaks the line, or fills the page.
pub(crate) fn shown(given: &str) -> String {
    let is_visible = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
    };
    let visible = |c| if is_visible(c) { c } else { '\u{fffd}' };
    let mut shown: String = given.chars().take(SHOWN).map(visible).collect();
    if given.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    match shown.trim().is_empty() {
        true => "a file without a name".to_owned(),
        false => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere() {
        for (given, expected) in [
            ("customers.csv", "customers.csv"),
            ("Kunden München 2024.CSV.GZ", "Kunden_München_2024.csv.gz"),
            ("orders_2024-01-31.json", "orders_2024-01-31.json"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\x.csv", "x.csv"),
            ("C:\\x.csv", "x.csv"),
            ("a\0.csv", "a.csv"),
            ("x.csv/", "x.csv"),
            (".", "data"),
            ("..", "data"),
            ("", "data"),
            (" ", "data"),
            (".csv", "csv"),
            (".htaccess", "htaccess"),
            ("con.csv", "file_con.csv"),
            ("LPT1", "file_LPT1"),
            ("-rf.csv", "rf.csv"),
            ("~/x.csv", "x.csv"),
            ("$(id).csv", "id.csv"),
            ("a*[b]?.csv", "a_b.csv"),
            ("\u{202e}vsc.exe", "vsc_exe"),
            ("x\r\nSet-Cookie: a=b.csv", "x_Set-Cookie_a_b.csv"),
            ("file:///etc/passwd", "passwd"),
        ] {
            assert_eq!(on_disk(given), expected, "{given:?}");
        }
        let long = on_disk(&format!("{}.csv", "ä".repeat(300)));
        assert!(long.len() < 200 && long.ends_with(".csv"), "{long}");
        assert_eq!(numbered("a.csv.gz", 2), "a_2.csv.gz");
    }

    #[test]
    fn names_for_people() {
        assert_eq!(
            shown("a\u{202e}vsc.exe\r\n"),
            "a\u{fffd}vsc.exe\u{fffd}\u{fffd}"
        );
        assert_eq!(shown("\u{202e}"), "\u{fffd}");
        assert_eq!(shown("  "), "a file without a name");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), SHOWN + 1);
    }
}
