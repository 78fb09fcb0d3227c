//! Where a record went: `onefold trace`.

use serde_json::Value;

use crate::command::Run;

/// A step of each kind.
const PIPELINE: &str = "\
pipeline: p
sources:
  crm: {path: crm.csv, key: id, fields: {id: {required: true}, name: text, email: email}}
  users: {path: users.csv, key: user, fields: {user: text, plan: text}}
  events:
    path: events.csv
    fields: {user: text, at: {type: timestamp, required: true}, kind: text}
  prices: {path: prices.csv, fields: {plan: text, since: timestamp, price: integer}}
tables:
  people: {resolve: {from: crm, match: email, id: {name: customer, prefix: C}}}
  unique_events: {dedupe: {from: events, by: [user, at]}}
  with_plan: {join: {from: unique_events, left: [{table: users, on: user, expect: one}]}}
  bought: {from: with_plan, where: kind = 'buy'}
  priced:
    asof_join: {left: with_plan, right: prices, by: plan, on: {left: at, right: since}, tolerance: 1d}
    order_by: [at]
  visits: {sessionize: {from: unique_events, by: user, time: at, gap: 1h, columns: {kinds: count(kind)}}}
  by_plan: {aggregate: {from: with_plan, by: plan, columns: {events: count(*)}}}
  both: {union: [bought, with_plan]}
  total: {sql: SELECT count(*) AS events FROM unique_events WHERE kind = 'buy'}
outputs:
  - {table: people, path: people.csv}
  - {table: priced, path: priced.csv}
  - {table: bought, path: bought.csv}
  - {table: visits, path: visits.csv}
  - {table: by_plan, path: by_plan.csv}
  - {table: both, path: both.csv}
  - {table: total, path: total.csv}
  - {table: events.rejects, path: refused.csv, columns: [line, reason]}
";

const CRM: &str = "id,name,email\n1,Ann,ann@x.org\n2,A. Lee,ann@x.org\n3,Bob,bob@x.org\n";
const USERS: &str = "user,plan\na,gold\nb,free\nd,free\n";
const EVENTS: &str = "\
user,at,kind
a,2024-01-01T10:00:00Z,view
a,2024-01-01T10:00:00Z,view
a,2024-01-01T10:20:00Z,buy
b,yesterday,view
c,2024-01-01T12:00:00Z,view
a,2024-01-05T10:00:00Z,view
";
const PRICES: &str = "plan,since,price\ngold,2024-01-01T00:00:00Z,9\ngold,2024-01-01T10:10:00Z,8\nfree,2024-01-01T00:00:00Z,0\n";

fn run(keep: &str) -> Run {
    let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", keep])
        .file("p.yaml", PIPELINE)
        .file("crm.csv", CRM)
        .file("users.csv", USERS)
        .file("events.csv", EVENTS)
        .file("prices.csv", PRICES);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    run
}

/// What became of something, a line a stage: table, deed, rows, outputs, text.
fn traced(run: Run, what: &str) -> (Run, Vec<String>) {
    let run = run.arguments(&["trace", "p.yaml", what, "--out", "out", "--format", "json"]);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{what}: {}{}", done.stdout, done.stderr);
    let trace: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let mut stages = Vec::new();
    for course in trace["courses"].as_array().expect("courses") {
        for stage in course["stages"].as_array().expect("stages") {
            let word = |key: &str| stage[key].as_str().unwrap_or_default().to_owned();
            let rows = stage["rows"].as_array().expect("rows");
            let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
            let outputs = stage["outputs"].as_array().expect("outputs");
            let outputs: Vec<&str> = outputs.iter().filter_map(Value::as_str).collect();
            stages.push(format!(
                "{} {} [{}] {} | {}",
                word("table"),
                word("deed"),
                rows.join(" "),
                outputs.join(" "),
                word("text")
            ));
        }
    }
    (run, stages)
}

