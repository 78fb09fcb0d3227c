//! Postal addresses: words in their order, common words of streets abbreviated.

use std::sync::LazyLock;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::fold::words;

/// Words and what they are written as. English after the abbreviations of the US postal service (Publication 28, appendix C1).
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("alley", "aly"),
    ("apartment", "apt"),
    ("avenue", "ave"),
    ("av", "ave"),
    ("avn", "ave"),
    ("boulevard", "blvd"),
    ("boul", "blvd"),
    ("building", "bldg"),
    ("circle", "cir"),
    ("circuit", "cct"),
    ("close", "cl"),
    ("court", "ct"),
    ("crescent", "cres"),
    ("drive", "dr"),
    ("drv", "dr"),
    ("east", "e"),
    ("esplanade", "esp"),
    ("expressway", "expy"),
    ("flat", "apt"),
    ("floor", "fl"),
    ("freeway", "fwy"),
    ("gardens", "gdns"),
    ("grove", "gr"),
    ("heights", "hts"),
    ("highway", "hwy"),
    ("junction", "jct"),
    ("lane", "ln"),
    ("mount", "mt"),
    ("north", "n"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("parade", "pde"),
    ("park", "pk"),
    ("parkway", "pkwy"),
    ("place", "pl"),
    ("plaza", "plz"),
    ("road", "rd"),
    ("route", "rte"),
    ("saint", "st"),
    ("south", "s"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("square", "sq"),
    ("station", "stn"),
    ("street", "st"),
    ("str", "st"),
    ("suite", "ste"),
    ("terrace", "ter"),
    ("terr", "ter"),
    ("trail", "trl"),
    ("turnpike", "tpke"),
    ("unit", "apt"),
    ("village", "vlg"),
    ("west", "w"),
    ("strasse", "str"),
    ("platz", "pl"),
    ("avenida", "ave"),
    ("calle", "c"),
    ("numero", "no"),
    ("number", "no"),
];

/// The same to look up.
static SHORT: LazyLock<HashMap<&str, &str, FixedState>> =
    LazyLock::new(|| ABBREVIATIONS.iter().copied().collect());

/// Appends the words.
pub(crate) fn clean(folded: &str, out: &mut String) {
    for word in words(folded) {
        if !out.is_empty() {
            out.push(' ');
        }
        let short = SHORT.get(word.as_ref());
        match (short, word.strip_suffix("strasse")) {
            (Some(short), _) => out.push_str(short),
            // `Hauptstrasse` is written `Hauptstr.` as often.
            (None, Some(stem)) if !stem.is_empty() => {
                out.push_str(stem);
                out.push_str("str");
            }
            _ => out.push_str(&word),
        }
    }
}
