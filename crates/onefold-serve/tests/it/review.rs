//! Doubtful pairs, decided in the page and obeyed by the next run.

use serde_json::Value;

use crate::people::{HEADER, PIPELINE, after_a_run, customers};
use crate::served::{Served, run};

pub(crate) fn decisions(served: &Served) -> String {
    std::fs::read_to_string(served.folder.path().join("decisions.csv")).unwrap_or_default()
}

/// The hidden fields of the form with an address.
fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page.split(&format!("action=\"{action}\"")).nth(1);
    let form = form.unwrap_or_else(|| panic!("no form {action}: {page}"));
    let form = form.split("</form>").next().unwrap_or_default();
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    let inputs = inputs.filter_map(|input| {
        let (name, rest) = input.split_once("\" value=\"")?;
        Some((name.to_owned(), rest.split('"').next()?.to_owned()))
    });
    inputs.collect()
}

/// Presses a button of a form, with what else is typed.
pub(crate) fn press(
    served: &Served,
    page: &str,
    action: &str,
    typed: &[(&str, &str)],
) -> (u16, String) {
    let hidden = hidden(page, action);
    let fields = hidden
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<(&str, &str)> = fields.chain(typed.iter().copied()).collect();
    let answer = served.post(action, &fields);
    (
        answer.status,
        match answer.status {
            303 => answer.header("location").to_owned(),
            _ => answer.text(),
        },
    )
}

fn text<'v>(pair: &'v Value, name: &str) -> &'v str {
    pair[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {pair}"))
}

fn names(pair: &Value) -> [(String, String); 2] {
    [("source", "record_key"), ("other_source", "other_key")]
        .map(|(source, key)| (text(pair, source).to_owned(), text(pair, key).to_owned()))
}

#[test]
fn a_rejected_pair_stays_apart() {
    let served = after_a_run(PIPELINE);
    // A pair that a lower threshold would link.
    let loose = customers(served.folder.path(), Some(0.03));
    let all = served.get("/review.json").json()["pairs"]
        .as_u64()
        .expect("a number");
    assert!(all >= 4, "{all} pairs are too few");
    let pairs = (0..all)
        .map(|pair| served.get(&format!("/review.json?pair={pair}")).json()["pair"].clone());
    let pair = pairs.into_iter().find(|pair| {
        let [a, b] = names(pair);
        loose[&a] == loose[&b]
    });
    let pair = pair.expect("a pair that would be linked");
    let number = pair["number"].as_u64().expect("a number");
    let page = served.get(&format!("/review?pair={number}")).text();
    let typed = [
        ("decision", "different"),
        ("who", "Eve, M."),
        ("why", "father\nand \"son\""),
    ];
    let (status, next) = press(&served, &page, "/review/decide", &typed);
    assert_eq!(status, 303, "{next}");
    assert_ne!(next, format!("/review?pair={number}"));
    let [a, b] = names(&pair);
    let line = format!(
        "{HEADER}different,{},{},{},{},\"Eve, M.\",2026-05-28T21:50:00Z,\"father and \"\"son\"\"\"\n",
        a.0, a.1, b.0, b.1
    );
    assert_eq!(decisions(&served), line);
    let standing = served.get("/review.json").json();
    assert_eq!(
        (standing["decided"].as_u64(), standing["waiting"].as_u64()),
        (Some(1), Some(1))
    );
    assert_ne!(standing["pair"]["number"].as_u64(), Some(number));
    // The next run, with the lower threshold.
    let path = served.folder.path().join("p.yaml");
    std::fs::write(&path, PIPELINE.replace("threshold: 90%", "threshold: 3%")).expect("written");
    assert_eq!(served.post("/run", &[]).status, 303);
    let events = served.get("/live/events").text();
    assert!(events.contains("Published"), "{events}");
    let now = customers(served.folder.path(), None);
    assert_ne!(now[&a], now[&b], "{pair}");
    let published = std::fs::read_to_string(served.folder.path().join("out/customers.csv"));
    assert!(published.expect("a file").lines().count() > 1);
    let asked = served.get("/review.json").json();
    let again = (0..asked["pairs"].as_u64().expect("a number")).any(|pair| {
        let pair = served.get(&format!("/review.json?pair={pair}")).json()["pair"].clone();
        names(&pair) == [a.clone(), b.clone()]
    });
    assert!(!again, "a decided pair is asked for again");
}

