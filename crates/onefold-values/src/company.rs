//! Companies: the name as it stands, its legal form at the end in the usual spelling.
//!
//! `ACME steel, inc` is `ACME steel Inc.`. The name keeps its capitals: nobody knows those of `IBM` and `eBay` but their owners. Blanks become
//! single, Unicode becomes NFC; a comma, a hyphen or brackets that only set the legal form apart go. A legal form elsewhere than at the end
//! stays as it is, and so does a text that is nothing but a legal form.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::invalid::Invalid;
use crate::text::{is_zero_width, trim};

/// Signs that set a legal form apart.
const MARKS: &[char] = &[',', ';', '-', '\u{2013}', ' '];

/// Most words of a legal form.
const WORDS_MAX: usize = 5;

/// Appends the name to `out`.
///
/// # Errors
/// [`Invalid::Company`]: no letter and no digit. `out` is then unchanged.
pub fn standardise(value: &str, out: &mut String) -> Result<(), Invalid> {
    let value = trim(value);
    if !value.chars().any(char::is_alphanumeric) {
        return Err(Invalid::Company);
    }
    let visible: String;
    let value = match value.is_ascii() || is_nfc(value) && !value.contains(is_zero_width) {
        true => value,
        false => {
            visible = value.chars().filter(|c| !is_zero_width(*c)).nfc().collect();
            &visible
        }
    };
    let words: Vec<&str> = value.split_whitespace().collect();
    let written = formed(&words).unwrap_or_else(|| words.join(" "));
    out.push_str(&written);
    Ok(())
}

/// The name with its legal form in the usual spelling. `None` without one, and where the result could be read in another way: `A S, AS`
/// would become `A SAS`.
fn formed(words: &[&str]) -> Option<String> {
    let (mut name, form) = apart(words);
    let form = form?;
    let is_mark = |word: &str| word.chars().all(|c| MARKS.contains(&c) || c == '.');
    while let [rest @ .., last] = name
        && is_mark(last)
    {
        name = rest;
    }
    let name = name.join(" ");
    let written = format!("{} {form}", name.trim_end_matches(MARKS));
    let again: Vec<&str> = written.split_whitespace().collect();
    let (same_name, same_form) = apart(&again);
    let is_stable = same_form == Some(form) && written.ends_with(form) && {
        let length: usize = same_name.iter().map(|word| word.len() + 1).sum();
        length + form.len() == written.len()
    };
    is_stable.then_some(written)
}

/// The words of the name, and the legal form behind them.
fn apart<'w, 'v>(words: &'w [&'v str]) -> (&'w [&'v str], Option<&'static str>) {
    for count in (1..=WORDS_MAX.min(words.len().saturating_sub(1))).rev() {
        let Some((name, last)) = words.split_at_checked(words.len() - count) else {
            continue;
        };
        let has_name = name.iter().any(|word| word.contains(char::is_alphanumeric));
        if !has_name {
            continue;
        }
        let text = last.join(" ");
        if let Some(form) = form_of(&text) {
            return (name, Some(form));
        }
    }
    (words, None)
}

/// The usual spelling of a legal form.
fn form_of(text: &str) -> Option<&'static str> {
    // Longer texts are none; most words end here.
    const LONGEST: usize = 64;
    if text.len() > LONGEST {
        return None;
    }
    if text.contains('(') != text.contains(')') {
        return None;
    }
    let bare = text.trim_matches([',', ';', '(', ')']);
    let exact = || {
        EXACT
            .iter()
            .find(|form| form.eq_ignore_ascii_case(bare))
            .copied()
    };
    exact().or_else(|| BY_FOLDED.get(fold(text).as_str()).copied())
}

/// A legal form as it is compared: lower case, without dots, commas, brackets and blanks; `und` and `and` are `&`.
fn fold(text: &str) -> String {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let words = words.map(|word| match word {
        _ if word.eq_ignore_ascii_case("und") || word.eq_ignore_ascii_case("and") => "&",
        word => word,
    });
    let letters = words
        .flat_map(str::chars)
        .filter(|c| !matches!(c, '.' | ';' | '(' | ')'));
    letters.flat_map(char::to_lowercase).collect()
}

static BY_FOLDED: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let forms = FORMS.iter().flat_map(|(form, others)| {
        let all = std::iter::once(*form).chain(others.iter().copied());
        all.map(|text| (fold(text), *form))
    });
    forms.collect()
});

/// Forms that only their dots tell from other forms (Czech `a.s.` from Norwegian `AS`) and from words (`Spa`).
const EXACT: &[&str] = &["a.s.", "a.d.", "d.d.", "S.p.A."];

