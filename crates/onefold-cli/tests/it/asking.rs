//! Asking about a resolution: how good it is, and why records are one customer.

use crate::command::Run;

const PIPELINE: &str = "\
pipeline: p
sources:
  crm: {path: crm.csv, key: id, label: CRM, fields: {id: text, name: person_name, email: email}}
  shop: {path: shop.csv, key: id, fields: {id: text, name: person_name, email: email}}
tables:
  customers: {resolve: {from: [crm, shop], match: [email], id: {name: customer, prefix: C, digits: 1}}}
outputs: [{table: customers, path: customers.csv}]
";

const CRM: &str =
    "id,name,email\n1,Ann Lee,ann@example.org\n2,Bob Ray,bob@example.org\n3,Ann Lee,\n";
const SHOP: &str = "id,name,email\n1,A. Lee,ann@example.org\n7,Cid Moe,bob@example.org\n";

/// Ann is three records, of which one is not found; Bob and Cid are two people with one address.
const TRUTH: &str = "\
source,record_key,entity_id
crm,1,ann
crm,3,ann
shop,1,ann
CRM,2,bob
shop,7,cid
shop,9,cid
crm,1,ann
,,
";

fn run(arguments: &[&str]) -> Run {
    Run::new(arguments)
        .file("p.yaml", PIPELINE)
        .file("crm.csv", CRM)
        .file("shop.csv", SHOP)
        .file("truth.csv", TRUTH)
}

/// What a command says on stderr where it ends with exit code 2.
fn refused(run: &Run) -> String {
    let done = run.done();
    assert_eq!(done.code, Some(2), "{}{}", done.stdout, done.stderr);
    assert_eq!(done.stdout, "");
    done.stderr
}

