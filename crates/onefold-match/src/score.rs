//! The evidence of a pair of records: at which levels their values agree, and how likely that is by chance.

use onefold_rows::hash::mix;

use crate::evidence::{Evidence, MISSING};
use crate::features::{Cell, Feature, Features};
use crate::frequencies::{Frequencies, level};
use crate::given::Dependences;
use crate::kind::Kind;
use crate::names::MAX_WORDS;
use crate::values::NONE;

/// Classes of words in a name: the only word, the first, the last, one between.
pub(crate) const CLASSES: usize = 4;
/// The class of the first word of several.
const FIRST: usize = 1;
/// The class of words between the first and the last.
const MIDDLE: usize = 3;

/// Where the parameters of each comparison begin.
pub(crate) struct Parameters {
    starts: Vec<u16>,
    pub(crate) count: usize,
}

impl Parameters {
    pub(crate) fn new(features: &Features) -> Self {
        let mut starts = Vec::new();
        let mut count = 0;
        for feature in &features.all {
            starts.push(count as u16);
            let classes = if feature.is_name() { CLASSES } else { 1 };
            count += classes * feature.kind.levels().len();
        }
        Self { starts, count }
    }

    pub(crate) fn number(&self, feature: usize, class: usize, levels: usize, level: u8) -> u16 {
        self.starts[feature] + (class * levels) as u16 + u16::from(level)
    }
}

/// What scoring looks up.
pub(crate) struct Scorer {
    pub(crate) features: Features,
    pub(crate) frequencies: Vec<Frequencies>,
    pub(crate) parameters: Parameters,
    pub(crate) dependences: Dependences,
}

/// Working memory of a thread.
pub(crate) struct Scratch {
    cache: Vec<(u64, u8)>,
    pub(crate) levels: Vec<u8>,
    pub(crate) evidence: Vec<Evidence>,
    /// Words of the two names that are equal, as far as they were paired.
    pub(crate) equal_words: u8,
    /// Whether the given names are the same, as far as both are known as given names.
    pub(crate) given: Option<bool>,
}

const CACHE_BITS: u32 = 12;

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            cache: vec![(u64::MAX, 0); 1 << CACHE_BITS],
            levels: Vec::new(),
            evidence: Vec::new(),
            equal_words: 0,
            given: None,
        }
    }

    /// The level of two different words of names.
    pub(crate) fn word_level(&mut self, index: usize, feature: &Feature, a: u32, b: u32) -> u8 {
        let (x, y) = (feature.values.text(a), feature.values.text(b));
        match x.glance_at_names(&y) {
            Some(level) => level,
            None => self.looked_up(index, feature, a, b),
        }
    }

    /// The level of two different values.
    fn level(&mut self, index: usize, feature: &Feature, a: Cell, b: Cell) -> u8 {
        let glance = a.sketch().glance(b.sketch(), feature.kind);
        match (glance, feature.kind) {
            (Some(level), _) => level,
            // Quicker than to look it up.
            (None, Kind::Date | Kind::Phone | Kind::Code | Kind::Email) => {
                let (x, y) = (feature.values.text(a.code), feature.values.text(b.code));
                feature.kind.near(&x, &y)
            }
            (None, _) => self.looked_up(index, feature, a.code, b.code),
        }
    }

    fn looked_up(&mut self, index: usize, feature: &Feature, a: u32, b: u32) -> u8 {
        let (low, high) = (a.min(b), a.max(b));
        let key = (u64::from(low) << 32 | u64::from(high)) ^ ((index as u64) << 58);
        let slot = (mix(key, 0) >> (64 - CACHE_BITS)) as usize;
        let (held, found) = self.cache[slot];
        if held == key {
            return found;
        }
        let found = level(feature.kind, &feature.values, a, b);
        self.cache[slot] = (key, found);
        found
    }
}

impl Scorer {
    /// Begins to fetch what the comparisons of a pair will look up, once the rows of both have been fetched.
    pub(crate) fn fetch(&self, (a, b): (u32, u32)) {
        let rows = self.features.row(a).iter().zip(self.features.row(b));
        let looked_up = self.features.all.iter().zip(&self.frequencies);
        for ((feature, frequencies), (a, b)) in looked_up.zip(rows) {
            if feature.is_name() {
                for code in b.words().unwrap_or_default() {
                    feature.values.fetch(*code);
                    frequencies.fetch(*code);
                }
                continue;
            }
            frequencies.fetch(b.code);
            if needs_texts(feature.kind, a, b) {
                feature.values.fetch(b.code);
            }
        }
    }

    /// Begins to fetch the texts that the comparisons of a pair will read, once their places have been fetched.
    pub(crate) fn fetch_texts(&self, (a, b): (u32, u32)) {
        let rows = self.features.row(a).iter().zip(self.features.row(b));
        for (feature, (a, b)) in self.features.all.iter().zip(rows) {
            if needs_texts(feature.kind, a, b) {
                feature.values.fetch_text(b.code);
            }
        }
    }

    /// Puts the evidence of a pair into `scratch`.
    pub(crate) fn compare(&self, a: u32, b: u32, scratch: &mut Scratch) {
        self.compare_alone(a, b, scratch);
        self.dependences
            .raise(&mut scratch.evidence, &scratch.levels);
    }