#[test]
fn a_decision_is_taken_back_unless_the_file_has_changed() {
    let served = after_a_run(PIPELINE);
    let same = [("decision", "same"), ("who", "eve"), ("why", "")];
    let first = served.get("/review").text();
    let (_, second) = press(&served, &first, "/review/decide", &same);
    let one = decisions(&served);
    let page = served.get(&second).text();
    let remembered = served.get_with("/review", "onefold-who=%C3%88ve");
    assert!(remembered.text().contains("value=\"Ève\""));
    let (_, third) = press(&served, &page, "/review/decide", &same);
    assert_eq!(decisions(&served).lines().count(), 3);
    let page = served.get(&third).text();
    let (status, back) = press(&served, &page, "/review/undo", &[]);
    assert_eq!((status, back.as_str()), (303, second.as_str()));
    assert_eq!(decisions(&served), one);
    // The one before can be taken back as well; an old page cannot.
    let (status, _) = press(&served, &page, "/review/undo", &[]);
    assert_eq!(status, 409);
    let page = served.get("/review").text();
    let changed = format!("{one}same,crm,1,crm,2,bob,,\n");
    let path = served.folder.path().join("decisions.csv");
    std::fs::write(&path, &changed).expect("written");
    let (status, said) = press(&served, &page, "/review/undo", &[]);
    assert!(
        status == 409 && said.contains("has been changed since"),
        "{status} {said}"
    );
    assert_eq!(decisions(&served), changed);
    assert!(
        !served
            .get("/review")
            .text()
            .contains("action=\"/review/undo\"")
    );
    std::fs::write(&path, &one).expect("written");
    let page = served.get("/review").text();
    assert_eq!(press(&served, &page, "/review/undo", &[]).0, 303);
    assert_eq!(decisions(&served), HEADER);
}

#[test]
fn what_somebody_else_decides_meanwhile_is_not_overruled_unseen() {
    let served = after_a_run(PIPELINE);
    let page = served.get("/review?pair=0").text();
    let different = [("decision", "different"), ("who", "eve")];
    let same = [("decision", "same"), ("who", "bob")];
    assert_eq!(press(&served, &page, "/review/decide", &same).0, 303);
    let before = decisions(&served);
    let (status, said) = press(&served, &page, "/review/decide", &different);
    assert!(
        status == 409 && said.contains("bob has decided meanwhile"),
        "{status} {said}"
    );
    assert_eq!(decisions(&served), before);
    // Whoever sees it may decide otherwise.
    let page = served.get("/review?pair=0").text();
    assert!(page.contains("Decided: same"), "{page}");
    assert_eq!(press(&served, &page, "/review/decide", &different).0, 303);
    let pair = served.get("/review.json?pair=0").json();
    assert_eq!(pair["pair"]["decision"]["decision"], "different");
    // A pair that is decided twice is one pair.
    assert_eq!(decisions(&served).lines().count(), 3);
    assert_eq!((&pair["decided"], &pair["waiting"]), (&1.into(), &1.into()));
    // A broken file is shown, and nothing is written to it.
    let path = served.folder.path().join("decisions.csv");
    std::fs::write(&path, format!("{HEADER}perhaps,crm,1,crm,2,,,\n")).expect("written");
    let broken = served.get("/review?pair=0").text();
    assert!(broken.contains("a decision cannot be read"), "{broken}");
    assert_eq!(press(&served, &page, "/review/decide", &same).0, 400);
    assert!(decisions(&served).contains("perhaps"));
}

#[test]
fn blind_review_hides_weights_and_sources_until_somebody_has_decided() {
    let served = after_a_run(PIPELINE);
    let pair = served.get("/review.json?pair=1").json()["pair"].clone();
    let [a, b] = names(&pair);
    let blind = served.get("/review?pair=1&blind=1").text();
    for secret in [
        format!("{}:{}", a.0, a.1),
        format!("{}:{}", b.0, b.1),
        "waterfall".to_owned(),
    ] {
        assert!(!blind.contains(&secret), "{secret}");
    }
    assert!(
        blind.contains("Record 1") && !blind.contains(">id</th>"),
        "{blind}"
    );
    let json = served.get("/review.json?pair=1&blind=1").json();
    assert_eq!(
        (&json["pair"]["score"], &json["pair"]["source"]),
        (&Value::Null, &Value::Null)
    );
    let (status, next) = press(&served, &blind, "/review/decide", &[("decision", "same")]);
    assert!(status == 303 && next.contains("blind=1"), "{next}");
    let open = served.get("/review?pair=1&blind=1").text();
    assert!(open.contains("waterfall"), "{open}");
}

