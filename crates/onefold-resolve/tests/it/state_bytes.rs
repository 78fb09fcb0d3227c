//! States as bytes: damage is found, and a million records are read and written quickly.

use std::time::Instant;

use onefold_resolve::state::{IdScheme, State, StateErrorKind};
use proptest::prelude::*;

use crate::keyed::{self, Row};

fn assign(state: &State, records: &[(u32, &str, &str)], run: &str) -> State {
    assign_with(2, state, records, run)
}

fn assign_with(threads: usize, state: &State, records: &[(u32, &str, &str)], run: &str) -> State {
    let customers = records.iter().map(|(customer, ..)| customer + 1).max();
    let rows = records.iter();
    let rows = rows.map(|(customer, source, key)| (*customer, *source, Some(*key)));
    let rows: Vec<Row<'_>> = rows.collect();
    let scheme = IdScheme::Numbers {
        prefix: "C".to_owned(),
        digits: 3,
    };
    let how = (&scheme, run, threads);
    let assigned = keyed::assign(state, customers.unwrap_or(0), &rows, how);
    assigned.expect("assigned").next
}

/// A state with everything that a state can hold.
fn small() -> State {
    let state = assign(
        &State::default(),
        &[
            (0, "crm", "1"),
            (0, "crm", "2"),
            (1, "crm", "3"),
            (2, "shop", "ä\t1"),
            (3, "shop", "9"),
        ],
        "first \\ run",
    );
    let state = assign(
        &state,
        &[
            (0, "crm", "1"),
            (1, "crm", "2"),
            (1, "crm", "3"),
            (2, "shop", "ä\t1"),
        ],
        "second\nrun",
    );
    assign(
        &state,
        &[(0, "crm", "1"), (0, "crm", "2"), (0, "crm", "3")],
        "third",
    )
}

#[test]
fn a_state_is_lines_of_text() {
    let text = String::from_utf8(small().to_bytes()).expect("text");
    let (body, end) = text.split_at(text.find("end\t").expect("end"));
    assert_eq!(
        body,
        "onefold customer ids\t2\n\
         run\t3\tthird\n\
         given\t4\n\
         past\t2\tsecond\\nrun\n\
         source\tcrm\n\
         source\tshop\n\
         id\tC001\n\
         0\t1\n\
         0\t2\n\
         0\t3\n\
         id\tC002\tmerged\t3\tC001\n\
         id\tC003\tgone\t2\n\
         1\t9\n\
         id\tC004\tgone\t3\n\
         1\tä\\t1\n"
    );
    assert_eq!(end.len(), "end\t".len() + 32 + 1);
}

#[test]
fn every_flipped_byte_is_found() {
    let bytes = small().to_bytes();
    for place in 0..bytes.len() {
        for flip in [1u8, 0x20, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] ^= flip;
            let error = State::parse(damaged.clone(), 2).expect_err("damaged");
            assert!(!error.to_string().is_empty() && !error.hint().is_empty());
        }
    }
}

#[test]
fn every_cut_and_every_tail_is_found() {
    let bytes = small().to_bytes();
    for end in 0..bytes.len() {
        let error = State::parse(bytes[..end].to_vec(), 2).expect_err("cut");
        assert_eq!(error.kind(), StateErrorKind::Damaged, "{end}");
    }
    for tail in ["\n", "x", "end\t", "1\tz\n"] {
        let long = [&bytes, tail.as_bytes()].concat();
        assert!(State::parse(long.clone(), 2).is_err(), "{tail}");
    }
    let twice = [&bytes[..], &bytes[..]].concat();
    assert!(State::parse(twice.clone(), 2).is_err());
}

#[test]
fn what_is_wrong_is_said() {
    let said = |bytes: &[u8]| {
        let error = State::parse(bytes.to_vec(), 2).expect_err("wrong");
        (error.kind(), error.to_string())
    };
    let (kind, text) = said(b"id,name\n1,Ann\n");
    assert_eq!(
        (kind, text.as_str()),
        (StateErrorKind::Foreign, "this is no state of customer ids")
    );
    let (kind, text) = said(b"onefold customer ids\t7\nrun\t1\t\n");
    let version = "the state of customer ids has version `7`, which is unknown";
    assert_eq!((kind, text.as_str()), (StateErrorKind::Version, version));
}

/// Bytes with a right checksum.
fn sealed(body: &str) -> Vec<u8> {
    let digest = xxhash_rust::xxh3::xxh3_128(body.as_bytes());
    format!("{body}end\t{digest:032x}\n").into_bytes()
}

