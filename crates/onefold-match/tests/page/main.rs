//! The page: its bytes for a small one, and that any page is well-formed, whatever the data holds.
//!
//! With `ONEFOLD_BLESS=1` the expected page is written anew.

mod sample;

use std::collections::HashSet;
use std::path::Path;

use onefold_match::Level;
use onefold_match::page::{ColumnUse, Page, Prevented, html};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use sample::{nothing, small};

/// All texts of a page, its attributes too. Fails where the page is not well-formed, or has a number that cannot be drawn.
fn texts(page: &str) -> Vec<String> {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let (mut texts, mut ids, mut open) = (Vec::new(), HashSet::new(), 0);
    let mut text = String::new();
    loop {
        let event = reader.read_event().expect("well-formed");
        match &event {
            Event::Text(part) => {
                text.push_str(part);
                continue;
            }
            Event::GeneralRef(name) => {
                let name: &str = name;
                text.push_str(match name {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "#39" => "'",
                    other => panic!("unknown entity {other}"),
                });
                continue;
            }
            Event::Start(tag) | Event::Empty(tag) => {
                open += i32::from(matches!(event, Event::Start(_)));
                for attribute in tag.attributes() {
                    let attribute = attribute
                        .expect("an attribute as XML writes it, and no other of this name");
                    let value: &str = &attribute.value;
                    assert!(!value.contains(['<', '\'']), "{value}");
                    let name: &str = attribute.key.as_ref();
                    if name == "id" {
                        assert!(ids.insert(value.to_owned()), "twice: {value}");
                    }
                    if ["x", "y", "x1", "x2", "y1", "y2", "width", "height"].contains(&name) {
                        let number: f64 = value.trim_end_matches('%').parse().expect(value);
                        assert!((-1.0..1e5).contains(&number), "{name} {value}");
                    }
                    assert!(!name.starts_with("on"), "{name}");
                    texts.push(value.to_owned());
                }
            }
            Event::End(_) => open -= 1,
            Event::Eof => break,
            _ => {}
        }
        texts.push(std::mem::take(&mut text));
    }
    assert_eq!(open, 0, "every tag is closed");
    assert!(!page.chars().any(|sign| sign.is_control() && sign != '\n'));
    texts
}

#[test]
fn a_small_page_is_as_expected() {
    let page = html(&small());
    texts(&page);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page/small.html");
    if std::env::var_os("ONEFOLD_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(
        page == expected,
        "run this test with `ONEFOLD_BLESS=1` and look at the page"
    );
}

#[test]
fn the_page_needs_nothing_else() {
    let page = html(&small());
    let page = page.replace("http://www.w3.org/1999/xhtml", "");
    for wish in [
        "http:",
        "https:",
        "src=",
        "@import",
        "url(",
        "<link",
        "innerHTML",
    ] {
        assert!(!page.contains(wish), "{wish}");
    }
}

#[test]
fn every_chart_is_described_and_has_its_table() {
    let page = html(&small());
    let charts = page.matches("role=\"img\"").count();
    assert_eq!(charts, page.matches("role=\"img\" aria-label=\"").count());
    let figures = page.matches("<figure>").count();
    assert_eq!(figures, page.matches("The numbers as a table").count());
    // Weights and shares of four comparisons, probabilities, sizes, time; and the rows of the pairs.
    assert_eq!((figures, charts), (11, 11 + 3 * 6));
}

#[test]
fn sections_stand_in_their_order() {
    let page = html(&small());
    let ids = [
        "headline",
        "columns",
        "weights",
        "shares",
        "probabilities",
        "examples",
        "sizes",
        "blocking",
        "unlinkable",
        "prevented",
        "time",
    ];
    let places: Vec<_> = ids
        .iter()
        .map(|id| page.find(&format!("<section id=\"{id}\"")).expect(id))
        .collect();
    assert!(places.is_sorted());
}