#[test]
fn a_record_is_followed_through_every_kind_of_step() {
    let (run, stages) = traced(run("all"), "events.csv:4");
    assert_eq!(
        stages,
        [
            "events accepted [3]  | ",
            "unique_events passed [2]  | the only row of its key",
            "with_plan passed [2]  | joined to users.csv:2",
            "bought passed [1] bought.csv | ",
            "priced passed [2] priced.csv | joined to prices.csv:3, 600 s apart",
            "visits grouped [1] visits.csv | event 2 of 2 in its session",
            "by_plan grouped [1] by_plan.csv | one of 3 rows of its group",
            "both passed [1 3] both.csv | ",
            "total changed [1] total.csv | a row of the table is another without it",
        ]
    );
    let (run, stages) = traced(run, "events.csv:3");
    assert_eq!(
        stages,
        [
            "events accepted [2]  | ",
            "unique_events removed []  | removed as a duplicate: events.csv:2 is kept",
        ]
    );
    let (run, stages) = traced(run, "events.csv:5");
    assert_eq!(
        stages,
        ["events.rejects rejected [1] refused.csv | invalid ISO-8601"]
    );
    // No user, so no plan, so no price; beyond the tolerance.
    let (run, stages) = traced(run, "events.csv:6");
    assert_eq!(
        stages,
        [
            "events accepted [4]  | ",
            "unique_events passed [3]  | the only row of its key",
            "with_plan unmatched [3]  | no row of users has its key",
            "bought removed []  | left out by `where`",
            "priced unmatched [3] priced.csv | no partner: it has no key or no time",
            "visits grouped [3] visits.csv | event 1 of 1 in its session",
            "by_plan grouped [2] by_plan.csv | the only row of its group",
            "both passed [4] both.csv | ",
            "total unchanged []  | the table is the same without it",
        ]
    );
    let (run, stages) = traced(run, "events.csv:7");
    assert!(
        stages.contains(&"priced unmatched [4] priced.csv | no partner: the nearest row of prices is beyond the tolerance".to_owned()),
        "{stages:#?}"
    );
    // From the other side of joins.
    let (run, stages) = traced(run, "users:a");
    assert_eq!(
        stages.get(..2).unwrap_or_default(),
        [
            "users accepted [1]  | ",
            "with_plan passed [1 2 4]  | found by 3 rows",
        ]
    );
    let (run, stages) = traced(run, "prices.csv:3");
    assert_eq!(
        stages,
        [
            "prices accepted [2]  | ",
            "priced passed [2] priced.csv | taken by row 2 of with_plan, with `user` a, `at` 2024-01-01T10:20:00Z, `kind` buy",
        ]
    );
    let (_, stages) = traced(run, "users:d");
    assert_eq!(
        stages,
        [
            "users accepted [3]  | ",
            "with_plan removed []  | no row finds it"
        ]
    );
}

#[test]
fn a_record_and_its_customer() {
    let (run, stages) = traced(run("all"), "crm.csv:3");
    assert_eq!(
        stages,
        [
            "crm accepted [2]  | ",
            "people grouped [1] people.csv | merged into customer C1, linked to crm:1 by email",
        ]
    );
    let (run, by_key) = traced(run, "crm:2");
    assert_eq!(by_key, stages);
    let (_, stages) = traced(run, "C1");
    assert_eq!(
        stages,
        ["people customer [1] people.csv | the records crm:1 (kept), crm:2"]
    );
}

#[test]
fn a_run_without_tables_is_done_again_on_the_same_inputs_only() {
    let (run, stages) = traced(run("none"), "events.csv:3");
    assert_eq!(
        stages,
        [
            "events accepted [2]  | ",
            "unique_events removed []  | removed as a duplicate: events.csv:2 is kept",
        ]
    );
    let run = run
        .file("crm.csv", "id,name,email\n1,Ann,other@x.org\n")
        .arguments(&["trace", "p.yaml", "events.csv:3", "--out", "out"]);
    let done = run.done();
    assert_eq!(done.code, Some(1), "{}", done.stdout);
    assert!(
        done.stderr.contains("`crm.csv` is not what it was in run"),
        "{}",
        done.stderr
    );
}

#[test]
fn what_cannot_be_found_says_what_can() {
    let refused = |run: Run, what: &str, expected: &str| {
        let run = run.arguments(&["trace", "p.yaml", what, "--out", "out"]);
        let done = run.done();
        assert_eq!(done.code, Some(2), "{what}: {}", done.stdout);
        assert!(done.stderr.contains(expected), "{what}: {}", done.stderr);
        run
    };
    let run = refused(
        run("all"),
        "events.csv:1",
        "no record begins on line 1 of `events.csv`",
    );
    let run = refused(run, "events.csv:99", "`events.csv` has no line 99");
    let run = refused(run, "crm:99", "`crm` has no record with the key `99`");
    let run = refused(run, "events:a", "source `events` declares no `key`");
    let run = refused(run, "C77", "`C77` is no file and line");
    let changed = PIPELINE.replace("tolerance: 1d", "tolerance: 2d");
    let run = run.file("p.yaml", &changed);
    drop(refused(
        run,
        "crm:1",
        "the pipeline is not what it was in run",
    ));
}

/// Of the two directions that `backward` and `forward` have, `nearest` has neither.
#[test]
fn a_row_without_a_partner_is_told_by_the_direction_of_its_join() {
    for (direction, expected) in [
        ("backward", "prices has no row of its key in that direction"),
        ("forward", "prices has no row of its key in that direction"),
        ("nearest", "prices has no row of its key"),
    ] {
        let pipeline = PIPELINE.replace(
            "tolerance: 1d}",
            &format!("tolerance: 1d, direction: {direction}}}"),
        );
        let run = Run::new(&["run", "p.yaml", "--out", "out", "--keep", "all"])
            .file("p.yaml", &pipeline)
            .file("crm.csv", CRM)
            .file("users.csv", USERS)
            .file("events.csv", "user,at,kind\nb,2024-01-01T10:00:00Z,view\n")
            .file(
                "prices.csv",
                "plan,since,price\ngold,2024-01-01T00:00:00Z,9\n",
            );
        assert_eq!(run.done().code, Some(0));
        let (_, stages) = traced(run, "events.csv:2");
        let expected = format!("priced unmatched [1] priced.csv | no partner: {expected}");
        assert!(stages.contains(&expected), "{stages:#?}");
    }
}
