//! Random records against a stupid implementation: compare all pairs, close transitively, sort naively.

use std::collections::HashMap;

use onefold_resolve::{CustomerId, Options, Preference, Resolved, Rule, SourceRecords, resolve};
use proptest::prelude::*;

use crate::tables::{lines, rebatched, text_source};

type Record = [Option<String>; 3];

const COLUMNS: [&str; 4] = ["id", "a", "b", "c"];

/// Few values, so that they meet; upper and lower case, empty, long ones beyond an inline view.
fn value() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        3 => Just(None),
        8 => (0..12u8).prop_map(|v| Some(format!("v{v}"))),
        2 => (0..12u8).prop_map(|v| Some(format!("V{v}"))),
        2 => (0..4u8).prop_map(|v| Some(format!("Straße number {v}"))),
        2 => (0..4u8).prop_map(|v| Some(format!("STRASSE NUMBER {v}"))),
        1 => Just(Some(String::new())),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let columns = prop::sample::subsequence(vec!["a", "b", "c"], 1..=2);
    let cap = prop_oneof![Just(None), (1..6u64).prop_map(Some)];
    (columns, any::<bool>(), cap).prop_map(|(columns, fold_case, max_shared)| Rule {
        fold_case,
        max_shared,
        ..Rule::on(columns.join("_"), columns)
    })
}

fn preference() -> impl Strategy<Value = Preference> {
    prop_oneof![
        Just(Preference::MostComplete),
        Just(Preference::Latest("a".to_owned())),
        Just(Preference::Earliest("c".to_owned())),
        Just(Preference::Priority(vec![1, 0])),
        Just(Preference::First),
        Just(Preference::Last),
    ]
}