#[test]
fn nothing_makes_a_page_too() {
    let page = html(&nothing());
    let texts = texts(&page);
    for sentence in [
        "No pairs were compared.",
        "Nothing was compared.",
        "No guard prevented a merge.",
    ] {
        assert!(texts.iter().any(|text| text == sentence), "{sentence}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
}

/// A page that has the text in every place that takes one.
fn full_of(text: &str) -> Page {
    let text = text.to_owned();
    let mut page = small();
    page.title.clone_from(&text);
    page.sources = vec![(text.clone(), 1)];
    page.sizes = vec![(text.clone(), 1)];
    page.seconds = vec![(text.clone(), 1.0)];
    page.largest = vec![(text.clone(), 1)];
    page.prevented = vec![Prevented {
        guard: text.clone(),
        count: 1,
        examples: vec![(text.clone(), text.clone())],
    }];
    page.columns = vec![ColumnUse {
        name: text.clone(),
        role: text.clone(),
        confidence: 0.5,
        because: text.clone(),
        comparison: Some(text.clone()),
    }];
    for comparison in &mut page.model.comparisons {
        comparison.label.clone_from(&text);
        comparison.depends_on = Some(text.clone());
        comparison.levels[0].name.clone_from(&text);
    }
    for example in &mut page.examples {
        example.what.clone_from(&text);
        example.a.clone_from(&text);
        example.b.clone_from(&text);
        for agreement in &mut example.explanation.evidence {
            agreement.comparison.clone_from(&text);
            agreement.level.clone_from(&text);
            agreement.values = [Some(text.clone()), Some(format!("{text}x"))];
        }
    }
    page
}

#[test]
fn texts_of_the_data_stay_texts() {
    let clean = html(&small()).matches("<script").count();
    let hostile = [
        "</script><script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "' autofocus onfocus='alert(1)",
        "]]><!-- & &amp; &#0;",
        "\0\u{1}\u{8}\u{b}\u{1b}[31m\r\n\t\u{7f}\u{85}\u{fffe}\u{ffff}",
        "\u{202e}evil\u{2066}",
        "</title></style><svg onload=alert(1)>",
        "",
        "é\u{301}👩‍👩‍👧\u{fdd0}",
    ];
    for text in hostile {
        let page = html(&full_of(text));
        texts(&page);
        assert_eq!(page.matches("<script").count(), clean, "{text:?}");
        assert!(!page.contains("<svg onload") && !page.contains('\u{202e}'));
    }
    let shown = texts(&html(&full_of("<b>\"x\" & 'y'</b>\n")));
    assert!(shown.iter().any(|text| text == "<b>\"x\" & 'y'</b>␊"));
}

#[test]
fn long_values_are_cut() {
    let long = "word & ".repeat(1_500);
    let page = html(&full_of(&long));
    assert!(
        texts(&page)
            .iter()
            .all(|text| text.chars().count() < 10_000 || text.contains("color-scheme"))
    );
    assert!(page.contains('…'));
    assert!(page.len() < 400_000, "{}", page.len());
}

#[test]
fn extreme_numbers_are_drawn() {
    let mut page = small();
    let levels = &mut page.model.comparisons[1].levels;
    levels[0] = Level {
        name: "never".to_owned(),
        m: 0.0,
        u: 0.5,
    };
    levels[1] = Level {
        name: "only".to_owned(),
        m: 0.5,
        u: 0.0,
    };
    levels[2] = Level {
        name: "neither".to_owned(),
        m: 0.0,
        u: 0.0,
    };
    levels[3] = Level {
        name: "broken".to_owned(),
        m: f64::NAN,
        u: f64::INFINITY,
    };
    levels[4] = Level {
        name: "tiny".to_owned(),
        m: 1.0,
        u: 1e-300,
    };
    page.examples[0].explanation.prior = -40.0;
    page.examples[0].explanation.evidence[0].weight = 60.0;
    page.examples[0].explanation.evidence[1].weight = f32::INFINITY;
    page.examples[0].explanation.evidence[2].weight = f32::NEG_INFINITY;
    page.examples[0].explanation.evidence[3].weight = f32::NAN;
    page.examples[1].explanation.weight = f32::MAX;
    page.examples[2].explanation.probability = f64::NAN;
    page.probabilities = [u64::MAX, 1, 0, 0, 0, 0, 0, 0, 0, 9];
    page.thresholds = [0.0, 1.0];
    page.blocking.compared_of = 1;
    page.customers = page.records + 1;
    page.seconds = vec![
        ("a".to_owned(), f64::NAN),
        ("b".to_owned(), f64::INFINITY),
        ("c".to_owned(), -1.0),
        ("d".to_owned(), 1e12),
    ];
    page.sizes = vec![
        ("2".to_owned(), u64::MAX),
        ("3".to_owned(), 1),
        ("4".to_owned(), 0),
    ];
    let text = html(&page);
    let shown = texts(&text);
    for expected in ["+∞", "−∞", "+60.0", "−40.0", "18,446,744,073,709,551,615"] {
        assert!(shown.iter().any(|text| text == expected), "{expected}");
    }
    assert!(!text.contains("NaN"));
}

#[test]
fn the_page_is_json_too() {
    let json = serde_json::to_value(small()).unwrap();
    assert_eq!(json["blocking"]["compared_of"], 76_193_340);
    assert_eq!(
        json["examples"][0]["explanation"]["evidence"][0]["level"],
        "equal word, nickname"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_makes_a_page(text in any::<String>()) {
        texts(&html(&full_of(&text)));
    }

    #[test]
    fn any_number_makes_a_page(
        numbers in prop::collection::vec(any::<f64>(), 32),
        weights in prop::collection::vec(any::<f32>(), 12),
        counts in prop::array::uniform10(any::<u64>()),
    ) {
        let mut page = small();
        let mut numbers = numbers.into_iter().cycle();
        for comparison in &mut page.model.comparisons {
            for level in &mut comparison.levels {
                level.m = numbers.next().unwrap();
                level.u = numbers.next().unwrap();
            }
        }
        for each in &mut page.seconds {
            each.1 = numbers.next().unwrap();
        }
        page.thresholds = [numbers.next().unwrap(), numbers.next().unwrap()];
        let mut weights = weights.into_iter().cycle();
        for example in &mut page.examples {
            example.explanation.prior = weights.next().unwrap();
            example.explanation.weight = weights.next().unwrap();
            for agreement in &mut example.explanation.evidence {
                agreement.weight = weights.next().unwrap();
            }
        }
        page.probabilities = counts;
        texts(&html(&page));
    }
}
