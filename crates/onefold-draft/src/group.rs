//! Files that are one source: the same columns under alike names, such as a file a day.

use std::path::Path;

use crate::sample::{Format, Sampled, files_of};

/// So many files under alike names are no longer alike by chance.
const MANY: usize = 3;

/// A path with each run of digits as `*`, and `*` once where several follow each other with nothing but marks between.
fn pattern(path: &str) -> String {
    let (folder, name) = match path.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), path),
    };
    let mut pattern = String::new();
    for c in name.chars() {
        match c {
            '0'..='9' if pattern.ends_with('*') => {}
            '0'..='9' => pattern.push('*'),
            c => pattern.push(c),
        }
    }
    for mark in ["*-*", "*_*", "*.*", "*T*"] {
        while pattern.contains(mark) {
            pattern = pattern.replace(mark, "*");
        }
    }
    folder + &pattern
}

/// Whether two files have records of one kind: the same columns, or for JSON, whose keys come and go, most of them.
fn is_alike(a: &Sampled, b: &Sampled) -> bool {
    let lines = |of: &Sampled| of.footer.as_ref().map_or(0, |footer| footer.lines);
    let is_same = a.format == b.format
        && a.encoding == b.encoding
        && a.has_header == b.has_header
        && a.records == b.records
        && lines(a) == lines(b);
    let has = |list: &Sampled, path: &[String]| list.columns.iter().any(|c| c.path == path);
    let common = a.columns.iter().filter(|c| has(b, &c.path)).count();
    let most = a.columns.len().max(b.columns.len());
    is_same
        && match a.format {
            Format::Json => common * 10 >= most * 7,
            Format::Delimited | Format::Parquet => {
                common == most && a.columns.len() == b.columns.len()
            }
        }
}

/// Puts files together that are one source, if a pattern stands for exactly them.
pub fn group(dir: &Path, files: Vec<Sampled>) -> Vec<Sampled> {
    let mut groups: Vec<(String, Vec<Sampled>)> = Vec::new();
    for file in files {
        let pattern = pattern(&file.path);
        let known = groups.iter_mut().find(|(known, members)| {
            *known == pattern && members.first().is_some_and(|m| is_alike(m, &file))
        });
        match known {
            Some((_, members)) => members.push(file),
            None => groups.push((pattern, vec![file])),
        }
    }
    let mut grouped = Vec::new();
    for (pattern, forms, members) in of_several_forms(groups) {
        let mut names: Vec<&str> = members.iter().map(|m| m.path.as_str()).collect();
        names.sort_unstable();
        let found = files_of(dir, &pattern).map(|mut found| {
            found.sort_unstable();
            found
        });
        if members.len() > 1 && found.is_ok_and(|found| found == names) {
            grouped.extend(merged(pattern, members).map(|all| Sampled { forms, ..all }));
        } else {
            grouped.extend(members);
        }
    }
    grouped
}

/// Files of JSON under alike names whose keys became others in between are one source too; with how many forms they have.
fn of_several_forms(groups: Vec<(String, Vec<Sampled>)>) -> Vec<(String, usize, Vec<Sampled>)> {
    let mut joined: Vec<(String, usize, Vec<Sampled>)> = Vec::new();
    for (pattern, members) in groups {
        let is_json = |m: &Sampled| m.format == Format::Json;
        let known = joined.iter_mut().find(|(known, _, others)| {
            let alike = |(a, b): (&Sampled, &Sampled)| {
                is_json(a) && is_json(b) && a.encoding == b.encoding && a.records == b.records
            };
            let is_series = others.len() + members.len() > MANY && pattern.contains('*');
            is_series && *known == pattern && others.first().zip(members.first()).is_some_and(alike)
        });
        match known {
            Some((_, forms, others)) => {
                *forms += 1;
                others.extend(members);
            }
            None => joined.push((pattern, 1, members)),
        }
    }
    joined
}

fn merged(pattern: String, members: Vec<Sampled>) -> Option<Sampled> {
    let mut members = members.into_iter();
    let mut all = members.next()?;
    all.path = pattern;
    for member in members {
        for column in member.columns {
            match all.columns.iter_mut().find(|c| c.path == column.path) {
                Some(known) => known.values.extend(column.values),
                None => {
                    let mut column = column;
                    let before = vec![None; all.rows];
                    column.values.splice(0..0, before);
                    all.columns.push(column);
                }
            }
        }
        all.rows += member.rows;
        for column in &mut all.columns {
            column.values.resize(all.rows, None);
        }
        all.files.extend(member.files);
        all.broken += member.broken;
        all.first_broken.extend(member.first_broken);
        all.is_whole &= member.is_whole;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn patterns_of_daily_files() {
        for (path, expected) in [
            ("logs/events-2024-01-31.json.gz", "logs/events-*.json.gz"),
            ("orders_20240131.csv", "orders_*.csv"),
            ("part-00001.parquet", "part-*.parquet"),
            ("v2/a.csv", "v2/a.csv"),
            ("a.csv", "a.csv"),
        ] {
            assert_eq!(pattern(path), expected);
        }
    }
}