    /// The same with each comparison by itself, whatever it depends on.
    pub(crate) fn compare_alone(&self, a: u32, b: u32, scratch: &mut Scratch) {
        scratch.levels.clear();
        scratch.evidence.clear();
        scratch.equal_words = 0;
        scratch.given = None;
        let rows = self.features.row(a).iter().zip(self.features.row(b));
        for ((index, feature), (x, y)) in self.features.all.iter().enumerate().zip(rows) {
            if !feature.weighs {
                scratch.levels.push(MISSING);
                continue;
            }
            match feature.kind {
                Kind::Name => {
                    let x = x.words().unwrap_or_else(|| feature.words(a));
                    let y = y.words().unwrap_or_else(|| feature.words(b));
                    self.names(index, feature, x, y, scratch);
                }
                kind => {
                    let cells = (*x, *y);
                    let (x, y) = (x.code, y.code);
                    let level = match (x.max(y), x == y) {
                        (NONE, _) => {
                            scratch.levels.push(MISSING);
                            continue;
                        }
                        (_, true) => kind.top(),
                        _ => scratch.level(index, feature, cells.0, cells.1),
                    };
                    scratch.levels.push(level);
                    scratch.evidence.push(Evidence {
                        feature: index as u16,
                        parameter: self.parameters.number(index, 0, kind.levels().len(), level),
                        log_u: self.frequencies[index].log(x, y, level),
                    });
                }
            }
        }
    }

    /// Pairs the words of two names, the most alike first, and of these the ones at the same place.
    fn names<'a>(
        &self,
        index: usize,
        feature: &Feature,
        mut few: &'a [u32],
        mut many: &'a [u32],
        scratch: &mut Scratch,
    ) {
        if few.len() > many.len() {
            (few, many) = (many, few);
        }
        if few.is_empty() {
            scratch.levels.push(MISSING);
            return;
        }
        let levels = feature.kind.levels().len();
        let top = feature.kind.top();
        let mut partner = [(u8::MAX, 0u8); MAX_WORDS];
        let mut is_taken = [false; MAX_WORDS];
        for (place, word) in few.iter().enumerate() {
            if let Some(other) = many.iter().position(|other| other == word)
                && !is_taken[other]
            {
                is_taken[other] = true;
                partner[place] = (other as u8, top);
                scratch.equal_words += 1;
            }
        }
        let open = few.len() - usize::from(scratch.equal_words);
        if open > 0 {
            let mut table = [[0u8; MAX_WORDS]; MAX_WORDS];
            for (place, word) in few.iter().enumerate() {
                if partner[place].0 == u8::MAX {
                    for (other, theirs) in many.iter().enumerate() {
                        if !is_taken[other] {
                            table[place][other] =
                                scratch.word_level(index, feature, *word, *theirs);
                        }
                    }
                }
            }
            for level in (2..top).rev() {
                for place in 0..few.len() {
                    if partner[place].0 != u8::MAX {
                        continue;
                    }
                    let is_free =
                        |other: &usize| !is_taken[*other] && table[place][*other] == level;
                    let same_place = Some(place)
                        .filter(|place| *place < many.len())
                        .filter(is_free);
                    if let Some(other) = same_place.or_else(|| (0..many.len()).find(is_free)) {
                        is_taken[other] = true;
                        partner[place] = (other as u8, level);
                    }
                }
            }
        }
        for (place, word) in few.iter().enumerate() {
            let (other, mut level) = partner[place];
            let other = match other {
                u8::MAX => {
                    // Nothing fits: the word at the same place is the one that differs, or any that is left.
                    let free = (0..many.len()).find(|other| !is_taken[*other]);
                    let same = Some(place).filter(|p| *p < many.len() && !is_taken[*p]);
                    match same.or(free) {
                        Some(other) => {
                            is_taken[other] = true;
                            level = scratch
                                .word_level(index, feature, *word, many[other])
                                .min(1);
                            many[other]
                        }
                        None => *word,
                    }
                }
                other => many[usize::from(other)],
            };
            let class = match (place, few.len()) {
                (_, 1) => 0,
                (0, _) => FIRST,
                (place, len) if place + 1 == len => 2,
                _ => MIDDLE,
            };
            if class == FIRST && level == 0 {
                scratch.given.get_or_insert(false);
            } else if matches!(class, FIRST | MIDDLE) && level > 2 {
                scratch.given = Some(true);
            }
            scratch.evidence.push(Evidence {
                feature: index as u16,
                parameter: self.parameters.number(index, class, levels, level),
                log_u: self.frequencies[index].log(*word, other, level),
            });
        }
        // Of a name as a whole: whether two words are equal, or one.
        scratch.levels.push(scratch.equal_words.min(2));
    }
}

/// Whether two values are compared letter by letter.
fn needs_texts(kind: Kind, a: &Cell, b: &Cell) -> bool {
    matches!(kind, Kind::Email | Kind::Address | Kind::Text)
        && a.code != b.code
        && a.code.max(b.code) != NONE
        && a.sketch().glance(b.sketch(), kind).is_none()
}

/// The weight of a pair's evidence, in nats.
pub(crate) fn weight(evidence: &[Evidence], log_m: &[f32]) -> f32 {
    evidence
        .iter()
        .map(|e| log_m[usize::from(e.parameter)] - e.log_u)
        .sum()
}
