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