#[test]
fn the_review_needs_no_script_and_its_addresses_hold_nobody() {
    let served = after_a_run(PIPELINE);
    let pages = [
        "/review",
        "/review?pair=0",
        "/review/customers",
        "/review/threshold",
        "/review/threshold?cut=5",
        "/review/threshold?exact=97.5",
    ];
    for path in pages {
        let page = served.get(path);
        let text = page.text();
        assert_eq!(page.status, 200, "{path}: {text}");
        assert!(
            text.contains("<h1>") && !text.contains(" style=") && !text.contains("<script>"),
            "{path}"
        );
        for link in text
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            let is_of_somebody = ["example.org", "Smith", "smith", "crm", "shop"];
            assert!(
                !is_of_somebody.iter().any(|part| link.contains(part)),
                "{path}: {link}"
            );
        }
    }
    let page = served.get("/review").text();
    for part in [
        "value=\"same\"",
        "value=\"different\"",
        ">Skip<",
        "<kbd>U</kbd>",
        "<progress",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Enter in a field presses a button that does nothing.
    let form = page
        .split("action=\"/review/decide\"")
        .nth(1)
        .expect("a form");
    let first = form.split("<button").nth(1).expect("a button");
    assert!(
        first.starts_with(" type=\"submit\" disabled hidden"),
        "{first}"
    );
    let off = served.post("/review/keys", &[("keys", "off"), ("pair", "0")]);
    assert_eq!(
        (off.status, off.header("location")),
        (303, "/review?pair=0")
    );
    assert!(off.header("set-cookie").starts_with("onefold-keys=off;"));
    for (path, status) in [
        ("/review?pair=999999", 404),
        ("/review?pair=x", 404),
        ("/review?table=nothing", 404),
        ("/review/customers?customer=nobody", 404),
        ("/review/threshold?cut=0", 400),
        ("/review/threshold?exact=abc", 400),
        ("/review/threshold/pair?a=0&b=99999999", 404),
        ("/review/threshold/pair?a=0", 404),
    ] {
        assert_eq!(served.get(path).status, status, "{path}");
    }
    let nothing = served.post("/review/decide", &[("pair", "0")]);
    assert_eq!(nothing.status, 400);
    assert_eq!(decisions(&served), "");
}

#[test]
fn a_pipeline_without_decisions_says_which_lines_to_add() {
    let without = PIPELINE.replace("      decisions: decisions.csv\n", "");
    let served = after_a_run(&without.replacen("    key: id\n", "", 1));
    let page = served.get("/review").text();
    for part in [
        "decisions: decisions.csv",
        "  crm:\n    key: FIELD",
        "These have none: crm",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("value=\"same\""), "{page}");
    let refused = served.post("/review/decide", &[("pair", "0"), ("decision", "same")]);
    assert_eq!(refused.status, 400);
    let rules = without
        .replace("match: auto", "match: email")
        .replace("      model: {threshold: 90%, possible: 2%}\n", "");
    let served = after_a_run(&rules);
    assert!(
        served
            .get("/review")
            .text()
            .contains("resolved by rules alone")
    );
    assert!(
        served
            .get("/review/threshold")
            .text()
            .contains("There is no threshold")
    );
    let data = served.get("/review/threshold.json").json();
    assert_eq!(
        (&data["table"], &data["threshold"]),
        (&"customers".into(), &Value::Null)
    );
}

#[test]
fn a_table_of_records_asks_its_source_for_a_key() {
    let without = PIPELINE
        .replace("      decisions: decisions.csv\n", "")
        .replacen("    key: id\n", "", 1)
        .replace("from: [crm, shop]", "from: [known, shop]")
        .replace("tables:\n", "tables:\n  known: {from: crm}\n");
    let served = after_a_run(&without);
    let page = served.get("/review").text();
    for part in ["  crm:\n    key: FIELD", "These have none: known"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("  known:\n    key: FIELD"), "{page}");
}

#[test]
fn a_run_that_resolves_nothing_has_data_too() {
    let served = Served::after_a_run();
    for path in [
        "/review.json",
        "/review/customers.json",
        "/review/threshold.json",
    ] {
        let data = served.get(path).json();
        let expected = (Value::from(served.last_run()), Value::Null);
        assert_eq!(
            (&data["run_id"], &data["table"]),
            (&expected.0, &expected.1),
            "{path}"
        );
    }
}

#[test]
fn every_link_of_the_threshold_keeps_its_cut() {
    let served = after_a_run(PIPELINE);
    let page = served.get("/review/threshold?exact=3&curve=1").text();
    let links = page.split("href=\"/review/threshold").skip(1);
    let links: Vec<&str> = links.filter_map(|rest| rest.split('"').next()).collect();
    assert!(
        links.iter().any(|link| link.starts_with("/pair?")),
        "{links:?}"
    );
    for link in links {
        assert!(link.contains("cut=") && !link.contains("exact"), "{link}");
    }
    assert!(
        page.contains("<input type=\"hidden\" name=\"curve\" value=\"1\">"),
        "{page}"
    );
    let pair = page
        .split("href=\"/review/threshold/pair")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let pair = format!("/review/threshold/pair{}", pair.expect("a pair")).replace("&amp;", "&");
    let page = served.get(&pair).text();
    assert!(
        page.contains("href=\"/review/threshold?cut=3&amp;curve=1\">Threshold"),
        "{page}"
    );
}

#[test]
fn the_review_of_a_run_stays_with_it() {
    let served = after_a_run(PIPELINE);
    let first = served.last_run();
    let page = served.get("/review").text();
    run(served.folder.path(), 60);
    let same = [("decision", "same"), ("who", ""), ("why", "")];
    let (status, next) = press(&served, &page, "/review/decide", &same);
    assert_eq!(status, 303, "{next}");
    assert!(next.contains(&format!("run={first}")), "{next}");
}