/// The usual spelling, and what else is written for it; dots, commas and case do not matter.
static FORMS: &[(&str, &[&str])] = &[
    // English.
    ("Inc.", &["incorporated", "incorp"]),
    ("Corp.", &["corporation"]),
    ("Co.", &["company"]),
    ("& Co.", &["& company"]),
    ("Co. Ltd", &["company limited", "co limited", "company ltd"]),
    ("Co. Inc.", &["company incorporated", "company inc"]),
    (
        "LLC",
        &["limited liability company", "limited liability co"],
    ),
    ("PLLC", &["professional limited liability company"]),
    ("LLP", &["limited liability partnership"]),
    ("LP", &["limited partnership"]),
    ("LLLP", &["limited liability limited partnership"]),
    ("Ltd", &["limited"]),
    ("PLC", &["public limited company"]),
    ("CIC", &["community interest company"]),
    (
        "Pty Ltd",
        &["proprietary limited", "pty limited", "proprietary ltd"],
    ),
    ("Pte Ltd", &["private limited company", "pte limited"]),
    (
        "Pvt Ltd",
        &["private limited", "pvt limited", "private ltd"],
    ),
    ("Sdn Bhd", &["sendirian berhad"]),
    ("Bhd", &["berhad"]),
    ("Tbk", &[]),
    ("ULC", &["unlimited liability company"]),
    ("DAC", &["designated activity company"]),
    // German.
    (
        "GmbH",
        &[
            "gesellschaft mit beschränkter haftung",
            "gesellschaft m b h",
            "gesmbh",
            "ges m b h",
        ],
    ),
    ("gGmbH", &["gemeinnützige gmbh"]),
    ("AG", &["aktiengesellschaft"]),
    ("KG", &["kommanditgesellschaft"]),
    ("OHG", &["offene handelsgesellschaft"]),
    ("OG", &[]),
    ("KGaA", &["kommanditgesellschaft auf aktien"]),
    ("GbR", &["gesellschaft bürgerlichen rechts"]),
    ("UG (haftungsbeschränkt)", &[]),
    ("UG", &["unternehmergesellschaft"]),
    ("GmbH & Co. KG", &["gmbh & co kommanditgesellschaft"]),
    ("GmbH & Co. KGaA", &[]),
    ("GmbH & Co. OHG", &[]),
    ("AG & Co. KG", &[]),
    ("AG & Co. KGaA", &[]),
    ("SE & Co. KG", &[]),
    ("SE & Co. KGaA", &[]),
    ("UG & Co. KG", &[]),
    ("Co. KG", &["company kg"]),
    ("& Co. KG", &["& company kg"]),
    ("e.V.", &["eingetragener verein"]),
    ("eG", &["eingetragene genossenschaft"]),
    (
        "e.K.",
        &[
            "eingetragener kaufmann",
            "eingetragene kauffrau",
            "e kfm",
            "e kfr",
        ],
    ),
    ("PartG mbB", &[]),
    // French.
    (
        "SA",
        &[
            "société anonyme",
            "societe anonyme",
            "sociedad anónima",
            "sociedad anonima",
            "spółka akcyjna",
        ],
    ),
    (
        "SARL",
        &[
            "société à responsabilité limitée",
            "societe a responsabilite limitee",
        ],
    ),
    ("Sàrl", &[]),
    (
        "SAS",
        &[
            "société par actions simplifiée",
            "societe par actions simplifiee",
        ],
    ),
    ("SASU", &[]),
    ("EURL", &[]),
    ("SCI", &["société civile immobilière"]),
    ("SNC", &["société en nom collectif"]),
    // Spanish and Portuguese.
    ("S.L.", &["sociedad limitada"]),
    ("S.L.U.", &[]),
    ("S.A. de C.V.", &["sociedad anónima de capital variable"]),
    ("S. de R.L. de C.V.", &[]),
    ("S. de R.L.", &[]),
    ("Ltda.", &["limitada"]),
    ("Lda.", &[]),
    ("EIRELI", &[]),
    // Italian.
    (
        "S.r.l.",
        &[
            "società a responsabilità limitata",
            "societate cu răspundere limitată",
        ],
    ),
    ("S.r.l.s.", &[]),
    // Dutch and Belgian.
    ("B.V.", &["besloten vennootschap"]),
    ("N.V.", &["naamloze vennootschap"]),
    ("V.O.F.", &["vennootschap onder firma"]),
    ("BVBA", &[]),
    ("SPRL", &[]),
    // Nordic.
    ("AB", &["aktiebolag", "aktiebolaget"]),
    ("AB (publ)", &[]),
    ("AS", &["aksjeselskap"]),
    ("ASA", &["allmennaksjeselskap"]),
    ("A/S", &["aktieselskab"]),
    ("ApS", &["anpartsselskab"]),
    ("I/S", &["interessentskab"]),
    ("Oy", &["osakeyhtiö"]),
    ("Oyj", &["julkinen osakeyhtiö"]),
    ("Oy Ab", &[]),
    ("ehf.", &["einkahlutafélag"]),
    ("hf.", &["hlutafélag"]),
    // East of Europe, Turkey, Greece.
    (
        "Sp. z o.o.",
        &[
            "spółka z ograniczoną odpowiedzialnością",
            "sp zoo",
            "spolka z oo",
        ],
    ),
    ("Sp. k.", &["spółka komandytowa"]),
    ("Sp. j.", &["spółka jawna"]),
    ("s.r.o.", &["spol s r o", "společnost s ručením omezeným"]),
    ("v.o.s.", &[]),
    ("d.o.o.", &["društvo s ograničenom odgovornošću"]),
    ("Kft.", &["korlátolt felelősségű társaság"]),
    ("Zrt.", &[]),
    ("Nyrt.", &[]),
    ("OOD", &[]),
    ("EOOD", &[]),
    ("OÜ", &["osaühing"]),
    ("UAB", &["uždaroji akcinė bendrovė"]),
    ("SIA", &["sabiedrība ar ierobežotu atbildību"]),
    ("A.Ş.", &["anonim şirketi"]),
    ("Ltd. Şti.", &["limited şirketi"]),
    // Of Europe, of Japan.
    ("SE", &["societas europaea"]),
    ("K.K.", &["kabushiki kaisha", "kabushiki gaisha"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standard(value: &str) -> Result<String, Invalid> {
        let mut out = String::new();
        standardise(value, &mut out).map(|()| out)
    }

    #[test]
    fn names_keep_their_letters_and_forms_have_one_spelling() {
        for (value, expected) in [
            ("ACME steel, inc", "ACME steel Inc."),
            ("ACME steel Incorporated", "ACME steel Inc."),
            (" Acme   Ltd. ", "Acme Ltd"),
            ("Acme Limited", "Acme Ltd"),
            ("Acme (LTD)", "Acme Ltd"),
            ("Acme - LLC", "Acme LLC"),
            ("Acme L.L.C.", "Acme LLC"),
            ("Acme limited liability company", "Acme LLC"),
            ("Ford Motor Company", "Ford Motor Co."),
            ("Smith & co", "Smith & Co."),
            ("Smith and Company", "Smith & Co."),
            ("Müller GMBH", "Müller GmbH"),
            ("Mu\u{308}ller Gmbh", "Müller GmbH"),
            ("Müller GmbH und Co KG", "Müller GmbH & Co. KG"),
            ("Müller GmbH & Co.KG", "Müller GmbH & Co. KG"),
            ("Müller gmbh&co. kg", "Müller GmbH & Co. KG"),
            ("Müller & Co. KG", "Müller & Co. KG"),
            ("Verein der Freunde e. V.", "Verein der Freunde e.V."),
            ("Peugeot S.A.", "Peugeot SA"),
            ("Dupont s.a.r.l.", "Dupont SARL"),
            ("Fiat S.P.A.", "Fiat S.p.A."),
            ("Wellness Spa", "Wellness Spa"),
            ("Foo ug (haftungsbeschränkt)", "Foo UG (haftungsbeschränkt)"),
            ("Philips NV", "Philips N.V."),
            ("Novo Nordisk a/s", "Novo Nordisk A/S"),
            ("Equinor ASA", "Equinor ASA"),
            ("Elkem as", "Elkem AS"),
            ("Škoda Auto A.S.", "Škoda Auto a.s."),
            ("Allegro sp. z o. o.", "Allegro Sp. z o.o."),
            ("BHP Pty. Limited", "BHP Pty Ltd"),
            ("Toyota Co., Ltd.", "Toyota Co. Ltd"),
            ("eBay", "eBay"),
            ("IBM", "IBM"),
            ("GmbH", "GmbH"),
            ("Inc Magazine", "Inc Magazine"),
            ("3M", "3M"),
            ("Foo, Inc., LLC", "Foo, Inc. LLC"),
            ("株式会社トヨタ", "株式会社トヨタ"),
        ] {
            assert_eq!(standard(value).as_deref(), Ok(expected), "{value:?}");
            assert_eq!(standard(expected).as_deref(), Ok(expected), "{expected:?}");
        }
        for value in ["", "-", "???", "., &"] {
            assert_eq!(standard(value), Err(Invalid::Company), "{value:?}");
        }
    }

    #[test]
    fn every_spelling_is_of_one_form() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (form, others) in FORMS {
            assert!(form.split(' ').count() <= WORDS_MAX, "{form}");
            for text in std::iter::once(form).chain(*others) {
                let before = seen.insert(fold(text), form);
                assert!(
                    before.is_none_or(|other| other == *form),
                    "{text} {before:?}"
                );
            }
            assert_eq!(standard(&format!("X1 {form}")), Ok(format!("X1 {form}")));
        }
    }

    proptest! {
        #[test]
        fn a_second_time_changes_nothing(
            value in "[A-Za-z&,.()-]{1,6}( [A-Za-z&,.()-]{1,4}){0,3}( |, | \\()(gmbh|GmbH & Co|co|Inc|LTD|s\\.a|company|as|A\\.S\\.|limited)[.,)]{0,2}( KG| ltd)?"
        ) {
            if let Ok(once) = standard(&value) {
                prop_assert_eq!(standard(&once), Ok(once));
            }
        }

        #[test]
        fn no_text_panics(value in any::<String>()) {
            let mut out = "before".to_owned();
            match standardise(&value, &mut out) {
                Ok(()) => {
                    let once = out["before".len()..].to_owned();
                    prop_assert_eq!(standard(&once), Ok(once));
                }
                Err(_) => prop_assert_eq!(out, "before"),
            }
        }
    }
}