#[test]
fn a_state_that_contradicts_itself_is_refused() {
    let head = "onefold customer ids\t2\nrun\t1\t\ngiven\t1\nsource\ts\n";
    assert!(State::parse(sealed(&format!("{head}id\tC1\n0\ta\n")), 2).is_ok());
    for (rest, line, what) in [
        ("id\tC1\nid\tC1\n", 5, "an id stands there twice"),
        ("id\tC2\nid\tC1\nid\tC2\n", 5, "an id stands there twice"),
        ("0\ta\n", 5, "its first word is unknown"),
        ("id\tC1\n1\ta\n", 6, "the source is unknown"),
        ("id\tC1\n00\ta\n", 6, "its first word is unknown"),
        ("id\tC1\n0\tb\n0\ta\n", 7, "the records are out of order"),
        ("id\tC1\n0\ta\n0\ta\n", 7, "the records are out of order"),
        ("source\ts\n", 5, "the sources are out of order"),
        (
            "id\tC1\tmerged\t1\tC2\n",
            5,
            "an id that it names is unknown",
        ),
        (
            "id\tC1\tmerged\t1\tC1\n",
            5,
            "an id that it names is unknown",
        ),
        ("id\tC1\tgone\t9\n", 5, "the run is unknown"),
        (
            "id\tC1\tsold\t1\n",
            5,
            "what became of the id is not understood",
        ),
        (
            "id\tC1\nid\tC2\tmerged\t1\tC1\n0\ta\n",
            7,
            "the id is not in use",
        ),
        (
            "id\tC\\x\n",
            5,
            "a backslash stands before something else than `t`, `n`, `r` or `\\`",
        ),
        (
            "id\tC1\n0\tk\r\n",
            6,
            "a carriage return stands there as it is",
        ),
        ("id\tC1\r\n", 5, "a carriage return stands there as it is"),
        ("given\t1\n", 5, "it stands in the wrong place"),
        ("id\tC1\ngiven\t1\n", 6, "its first word is unknown"),
        ("id\tC1\n0\ta\tx\n", 6, "it has too many fields"),
        ("\n", 5, "its first word is unknown"),
    ] {
        let error = State::parse(sealed(&format!("{head}{rest}")), 2).expect_err(rest);
        let what = format!("line {line} of the state of customer ids is wrong: {what}");
        assert_eq!(error.to_string(), what, "{rest}");
    }
    assert!(State::parse(sealed("onefold customer ids\t2\n"), 2).is_err());
}

/// Ids ascend mostly, and a state is read in pieces: neither may hide an id that stands there twice, or one that is out of order.
#[test]
fn an_id_that_stands_twice_is_found_wherever_it_is() {
    let lines = |ids: &mut dyn Iterator<Item = u32>| {
        let head = "onefold customer ids\t2\nrun\t1\t\ngiven\t90000\nsource\ts\n";
        let ids: Vec<String> = ids.map(|id| format!("id\tC{id:06}\n0\tk{id}\n")).collect();
        sealed(&format!("{head}{}", ids.concat()))
    };
    for threads in [1, 2, 5] {
        let ascending = lines(&mut (0..30_000));
        let descending = lines(&mut (0..30_000).rev());
        for whole in [ascending, descending] {
            let state = State::parse(whole.clone(), threads).expect("whole");
            assert!(state.to_bytes() == whole);
        }
        for again in [0, 14_999, 29_998] {
            let twice = lines(&mut (0..30_000).chain([again]));
            let text = State::parse(twice.clone(), threads)
                .expect_err("twice")
                .to_string();
            assert!(
                text.ends_with("an id stands there twice"),
                "{again}: {text}"
            );
        }
    }
}

/// Both halves ascend, and two threads read a half each: the middle lies in the last line of the first.
#[test]
fn an_id_that_stands_in_both_halves_is_found() {
    let half = |last: &str| {
        let ids = (0..100).map(|id| format!("id\tC{id:06}\n0\tk{id:02}\n"));
        ids.collect::<String>() + last
    };
    let head = "onefold customer ids\t2\nrun\t1\t\ngiven\t100\nsource\ts\n";
    let twice = sealed(&format!(
        "{head}{}{}",
        half("0\tthe last of its id\n"),
        half("")
    ));
    let text = State::parse(twice.clone(), 2)
        .expect_err("twice")
        .to_string();
    assert!(text.ends_with("an id stands there twice"), "{text}");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let head = "onefold customer ids\t2\nrun\t1\t\ngiven\t1\nsource\ts\n";
    // Line 6 is wrong too, but text is asked for first.
    let mut bytes = format!("{head}id\tC1\n1\ta\nid\tC2\n0\tb?\n").into_bytes();
    let place = bytes.len() - 2;
    bytes[place] = 0xff;
    let digest = xxhash_rust::xxh3::xxh3_128(&bytes);
    bytes.extend(format!("end\t{digest:032x}\n").bytes());
    for threads in [1, 2, 64] {
        let error = State::parse(bytes.clone(), threads).expect_err("no text");
        let what = "line 8 of the state of customer ids is wrong: it is no text";
        assert_eq!(error.to_string(), what);
    }
}

