//! `onefold resolve`: who is who in files, without a pipeline file.

use crate::command::Run;

const CRM: &str = "\
id,first_name,last_name,email,birth_date,phone
1,Robert,Miller,robert.miller@example.org,1980-03-12,+1 212 555 0147
2,Bob,Miller,rob@example.net,1980-03-12,(212) 555-0147
3,Jane,Doe,jane@example.org,1991-11-02,
4,Maria,Garcia,maria@example.com,1975-07-30,+1 646 555 0190
";

const SHOP: &str = "\
no;Vorname;Nachname;E-Mail;Geburtsdatum
A1;Jane;Doe;JANE@EXAMPLE.ORG;02.11.1991
A2;Peter;Novak;peter@example.com;01.02.1966
";

fn run() -> Run {
    Run::new(&["resolve", "crm.csv", "shop.csv", "--out", "out"])
        .file("crm.csv", CRM)
        .file("shop.csv", SHOP)
}

#[test]
fn two_files() {
    let run = run();
    let done = run.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let read = |name: &str| std::fs::read_to_string(run.path(name)).expect(name);
    let members = read("out/members.csv");
    let id = |source: &str, key: &str| {
        let start = format!("{source},{key},");
        let line = members.lines().find(|line| line.starts_with(&start));
        line.map(|line| line[start.len()..].to_owned())
    };
    assert_eq!(id("crm", "1"), id("crm", "2"), "{members}");
    assert_eq!(id("crm", "3"), id("shop", "A1"), "{members}");
    assert_ne!(id("crm", "4"), id("shop", "A2"), "{members}");
    assert_eq!(members.lines().count(), 7);
    let page = read("out/report.html");
    assert!(page.contains("birth_date"), "{page}");
    assert!(!page.contains("http://") || page.contains("www.w3.org"));
    // The pipeline that was written does the same.
    let again = run.arguments(&["run", "out/onefold.yaml", "--out", "again"]);
    let done = again.done();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let again = std::fs::read_to_string(again.path("again/members.csv")).expect("members");
    assert_eq!(members, again);
}

#[test]
fn the_order_and_the_threads_do_not_matter() {
    let members = |text: &str, threads: &str| {
        let run = Run::new(&["resolve", "crm.csv", "--out", "out", "--threads", threads]);
        let run = run.file("crm.csv", text);
        assert_eq!(run.done().code, Some(0));
        let text = std::fs::read_to_string(run.path("out/members.csv")).expect("members");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let one = members(CRM, "1");
    assert_eq!(one, members(CRM, "2"));
    assert_eq!(one, members(CRM, "8"));
}

#[test]
fn an_address_of_everybody_joins_nobody() {
    let mut rows = String::from("id,name,email\n");
    const SOUNDS: [&str; 12] = [
        "ba", "ke", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe",
    ];
    for number in 0..2000usize {
        let word = |mut n: usize| {
            let mut word = String::new();
            for _ in 0..4 {
                word.push_str(SOUNDS[n % SOUNDS.len()]);
                n = n / SOUNDS.len() + n % 7;
            }
            word
        };
        let (first, last) = (word(number * 7 + 1), word(number * 11 + 5));
        rows += &format!("{number},{first} {last},info@example.org\n");
    }
    let run = Run::new(&["resolve", "crm.csv", "--out", "out"]).file("crm.csv", &rows);
    assert_eq!(run.done().code, Some(0));
    let customers = std::fs::read_to_string(run.path("out/customers.csv")).expect("customers");
    assert!(
        customers.lines().count() > 1900,
        "{}",
        customers.lines().count()
    );
}

#[test]
fn what_cannot_be() {
    let run = run();
    let done = run
        .arguments(&["resolve", "crm.csv", "--out", "out", "--key", "nope"])
        .done();
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("no file has a column `nope`"),
        "{}",
        done.stderr
    );
    let numbers = Run::new(&["resolve", "n.csv", "--out", "out"]).file("n.csv", "a,b\n1,2\n3,4\n");
    let done = numbers.done();
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("no column says who a record is"),
        "{}",
        done.stderr
    );
    let foreign = Run::new(&["resolve", "crm.csv", "--out", "."]);
    let foreign = foreign
        .file("crm.csv", CRM)
        .file("onefold.yaml", "sources: {}\n");
    assert_eq!(foreign.done().code, Some(2));
}