fn says(text: &str, expected: &[&str]) {
    for part in expected {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn how_well_customers_are_found() {
    let run = run(&["evaluate", "p.yaml", "--truth", "truth.csv"]);
    let done = run.done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    says(
        &done.stdout,
        &[
            "truth      source `source`, record `record_key`, entity `entity_id`\n",
            "records    5 with truth\n",
            " 1 of the truth not in the data\n",
            " 1 of the truth said twice\n",
            " 1 of the truth without a key or an entity: left out\n",
            "customers  3 found, the largest of 2 records; 3 true, the largest of 3 records\n",
            "2 pairs found, 3 true, 1 of them both\n",
            "50.00%",
            "33.33%",
            "Worst false links\n",
            "  ann is 2 customers\n    C1: crm:1, shop:1\n    C3: crm:3\n",
        ],
    );
    assert!(!run.path("customers.csv").exists(), "nothing is published");
    assert!(!run.path(".onefold").exists(), "nothing is recorded");
}

/// The parser of the command line took them for options.
#[test]
fn what_begins_with_a_hyphen_is_not_always_an_option() {
    let mut run = run(&["run", "p.yaml", "--out", "out", "--keep", "all"])
        .file("crm.csv", CRM.replace("1,Ann", "-5,Ann"));
    assert_eq!(run.done().code, Some(0));
    let comment = "-- how many?\nSELECT count(*) AS records FROM crm";
    for arguments in [
        ["query", comment, "--out", "out", "--as", "csv"],
        ["query", "--out", "out", "--as", "csv", comment],
        ["query", "--as=csv", "--out", "out", "--", comment],
    ] {
        run = run.arguments(&arguments);
        let done = run.done();
        assert_eq!(done.stdout, "records\n3\n", "{}", done.stderr);
    }
    run = run.arguments(&["explain", "p.yaml", "-5", "--out", "out"]);
    says(
        &run.done().stdout,
        &["C1 has 2 records\n", "crm:-5 is kept"],
    );
    run = run.arguments(&["explain", "p.yaml", "-5", "2"]);
    says(&run.done().stdout, &["crm:-5 and crm:2 are two customers"]);
    run = run.arguments(&["show", "p.yaml", "crm", "--where", "-1 < length(name)"]);
    says(&run.done().stdout, &["3 rows"]);
    // What was mistyped is none of these.
    for arguments in [
        &["query", "--ass", "csv", "SELECT 1"][..],
        &["query", "SELECT 1", "--ass=csv"],
        &["trace", "p.yaml", "-x"],
    ] {
        run = run.arguments(arguments);
        let said = refused(&run);
        assert!(
            said.contains("no such option") || said.contains("unexpected argument"),
            "{said}"
        );
    }
    let decided = PIPELINE.replace("match: [email]", "match: [email], decisions: decided.csv");
    let why = "--why";
    run = run.file("p.yaml", decided).arguments(&[
        "decide",
        "different",
        "p.yaml",
        "crm:-5",
        "shop:1",
        why,
        "- by phone",
        "--who",
        "-eve",
    ]);
    assert_eq!(run.done().code, Some(0));
    let file = std::fs::read_to_string(run.path("decided.csv")).expect("decisions");
    assert!(
        file.contains(",-eve,") && file.ends_with(",- by phone\n"),
        "{file}"
    );
}

/// It said that no rule links them, although a rule would but for a guard.
#[test]
fn a_guard_that_keeps_records_apart_is_named() {
    let guards = [
        (
            ", never: name",
            "`email` is equal, but `never: name` parts them",
        ),
        (
            ", distinct: [crm]",
            "no rule links them, neither directly nor through other records",
        ),
        (
            ", guards: {max_shared: {email: 1}}",
            "`email` is equal, but a guard keeps them apart: `max_shared`, or",
        ),
    ];
    for (guard, why) in guards {
        let pipeline = PIPELINE.replace("match: [email]", &format!("match: [email]{guard}"));
        let pair = match guard.contains("distinct") {
            true => ["crm:1", "crm:3"],
            false => ["crm:2", "shop:7"],
        };
        let run = run(&["explain", "p.yaml", pair[0], pair[1]]).file("p.yaml", pipeline);
        let done = run.done();
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        says(&done.stdout, &[why]);
    }
    let twins = "id,name,email\n1,Ann Lee,ann@example.org\n2,Ann Lee,ann@example.org\n";
    let pipeline = PIPELINE.replace("match: [email]", "match: [email], distinct: [crm]");
    let run = run(&["explain", "p.yaml", "crm:1", "crm:2"])
        .file("p.yaml", pipeline)
        .file("crm.csv", twins)
        .file("shop.csv", "id,name,email\n");
    says(
        &run.done().stdout,
        &["`email` is equal, but `distinct: crm` parts records of one table"],
    );
}

/// It said that no rule links them, although a rule would but for the decision.
#[test]
fn a_decision_that_keeps_records_apart_is_named() {
    let pipeline = PIPELINE.replace("match: [email]", "match: [email], decisions: decided.csv");
    let header = "decision,source_a,key_a,source_b,key_b,who,at,why\n";
    let decided = format!(
        "{header}different,shop,1,crm,1,eve,2026-11-27T03:33:58Z,mother and daughter\nsame,crm,1,crm,3,,,\n"
    );
    let mut run = run(&["explain", "p.yaml", "crm:1", "shop:1"])
        .file("p.yaml", pipeline)
        .file("decided.csv", decided);
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    says(
        &done.stdout,
        &[
            "crm:1 and shop:1 are two customers, C1 and C3\n\
             the decision of eve at 2026-11-27T03:33:58Z keeps them apart: mother and daughter\n\
             without that they would be one customer, through 1 link\n",
            "shop:1 would be linked to crm:1 by email\n",
            "ann@example.org",
        ],
    );
    // Through another record, which somebody has joined with the first.
    run = run.arguments(&["explain", "p.yaml", "crm:3", "shop:1"]);
    let done = run.done();
    says(
        &done.stdout,
        &[
            "the decision of eve at 2026-11-27T03:33:58Z that shop:1 and crm:1 are different keeps them apart: mother",
            "one customer, through 2 links\n",
            " by decision\n",
        ],
    );
    run = run.arguments(&["explain", "p.yaml", "crm:1", "shop:1", "--format", "json"]);
    let done = run.done();
    says(
        &done.stdout,
        &[
            r#""decisions":[{"records":["shop:1","crm:1"],"who":"eve","at":"2026-11-27T03:33:58Z","why":"mother and daughter"}]"#,
            r#""reasons":"email""#,
        ],
    );
    // Nothing would link these, decision or not.
    run = run.arguments(&["explain", "p.yaml", "crm:1", "crm:2"]);
    says(&run.done().stdout, &["no rule links them"]);
    // Nobody signed, and nobody said when.
    let unsigned = format!("{header}different,crm,1,shop,1,,,\n");
    let run = run
        .file("decided.csv", unsigned)
        .arguments(&["explain", "p.yaml", "crm:1", "shop:1"]);
    says(&run.done().stdout, &["\na decision keeps them apart\n"]);
}

#[test]
fn programs_get_the_same_counts() {
    let done = run(&[
        "evaluate",
        "p.yaml",
        "--truth",
        "truth.csv",
        "--format",
        "json",
    ])
    .done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    says(
        &done.stdout,
        &[
            r#""pairs":{"found":2,"true":3,"both":1}"#,
            r#""customers":{"found":3,"true":3,"largest_found":2,"largest_true":3}"#,
            r#""records":5,"without_truth":0"#,
            r#""not_in_data":1,"repeated":1,"empty":1,"ambiguous":0,"malformed":0"#,
        ],
    );
}

#[test]
fn odd_truths() {
    let with = |truth: &str| run(&["evaluate", "p.yaml", "--truth", "t.csv"]).file("t.csv", truth);
    let told = refused(&with("record_key\n1\n"));
    says(&told, &["fewer than two columns", "`record_key`"]);
    let told = refused(&with("source,id,cluster\ncrm,1,a\ncrm,1,b\n"));
    says(&told, &["puts a record into two entities: `1`"]);
    let told = refused(&with("id,cluster\n99,a\n"));
    says(
        &told,
        &["none of the 1 records of the truth", "`1` of source `crm`"],
    );
    let told = refused(&with("id,cluster\n1,a\n"));
    says(&told, &["several sources have these keys"]);
    // By place, and keys of two sources left out.
    let done = with("a,b\n1,x\n3,x\n7,y\n").done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    says(
        &done.stdout,
        &[
            "record `a`, entity `b`\n",
            "records    2 with truth\n",
            " 1 of the truth with a key of several sources",
            " 3 of the data without truth: left out\n",
        ],
    );
    let done = run(&["evaluate", "p.yaml", "--truth", "none.csv"]).done();
    assert_eq!(done.code, Some(3), "{}", done.stderr);
}

#[test]
fn why_records_are_one_customer() {
    let done = run(&["explain", "p.yaml", "C1"]).done();
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    says(
        &done.stdout,
        &[
            "C1 has 2 records\n\ncrm:1 is kept\n\nshop:1 joins crm:1 by email\n",
            "│ compared ┆ shop:1          ┆ crm:1           ┆ level │",
            "│ email    ┆ ann@example.org ┆ ann@example.org ┆ equal │",
        ],
    );
    let of_record = run(&["explain", "p.yaml", "CRM:1"]).done();
    assert_eq!(of_record.stdout, done.stdout);
    let alone = run(&["explain", "p.yaml", "3"]).done();
    says(
        &alone.stdout,
        &["C3 has 1 record\n\ncrm:3 is kept\n", "│ name  ┆ Ann Lee │"],
    );
}

#[test]
fn whether_two_records_are_one_customer() {
    let done = run(&["explain", "p.yaml", "crm:2", "7"]).done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    says(
        &done.stdout,
        &["crm:2 and shop:7 are one customer, C2\n\nshop:7 is linked to crm:2 by email\n"],
    );
    let done = run(&["explain", "p.yaml", "crm:1", "3"]).done();
    says(
        &done.stdout,
        &[
            "crm:1 and crm:3 are two customers, C1 and C3\nno rule links them",
            "│ email    ┆ ann@example.org ┆       │",
        ],
    );
    let done = run(&["explain", "p.yaml", "crm:1", "3", "--format", "json"]).done();
    says(
        &done.stdout,
        &[r#""one_customer":false"#, r#""customers":["C1","C3"]"#],
    );
}

#[test]
fn what_cannot_be_found() {
    let told = refused(&run(&["explain", "p.yaml", "C9"]));
    says(
        &told,
        &[
            "there is no customer or record `C9` in `customers`",
            "`crm:1`",
        ],
    );
    let told = refused(&run(&["explain", "p.yaml", "crm:1", "shop:2"]));
    says(&told, &["there is no record `shop:2`"]);
    let told = refused(&run(&["explain", "p.yaml", "1"]));
    says(
        &told,
        &[
            "several sources have a record `1`",
            "say which: `crm:1`, `shop:1`",
        ],
    );
    let told = refused(&run(&["explain", "p.yaml", "crm:1", "CRM:1"]));
    says(&told, &["are one record"]);
    let told = refused(&run(&["explain", "p.yaml", "C1", "--table", "people"]));
    says(
        &told,
        &["there is no `resolve` table `people`", "`customers`"],
    );
}

#[test]
fn other_thresholds() {
    let pipeline = PIPELINE.replace("match: [email]", "match: auto");
    let run = run(&[
        "evaluate",
        "p.yaml",
        "--truth",
        "truth.csv",
        "--curve",
        "--format",
        "json",
    ]);
    let done = run.file("p.yaml", &pipeline).done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let found: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    let curve = found["curve"].as_array().expect("a curve");
    let own: Vec<_> = curve
        .iter()
        .filter(|point| point["is_own"] == true)
        .collect();
    assert_eq!((curve.len(), own.len()), (10, 1), "{curve:?}");
    assert_eq!(own[0]["f1"], found["pairwise"]["f1"]);
    let customers = |point: &serde_json::Value| point["customers"].as_u64();
    assert!(customers(&curve[0]) <= customers(&curve[9]), "{curve:?}");
}

#[test]
fn rules_have_no_thresholds() {
    let done = run(&["evaluate", "p.yaml", "--truth", "truth.csv", "--curve"]).done();
    says(&done.stdout, &["rules have no threshold"]);
}