#[test]
fn a_record_under_two_ids_is_refused_when_it_is_met() {
    let head = "onefold customer ids\t2\nrun\t1\t\ngiven\t2\nsource\ts\n";
    let state = sealed(&format!("{head}id\tC1\n0\ta\nid\tC2\n0\ta\n0\tb\n"));
    let state = State::parse(state.clone(), 2).expect("state");
    let meet = |key| {
        let how = (&IdScheme::Uuids, "", 2);
        keyed::assign(&state, 1, &[(0, "s", Some(key))], how)
            .map(|assigned| assigned.id(0).to_owned())
    };
    assert_eq!(meet("b").expect("assigned"), "C2");
    let error = meet("a").expect_err("two ids");
    assert_eq!(error.kind(), StateErrorKind::Contradiction);
    assert!(error.to_string().contains("under two ids"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), body in "(id\t[a-z]|[01]\t[a-z]|[a-z0-9\t\n\\\\]|\n){0,40}") {
        prop_assert!(State::parse(bytes.clone(), 2).is_err());
        // Right checksums, random lines.
        let text = format!("onefold customer ids\t2\nrun\t1\tx\ngiven\t2\nsource\ts\nid\tC1\n{body}\n");
        if let Ok(state) = State::parse(sealed(&text), 2) {
            prop_assert_eq!(state.to_bytes(), sealed(&text));
        }
    }

    #[test]
    fn texts_of_all_kinds_come_back(keys in prop::collection::btree_set(("\\PC{0,6}|[\t\n\r\\\\tnr]{0,6}", "\\PC*|[\t\n\r\\\\]*"), 0..20)) {
        let records: Vec<(u32, &str, &str)> = keys.iter().zip(0..)
            .map(|((source, key), place)| (place / 2, source.as_str(), key.as_str()))
            .collect();
        let state = assign(&State::default(), &records, "\t\\");
        let parsed = State::parse(state.to_bytes(), 2).expect("state");
        prop_assert_eq!(parsed.to_bytes(), state.to_bytes());
        prop_assert_eq!(parsed, state);
    }
}

/// One million records of 500,000 customers, the same with any number of threads. Run with `--nocapture` for the figures.
#[test]
fn a_million_records_are_quick() {
    let keys: Vec<String> = (0..1_000_000u64)
        .map(|n| format!("K{:07}", n.wrapping_mul(7_777_777) % 1_000_003))
        .collect();
    let records: Vec<(u32, &str, &str)> = keys
        .iter()
        .zip(0..)
        .map(|(key, place)| {
            (
                place / 2,
                if place % 3 == 0 { "shop" } else { "crm" },
                key.as_str(),
            )
        })
        .collect();
    let clock = Instant::now();
    let first = assign(&State::default(), &records, "first");
    let assigned = clock.elapsed();
    let clock = Instant::now();
    let second = assign(&first, &records, "second");
    let again = clock.elapsed();
    assert_eq!(first.record_count(), second.record_count());
    let clock = Instant::now();
    let bytes = second.to_bytes();
    let written = clock.elapsed();
    let clock = Instant::now();
    let parsed = State::parse(bytes.clone(), 2).expect("state");
    let read = clock.elapsed();
    assert_eq!(parsed, second);
    for threads in [1, 7] {
        let first_with = assign_with(threads, &State::default(), &records, "first");
        assert!(first_with == first, "{threads} threads");
        let second_with = assign_with(threads, &first, &records, "second");
        assert!(second_with == second, "{threads} threads");
        assert!(second_with.to_bytes() == bytes, "{threads} threads");
        assert!(
            State::parse(bytes.clone(), threads).expect("state") == second,
            "{threads} threads"
        );
    }
    eprintln!(
        "{} MB: assign {assigned:?}, again {again:?}, write {written:?}, read {read:?}",
        bytes.len() >> 20
    );
    // Ten times what it takes on a slow machine.
    assert!((written + read).as_secs() < 10);
}
