//! The table that is printed, as Markdown.

use super::measure::Cost;

/// A job: the medians of each program, in the order of the columns; onefold is the first.
pub(super) struct Line {
    job: String,
    input: u64,
    medians: Vec<Option<Cost>>,
}

impl Line {
    /// `input` in bytes, and what each program took in its runs.
    pub(super) fn of(job: &str, input: u64, costs: &[Vec<Cost>]) -> Self {
        Self {
            job: job.to_owned(),
            input,
            medians: costs.iter().map(|runs| median(runs)).collect(),
        }
    }
}

/// The median time and the median memory; nothing where no run came to an end.
pub(super) fn median(runs: &[Cost]) -> Option<Cost> {
    let middle = |part: fn(&Cost) -> f64| {
        let mut parts: Vec<f64> = runs.iter().map(part).collect();
        parts.sort_by(f64::total_cmp);
        let (low, high) = (
            parts.get((parts.len().max(1) - 1) / 2)?,
            parts.get(parts.len() / 2)?,
        );
        Some(f64::midpoint(*low, *high))
    };
    Some(Cost {
        seconds: middle(|cost| cost.seconds)?,
        megabytes: middle(|cost| cost.megabytes)?,
    })
}

/// How many times less onefold takes than the peer that takes least.
fn times_best(medians: &[Option<Cost>], part: fn(&Cost) -> f64) -> String {
    let Some((Some(onefold), peers)) = medians.split_first() else {
        return String::new();
    };
    let best = peers.iter().flatten().map(part).min_by(f64::total_cmp);
    best.map(|best| format!("{:.2}", best / part(onefold)))
        .unwrap_or_default()
}

/// A program's name in the heading.
fn heading(program: &str) -> &str {
    match program {
        "chdb" => "ClickHouse",
        name => name,
    }
}

/// The lines under a heading that names the programs.
pub(super) fn table(programs: &[&str], lines: &[Line]) -> String {
    let headings: Vec<&str> = programs.iter().map(|program| heading(program)).collect();
    let mut rows = vec![
        format!(
            "| job | input | {} | x best, time | x best, memory |",
            headings.join(" | ")
        ),
        format!("|---|---{}|---|---|", "|---".repeat(programs.len())),
    ];
    for line in lines {
        let costs: Vec<String> = line
            .medians
            .iter()
            .map(|cost| match cost {
                Some(cost) => format!("{:.2} s, {:.0} MB", cost.seconds, cost.megabytes),
                None => "failed".to_owned(),
            })
            .collect();
        rows.push(format!(
            "| {} | {} MB | {} | {} | {} |",
            line.job,
            line.input / 1_000_000,
            costs.join(" | "),
            times_best(&line.medians, |cost| cost.seconds),
            times_best(&line.medians, |cost| cost.megabytes)
        ));
    }
    rows.join("\n") + "\n"
}

/// How onefold's time and memory grow from the fewest customers to the most: time as the exponent of their number (1 where a customer
/// costs the same among many), memory in bytes a customer more. Nothing where all tables are of one number.
pub(super) fn growth(tables: &[(u64, Vec<Line>)]) -> String {
    let by_people = |(people, _): &&(u64, Vec<Line>)| *people;
    let (Some((few, small)), Some((many, large))) = (
        tables.iter().min_by_key(by_people),
        tables.iter().max_by_key(by_people),
    ) else {
        return String::new();
    };
    if few == many {
        return String::new();
    }
    let mut rows = vec![
        format!("| job, {few} to {many} customers | exponent of time | bytes a customer more |"),
        "|---|---|---|".to_owned(),
    ];
    for (small, large) in small.iter().zip(large) {
        let onefold = |line: &Line| line.medians.first().copied().flatten();
        let (Some(a), Some(b)) = (onefold(small), onefold(large)) else {
            continue;
        };
        let exponent = (b.seconds / a.seconds).ln() / (*many as f64 / *few as f64).ln();
        let bytes = (b.megabytes - a.megabytes) * 1e6 / (*many as f64 - *few as f64);
        rows.push(format!("| {} | {exponent:.2} | {bytes:.0} |", small.job));
    }
    rows.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(seconds: f64, megabytes: f64) -> Cost {
        Cost { seconds, megabytes }
    }

    #[test]
    fn medians_and_ratios() {
        let onefold = vec![cost(2.0, 90.0), cost(9.0, 100.0), cost(1.0, 110.0)];
        let peers = [
            vec![cost(6.0, 50.0), cost(4.0, 50.0)],
            vec![cost(7.0, 40.0)],
            vec![],
        ];
        let mut costs = vec![onefold];
        costs.extend(peers);
        let lines = [Line::of("c360", 12_345_678, &costs)];
        assert_eq!(
            table(&["onefold", "a", "chdb", "c"], &lines),
            "| job | input | onefold | a | ClickHouse | c | x best, time | x best, memory |\n\
             |---|---|---|---|---|---|---|---|\n\
             | c360 | 12 MB | 2.00 s, 100 MB | 5.00 s, 50 MB | 7.00 s, 40 MB | failed | 2.50 | 0.40 |\n"
        );
    }

    #[test]
    fn without_peers_there_is_no_ratio() {
        let lines = [Line::of("c360", 1_000_000, &[vec![cost(2.0, 90.0)]])];
        assert!(table(&["onefold"], &lines).ends_with("| c360 | 1 MB | 2.00 s, 90 MB |  |  |\n"));
    }

    #[test]
    fn growth_from_the_fewest_to_the_most() {
        let lines = |cost| vec![Line::of("c360", 1_000_000, &[vec![cost]])];
        let tables = [
            (4_000_000, lines(cost(9.0, 1000.0))),
            (1_000_000, lines(cost(2.0, 400.0))),
            (40_000, lines(cost(0.09, 10.0))),
        ];
        let expected = "| job, 40000 to 4000000 customers | exponent of time | bytes a customer more |\n\
                        |---|---|---|\n\
                        | c360 | 1.00 | 250 |\n";
        assert_eq!(growth(&tables), expected);
        assert_eq!(growth(&tables[..1]), "");
        assert_eq!(growth(&[]), "");
    }
}
