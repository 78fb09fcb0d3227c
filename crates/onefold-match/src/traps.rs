//! Records that look like one person and are not, and the reverse: each decided as the guide says.

use crate::hostile::{PLACES, found, rows};

/// What becomes of two records.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// They are one person.
    Same,
    /// They may be: the pair is for somebody to look at.
    Possible,
    /// They are two people.
    Apart,
}
use Verdict::{Apart, Possible, Same};

/// Two records, of name, birth date, e-mail, phone and address, among 60 other people.
fn verdict(a: &str, b: &str) -> Verdict {
    let mut all = rows(60, |_, _| {});
    let pad = |row: &str| format!("{row}{}", "|".repeat(PLACES - 1 - row.matches('|').count()));
    all.extend([pad(a), pad(b)]);
    let matched = found(&all);
    let is_possible = matched
        .possible
        .iter()
        .any(|link| (link.a, link.b) == (60, 61));
    match matched.clusters[61] == matched.clusters[60] {
        true => Same,
        false if is_possible => Possible,
        false => Apart,
    }
}

#[test]
fn each_trap_is_decided_as_the_guide_says() {
    let traps = [
        // One spelling in other signs.
        (
            "composed and decomposed accents",
            "Zoé Crémieux||zoé.c@example.org",
            "Zoe\u{301} Cre\u{301}mieux||zoe\u{301}.c@example.org",
            Same,
        ),
        (
            "without accents",
            "Zoé Crémieux||zc@example.org",
            "ZOE CREMIEUX||zc@example.org",
            Same,
        ),
        (
            "capitals",
            "Zoé Crémieux||zc@example.org",
            "ZOÉ CRÉMIEUX||ZC@EXAMPLE.ORG",
            Same,
        ),
        (
            "sharp s",
            "Hans Groß||hg@example.org",
            "HANS GROSS||hg@example.org",
            Same,
        ),
        (
            "dotted and dotless i",
            "İpek Işık||II@EXAMPLE.ORG",
            "ipek ışık||ii@example.org",
            Same,
        ),
        (
            "signs that nobody sees",
            "Zoe Cremieux||zc@example.org",
            "\u{feff}Zoe\u{200b} \u{202e}Cremieux\u{202c}|| zc@exam\u{200b}ple.org\u{200b}",
            Same,
        ),
        (
            "full-width letters",
            "Zoe Cremieux||zc@example.org",
            "Ｚｏｅ Ｃｒｅｍｉｅｕｘ||ｚｃ@example.org",
            Same,
        ),
        (
            "an international domain and its Punycode",
            "Zoe Cremieux||zc@bücher.example",
            "Zoe Cremieux||zc@xn--bcher-kva.example",
            Same,
        ),
        (
            "a dot behind the domain",
            "Zoe Cremieux||zc@example.org",
            "Zoe Cremieux||zc@example.org.",
            Same,
        ),
        (
            "a display name",
            "Zoe Cremieux||zc@example.org",
            "Zoe Cremieux||\"Zoe\" <mailto:zc@example.org>",
            Same,
        ),
        (
            "dots and tags of Gmail",
            "Zoe Cremieux||zoe.cremieux@gmail.com",
            "Zoe Cremieux||zoecremieux+shop@googlemail.com",
            Same,
        ),
        (
            "family name first",
            "Zoe Cremieux|1980-04-07",
            "Cremieux, Zoe|1980-04-07",
            Same,
        ),
        (
            "a nickname",
            "Robert Quillfeather|1980-04-07|rq@example.org",
            "Bob Quillfeather|1980-04-07|rq@example.org",
            Same,
        ),
        (
            "ways to write a telephone number",
            "Zoe Cremieux|||+44 (0)20 7946 0018",
            "Zoe Cremieux|||020 7946 0018",
            Same,
        ),
        // What looks the same and is not.
        (
            "a Cyrillic letter in an address",
            "Zoe Cremieux||zoe.cremieux@example.org",
            "Zoe Cremieux||zоe.cremieux@example.org",
            Possible,
        ),
        (
            "the same, and the birth date",
            "Zoe Cremieux|1980-04-07|zoe.cremieux@example.org",
            "Zoe Cremieux|1980-04-07|zоe.cremieux@example.org",
            Possible,
        ),
        (
            "a Greek letter in a domain",
            "Zoe Cremieux|1980-04-07|zoe@example.org",
            "Zoe Cremieux|1980-04-07|zoe@exαmple.org",
            Possible,
        ),
        // Values that are nobody's.
        (
            "an address that nobody reads",
            "Zoe Cremieux||noreply@example.org",
            "Ivo Quillfeather||no-reply@example.org",
            Apart,
        ),
        (
            "the same, and a common name",
            "Mary Smith||noreply@example.org",
            "Mary Smith||noreply@example.org",
            Apart,
        ),
        (
            "a number of zeros",
            "Zoe Cremieux|||0000000000",
            "Ivo Quillfeather|||0000000000",
            Apart,
        ),
        (
            "digits in a row",
            "Zoe Cremieux|||1234567890",
            "Ivo Quillfeather|||1234567890",
            Apart,
        ),
        (
            "dates that stand for none",
            "Mary Smith|1900-01-01",
            "Mary Smith|1900-01-01",
            Apart,
        ),
        (
            "words that stand for none",
            "n/a|unknown|none|-",
            "N/A|unknown|none|-",
            Apart,
        ),
        ("nothing at all", "|||", "|||", Apart),
        // Two people.
        ("a common name alone", "Mary Smith", "Mary Smith", Apart),
        (
            "an address alone",
            "||||5 Elm Street",
            "Zoe Cremieux||||5 Elm Street",
            Apart,
        ),
    ];
    let mut wrong = Vec::new();
    for (what, a, b, expected) in traps {
        for (a, b) in [(a, b), (b, a)] {
            let found = verdict(a, b);
            if found != expected {
                wrong.push(format!("{what}: {found:?}, not {expected:?}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.concat());
}

/// Apart, whether or not they are listed as possible.
#[test]
fn relatives_and_housemates_are_two_people() {
    let pairs = [
        (
            "father and son",
            "Robert Quillfeather Sr|1950-02-03||5551112233|5 Elm Street",
            "Robert Quillfeather Jr|||5551112233|5 Elm Street",
        ),
        (
            "generations in numerals",
            "Robert Quillfeather II|||5551112233|5 Elm Street",
            "Robert Quillfeather III|||5551112233|5 Elm Street",
        ),
        (
            "twins",
            "Mary Quillfeather|1980-04-07|family@example.org|5551112233|5 Elm Street",
            "Susan Quillfeather|1980-04-07|family@example.org|5551112233|5 Elm Street",
        ),
        (
            "a couple",
            "James Quillfeather|1978-01-09||5551112233|5 Elm Street",
            "Susan Quillfeather|1980-04-07||5551112233|5 Elm Street",
        ),
        (
            "a mother and a daughter with one address",
            "Linda Quillfeather|1950-01-09|lq@example.org",
            "Mary Quillfeather|1980-04-07|lq@example.org",
        ),
    ];
    for (what, a, b) in pairs {
        assert_ne!(verdict(a, b), Same, "{what}");
        assert_ne!(verdict(b, a), Same, "{what}");
    }
}
