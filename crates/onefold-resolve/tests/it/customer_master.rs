//! Two systems, one customer file: the sample job, exactly.

use onefold_resolve::{CustomerId, Options, Preference, Resolved, Rule, SourceRecords, resolve};

use crate::tables::{lines, text_source};

const COLUMNS: [&str; 6] = [
    "customer_id",
    "full_name",
    "email",
    "phone",
    "signup_date",
    "status",
];

fn crm() -> SourceRecords {
    let rows = [
        [
            "CRM001",
            "John Smith",
            "john.smith@email.com",
            "5550101",
            "2023-01-15",
            "active",
        ],
        [
            "CRM002",
            "Jane Doe",
            "jane.doe@email.com",
            "5550102",
            "2023-02-20",
            "active",
        ],
        [
            "CRM003",
            "Bob Wilson",
            "bob.wilson@email.com",
            "5550103",
            "2023-03-10",
            "inactive",
        ],
        [
            "CRM004",
            "Alice Brown",
            "alice.b@email.com",
            "",
            "2023-04-05",
            "active",
        ],
        [
            "CRM005",
            "john smith",
            "j.smith@email.com",
            "5550101",
            "2023-05-12",
            "active",
        ],
    ];
    sample("crm", "CRM", &rows)
}

fn shop() -> SourceRecords {
    let rows = [
        [
            "EC1001",
            "John Smith",
            "john.smith@email.com",
            "5550101",
            "2023-01-15",
            "active",
        ],
        [
            "EC1002",
            "Mary Johnson",
            "mary.j@email.com",
            "5550104",
            "2023-03-22",
            "active",
        ],
        [
            "EC1003",
            "Jane Doe",
            "jane.doe@email.com",
            "5550102",
            "2023-02-20",
            "active",
        ],
    ];
    sample("shop", "ECOM", &rows)
}

fn sample(name: &str, label: &str, rows: &[[&str; 6]]) -> SourceRecords {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| row.iter().map(|v| (!v.is_empty()).then_some(*v)).collect())
        .collect();
    text_source(name, label, &COLUMNS, &rows)
}

fn resolved() -> Resolved {
    let name = Rule {
        fold_case: true,
        max_shared: Some(50),
        ..Rule::on("name", ["full_name"])
    };
    let options = Options {
        rules: vec![
            Rule::on("email", ["email"]),
            Rule::on("phone", ["phone"]),
            name,
        ],
        keep: vec![Preference::MostComplete],
        ..Options::new(CustomerId::default())
    };
    resolve(vec![crm(), shop()], &options).expect("resolved")
}

#[test]
fn customers() {
    let resolved = resolved();
    assert_eq!(
        lines(
            &resolved.schemas.customers,
            &resolved.customers().expect("rows")
        ),
        [
            "unified_id|customer_id|full_name|email|phone|signup_date|status|sources|records|kept_key",
            "CUST001|CRM001|John Smith|john.smith@email.com|5550101|2023-01-15|active|CRM+ECOM|3|CRM001",
            "CUST002|CRM002|Jane Doe|jane.doe@email.com|5550102|2023-02-20|active|CRM+ECOM|2|CRM002",
            "CUST003|CRM003|Bob Wilson|bob.wilson@email.com|5550103|2023-03-10|inactive|CRM|1|CRM003",
            "CUST004|CRM004|Alice Brown|alice.b@email.com|-|2023-04-05|active|CRM|1|CRM004",
            "CUST005|EC1002|Mary Johnson|mary.j@email.com|5550104|2023-03-22|active|ECOM|1|EC1002",
        ]
    );
}

#[test]
fn duplicates() {
    let resolved = resolved();
    assert_eq!(
        lines(
            &resolved.schemas.duplicates,
            &resolved.duplicates().expect("rows")
        ),
        [
            "kept_id|removed_ids|match_reason|removed_sources",
            "CUST001|CRM005,EC1001|email+phone+name|CRM+ECOM",
            "CUST002|EC1003|email+phone+name|ECOM",
        ]
    );
}

#[test]
fn links_and_members() {
    let resolved = resolved();
    assert_eq!(
        lines(&resolved.schemas.links, &resolved.links().expect("links")),
        [
            "unified_id|record_key|source|linked_key|linked_source|reasons|address|linked_address",
            "CUST001|CRM005|crm|CRM001|crm|phone+name|400|0",
            "CUST001|EC1001|shop|CRM001|crm|email+phone+name|0|0",
            "CUST002|EC1003|shop|CRM002|crm|email+phone+name|200|100",
        ]
    );
    let merges: Vec<_> = resolved
        .merges()
        .iter()
        .map(|m| (m.record, m.into, m.rules.iter().collect()))
        .collect();
    assert_eq!(
        merges,
        [
            (4, 0, vec![1, 2]),
            (5, 0, vec![0, 1, 2]),
            (7, 1, vec![0, 1, 2])
        ]
    );

    let members = resolved.members().expect("members");
    assert_eq!(
        lines(&resolved.schemas.members, &members),
        [
            "unified_id|source|record_key|address|kept",
            "CUST001|crm|CRM001|0|true",
            "CUST002|crm|CRM002|100|true",
            "CUST003|crm|CRM003|200|true",
            "CUST004|crm|CRM004|300|true",
            "CUST001|crm|CRM005|400|false",
            "CUST001|shop|EC1001|0|false",
            "CUST005|shop|EC1002|100|true",
            "CUST002|shop|EC1003|200|false",
        ]
    );
}

#[test]
fn report() {
    let resolved = resolved();
    let report = &resolved.report;
    assert_eq!(
        (report.records, report.customers, report.duplicates),
        (8, 5, 3)
    );
    assert_eq!(report.sizes, [3, 1, 1, 0, 0, 0, 0]);
    assert_eq!(report.largest, 3);
    let rules: Vec<_> = report
        .rules
        .iter()
        .map(|r| {
            (
                r.label.as_str(),
                r.present,
                r.values,
                r.records,
                r.skipped_values,
            )
        })
        .collect();
    assert_eq!(
        rules,
        [
            ("email", 8, 2, 4, 0),
            ("phone", 7, 2, 5, 0),
            ("name", 8, 2, 5, 0)
        ]
    );
    assert_eq!(
        resolved.record_key(4).expect("key").as_deref(),
        Some("CRM005")
    );
    assert_eq!(resolved.record_key(8).expect("no error"), None);
    assert_eq!(resolved.records_of(0), [0, 4, 5]);
    assert_eq!(resolved.records_of(2), [2]);
    assert!(resolved.records_of(5).is_empty());
}