/// What counts the values of a column, or nothing.
fn counting() -> impl Strategy<Value = Vec<Preference>> {
    prop_oneof![
        2 => Just(Vec::new()),
        1 => any::<bool>().prop_map(|fold_case| vec![Preference::MostFrequent { fold_case }]),
        1 => Just(vec![Preference::Longest]),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    let own = (counting(), prop::collection::vec(preference(), 0..2))
        .prop_map(|(counting, others)| [counting, others].concat());
    let survivorship = prop::option::of((prop::sample::select(vec!["a", "b"]), own));
    let together = prop::option::of(prop::sample::subsequence(vec!["a", "b", "c"], 2..=3));
    (
        prop::collection::vec(rule(), 0..4),
        prop::collection::vec(preference(), 0..3),
        survivorship,
        together,
        any::<bool>(),
    )
        .prop_map(|(rules, keep, own, together, fill)| Options {
            rules,
            keep,
            survivorship: own.into_iter().map(|(c, p)| (c.to_owned(), p)).collect(),
            together: together
                .into_iter()
                .map(|columns| columns.into_iter().map(str::to_owned).collect())
                .collect(),
            fill,
            max_size: Some(3),
            ..Options::new(CustomerId::default())
        })
}

fn sources(records: &[Record], split: usize) -> Vec<SourceRecords> {
    let keys: Vec<String> = (0..records.len()).map(|row| format!("R{row}")).collect();
    let rows: Vec<_> = records
        .iter()
        .zip(&keys)
        .map(|(record, key)| {
            let mut row = vec![Some(key.as_str())];
            row.extend(record.iter().map(Option::as_deref));
            row
        })
        .collect();
    let (left, right) = rows.split_at(split.min(rows.len()));
    vec![
        text_source("crm", "CRM", &COLUMNS, left),
        text_source("shop", "ECOM", &COLUMNS, right),
    ]
}

fn fold(text: &str) -> String {
    text.to_lowercase().replace('ß', "ss")
}

/// The value of a record under a rule, unless some column is missing.
fn key(record: &Record, rule: &Rule) -> Option<Vec<String>> {
    rule.columns
        .iter()
        .map(|column| {
            let index = COLUMNS.iter().position(|c| c == column)? - 1;
            let text = record[index].as_deref().filter(|t| !t.is_empty())?;
            Some(if rule.fold_case {
                fold(text)
            } else {
                text.to_owned()
            })
        })
        .collect()
}

/// Which pairs match under which rules.
fn matches(records: &[Record], rules: &[Rule]) -> Vec<Vec<Vec<usize>>> {
    let n = records.len();
    let mut matches = vec![vec![Vec::new(); n]; n];
    for (index, rule) in rules.iter().enumerate() {
        let keys: Vec<_> = records.iter().map(|record| key(record, rule)).collect();
        for i in 0..n {
            let shared = keys
                .iter()
                .filter(|k| k.is_some() && **k == keys[i])
                .count() as u64;
            if rule.max_shared.is_some_and(|cap| shared > cap) {
                continue;
            }
            for j in 0..n {
                if i != j && keys[i].is_some() && keys[i] == keys[j] {
                    matches[i][j].push(index);
                }
            }
        }
    }
    matches
}

/// Components by repeated relabelling, numbered by first record.
fn closure(matches: &[Vec<Vec<usize>>]) -> Vec<u32> {
    let n = matches.len();
    let mut label: Vec<usize> = (0..n).collect();
    loop {
        let before = label.clone();
        for i in 0..n {
            for j in 0..n {
                if !matches[i][j].is_empty() {
                    label[i] = label[i].min(label[j]);
                }
            }
        }
        if label == before {
            break;
        }
    }
    let mut numbers = HashMap::new();
    label
        .iter()
        .map(|l| {
            let next = numbers.len() as u32;
            *numbers.entry(*l).or_insert(next)
        })
        .collect()
}

fn ordered(members: &[usize], records: &[Record], split: usize, by: &[Preference]) -> Vec<usize> {
    let mut members = members.to_vec();
    // Stable sorts from the last preference to the first.
    for preference in by.iter().rev() {
        match preference {
            Preference::MostComplete => {
                members.sort_by_key(|m| records[*m].iter().filter(|v| v.is_none()).count());
            }
            Preference::Latest(_) => members.sort_by_key(|m| {
                let value = records[*m][0].clone();
                (value.is_none(), std::cmp::Reverse(value))
            }),
            Preference::Earliest(_) => members.sort_by_key(|m| {
                let value = records[*m][2].clone();
                (value.is_none(), value)
            }),
            Preference::Priority(_) => members.sort_by_key(|m| *m < split),
            Preference::First => members.sort(),
            Preference::Last => members.sort_by_key(|m| std::cmp::Reverse(*m)),
            Preference::MostFrequent { .. } | Preference::Longest => {
                panic!("of a column only")
            }
        }
    }
    members
}

/// The order of a column's own; `kept` has the members in the order of `keep`.
fn ordered_for(
    index: usize,
    kept: &[usize],
    records: &[Record],
    split: usize,
    by: &[Preference],
) -> Vec<usize> {
    let text = |m: usize| records[m][index].as_deref().filter(|t| !t.is_empty());
    let weight = |m: usize, counting: &Preference| match (text(m), counting) {
        (None, _) => 0,
        (Some(text), Preference::Longest) => text.chars().count(),
        (Some(value), Preference::MostFrequent { fold_case: true }) => kept
            .iter()
            .filter(|other| text(**other).is_some_and(|t| fold(t) == fold(value)))
            .count(),
        (Some(value), _) => kept.iter().filter(|m| text(**m) == Some(value)).count(),
    };
    match by {
        [
            counting @ (Preference::MostFrequent { .. } | Preference::Longest),
            others @ ..,
        ] => {
            let mut order = ordered(kept, records, split, others);
            order.sort_by_key(|m| std::cmp::Reverse(weight(*m, counting)));
            order
        }
        _ => {
            let mut members = kept.to_vec();
            members.sort_unstable();
            ordered(&members, records, split, by)
        }
    }
}

/// The record that a value comes from.
fn chosen(
    index: usize,
    order: &[usize],
    records: &[Record],
    split: usize,
    options: &Options,
) -> usize {
    let name = |index: usize| COLUMNS[index + 1];
    let own = |index: usize| {
        let own = options
            .survivorship
            .iter()
            .find(|(c, _)| c == name(index))?;
        Some(ordered_for(index, order, records, split, &own.1))
    };
    let together = options.together.first();
    let is_together = |index: &usize| together.is_some_and(|t| t.iter().any(|c| c == name(*index)));
    if is_together(&index) {
        let group: Vec<usize> = (0..3).filter(is_together).collect();
        let order = group.iter().find_map(|i| own(*i)).unwrap_or(order.to_vec());
        let values = |m: usize| group.iter().filter(|i| records[m][**i].is_some()).count();
        let least = match options.fill {
            true => order.iter().map(|m| values(*m)).max().unwrap_or(0),
            false => 1,
        };
        let found = order.iter().find(|m| values(**m) >= least);
        return *found.unwrap_or(&order[0]);
    }
    let order = own(index).unwrap_or(order.to_vec());
    let present = order.iter().find(|m| records[**m][index].is_some());
    match present {
        Some(member) if options.fill => *member,
        _ => order[0],
    }
}

fn everything(resolved: &Resolved) -> Vec<Vec<String>> {
    let members = resolved.members().expect("members");
    let links = resolved.links().expect("links");
    vec![
        lines(
            &resolved.schemas.customers,
            &resolved.customers().expect("rows"),
        ),
        lines(
            &resolved.schemas.duplicates,
            &resolved.duplicates().expect("rows"),
        ),
        lines(&resolved.schemas.links, &links),
        lines(&resolved.schemas.members, &members),
        lines(
            &resolved.schemas.provenance,
            &resolved.provenance().expect("provenance"),
        ),
        vec![format!("{:?}", resolved.report)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn equals_all_pairs(
        records in prop::collection::vec([value(), value(), value()], 0..40),
        split in 0..40usize,
        options in options(),
    ) {
        let split = split.min(records.len());
        let resolved = resolve(sources(&records, split), &options).expect("resolved");
        let matches = matches(&records, &options.rules);
        let labels = closure(&matches);
        prop_assert_eq!(resolved.clusters(), &labels[..]);

        // What survives.
        let customers = lines(&resolved.schemas.customers, &resolved.customers().expect("rows"));
        prop_assert_eq!(customers.len() as u64, resolved.report.customers + 1);
        let provenance = resolved.provenance().expect("provenance");
        let provenance = lines(&resolved.schemas.provenance, &provenance);
        let mut provenance = provenance.iter().skip(1);
        for customer in 0..resolved.report.customers as u32 {
            let members: Vec<usize> = (0..records.len()).filter(|r| labels[*r] == customer).collect();
            let order = ordered(&members, &records, split, &options.keep);
            let kept = order[0];
            prop_assert_eq!(resolved.kept(customer), Some(kept as u32));
            let mut expected = vec![format!("CUST{:03}", customer + 1), format!("R{kept}")];
            let id = format!("CUST{:03}", customer + 1);
            let source = |record: usize| if record < split { "crm" } else { "shop" };
            let address = |record: usize| 100 * if record < split { record } else { record - split };
            if members.len() > 1 {
                let row = format!("{id}|id|R{kept}|{}|R{kept}|{}|kept", source(kept), address(kept));
                prop_assert_eq!(provenance.next(), Some(&row));
            }
            for (index, column) in COLUMNS[1..].iter().enumerate() {
                let chosen = chosen(index, &order, &records, split, &options);
                let value = records[chosen][index].clone();
                expected.push(value.clone().unwrap_or("-".to_owned()));
                let Some(value) = value.filter(|_| members.len() > 1) else {
                    continue;
                };
                let row = provenance.next().expect("a row");
                let origin = format!("{id}|{column}|{value}|{}|R{chosen}|{}|", source(chosen), address(chosen));
                let rule = row.strip_prefix(origin.as_str());
                let rule = rule.expect("where it comes from");
                prop_assert_eq!(rule == "kept", chosen == kept);
                let is_own = options.survivorship.iter().any(|(c, _)| c == column);
                let is_together = options.together.iter().flatten().any(|c| c == column);
                if chosen != kept && (is_together || !is_own) {
                    prop_assert_eq!(rule, if is_together { "together" } else { "filled" });
                }
            }
            expected.push(match (members[0] < split, members[members.len() - 1] < split) {
                (true, false) => "CRM+ECOM".to_owned(),
                (true, true) => "CRM".to_owned(),
                _ => "ECOM".to_owned(),
            });
            expected.push(members.len().to_string());
            expected.push(format!("R{kept}"));
            prop_assert_eq!(&customers[customer as usize + 1], &expected.join("|"));
        }

        prop_assert_eq!(provenance.next(), None);

        // Every removed record is explained by a real match that leads to the kept record.
        let merges = resolved.merges();
        prop_assert_eq!(merges.len() as u64, resolved.report.duplicates);
        let into: HashMap<u32, u32> = merges.iter().map(|m| (m.record, m.into)).collect();
        for merge in &merges {
            let (record, other) = (merge.record as usize, merge.into as usize);
            prop_assert_eq!(&merge.rules.iter().collect::<Vec<_>>(), &matches[record][other]);
            prop_assert!(!matches[record][other].is_empty());
            let kept = resolved.kept(merge.customer).expect("customer");
            if !matches[record][kept as usize].is_empty() {
                prop_assert_eq!(merge.into, kept);
            }
            let mut end = merge.record;
            for _ in 0..records.len() {
                end = into.get(&end).copied().unwrap_or(end);
            }
            prop_assert_eq!(end, kept);
        }

        // Labels of all rules that matched anything in the customer.
        for (row, customer) in (0..resolved.report.customers as u32)
            .filter(|c| resolved.records_of(*c).len() > 1)
            .enumerate()
        {
            let members = resolved.records_of(customer);
            let labels: Vec<&str> = (0..options.rules.len())
                .filter(|rule| members.iter().any(|i| members.iter().any(|j| {
                    matches[*i as usize][*j as usize].contains(rule)
                })))
                .map(|rule| options.rules[rule].label.as_str())
                .collect();
            let duplicates = lines(&resolved.schemas.duplicates, &resolved.duplicates().expect("rows"));
            let labels = labels.join("+");
            prop_assert_eq!(duplicates[row + 1].split('|').nth(2), Some(labels.as_str()));
        }
    }

    #[test]
    fn threads_and_batches_change_nothing(
        records in prop::collection::vec([value(), value(), value()], 0..60),
        split in 0..60usize,
        batch in 1..9usize,
        options in options(),
    ) {
        let whole = everything(&resolve(sources(&records, split), &options).expect("resolved"));
        for threads in [0, 2, 8] {
            let sources = sources(&records, split).into_iter().map(|s| rebatched(s, batch)).collect();
            let options = Options { threads, ..options.clone() };
            let resolved = resolve(sources, &options).expect("resolved");
            prop_assert_eq!(&everything(&resolved), &whole);
        }
    }
}

/// Enough records for several partitions, index blocks and output batches.
#[test]
fn threads_and_batches_change_nothing_at_size() {
    let records: Vec<Record> = (0..60_000u64)
        .map(|n| {
            let x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            [
                (x % 7 != 0).then(|| format!("address{}@example.com", x % 45_000)),
                (x % 5 != 0).then(|| format!("{}", x % 50_000)),
                Some(format!("name {}", x % 3)),
            ]
        })
        .collect();
    let options = Options {
        rules: vec![
            Rule::on("a", ["a"]),
            Rule {
                max_shared: Some(3),
                ..Rule::on("b", ["b"])
            },
            Rule {
                max_shared: Some(3),
                ..Rule::on("c", ["c"])
            },
        ],
        keep: vec![Preference::MostComplete, Preference::Last],
        ..Options::new(CustomerId::default())
    };
    let run = |threads, batch: usize| {
        let sources = sources(&records, 35_000)
            .into_iter()
            .map(|s| rebatched(s, batch))
            .collect();
        let resolved = resolve(
            sources,
            &Options {
                threads,
                ..options.clone()
            },
        )
        .expect("resolved");
        assert!(resolved.report.duplicates > 1000);
        everything(&resolved)
    };
    let whole = run(1, 60_000);
    for (threads, batch) in [(1, 777), (2, 8192), (8, 1)] {
        assert!(
            run(threads, batch) == whole,
            "{threads} threads, batches of {batch}"
        );
    }
}
