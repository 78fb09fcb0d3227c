//! The most that a pair can weigh, told at a glance: most pairs are hopeless whatever their letters are.
//!
//! # Algorithm
//! Equal values weigh what they weigh. Of different ones a glance tells the level, or the highest that is possible; at each level those two
//! values count that meet least by chance. Dependences only take from that. All of it but words of names is in the rows of the two records,
//! so no other memory is read for a pair that is hopeless.

use crate::features::Cell;
use crate::fit::Fit;
use crate::given::LEVELS;
use crate::score::{CLASSES, Scorer, Scratch};
use crate::values::NONE;

/// The most that pairs can weigh.
pub(crate) struct Bounds<'a> {
    scorer: &'a Scorer,
    /// By comparison.
    most: Vec<Most>,
}

/// The most that two values of a comparison can weigh, or two words of names.
#[derive(Debug, Clone, Copy)]
struct Most {
    weighs: bool,
    is_name: bool,
    /// By level below "equal".
    levels: [f32; LEVELS],
    /// By level: at this one or any below it.
    up_to: [f32; LEVELS],
    /// ln m of equal values.
    equal: f32,
}

impl<'a> Bounds<'a> {
    pub(crate) fn new(scorer: &'a Scorer, fit: &Fit) -> Self {
        let most = scorer
            .features
            .all
            .iter()
            .enumerate()
            .map(|(index, feature)| {
                let count = feature.kind.levels().len();
                let classes = if feature.is_name() { CLASSES } else { 1 };
                let log_m = |level: usize| {
                    let of_class = (0..classes).map(|class| {
                        let number = scorer.parameters.number(index, class, count, level as u8);
                        fit.log_m[usize::from(number)]
                    });
                    of_class.fold(f32::NEG_INFINITY, f32::max)
                };
                let top = count - 1;
                let mut levels = [f32::NEG_INFINITY; LEVELS];
                for (level, most) in levels.iter_mut().enumerate().take(top) {
                    *most = log_m(level) - scorer.frequencies[index].least(level);
                }
                let mut up_to = levels;
                for level in 1..LEVELS {
                    up_to[level] = up_to[level].max(up_to[level - 1]);
                }
                Most {
                    weighs: feature.weighs,
                    is_name: feature.is_name(),
                    levels,
                    up_to,
                    equal: log_m(top),
                }
            });
        Self {
            scorer,
            most: most.collect(),
        }
    }

    /// The most that a pair can weigh.
    pub(crate) fn most(&self, a: u32, b: u32, scratch: &mut Scratch) -> f32 {
        let features = &self.scorer.features;
        let rows = features.row(a).iter().zip(features.row(b));
        let mut sum = 0.0;
        for ((index, most), (x, y)) in self.most.iter().enumerate().zip(rows) {
            if !most.weighs {
                continue;
            }
            sum += match most.is_name {
                true => self.of_names(index, most, (x, y), scratch),
                false if x.code.max(y.code) == NONE => 0.0,
                false if x.code == y.code => self.of_equal(index, most, x.code),
                false => {
                    let (kind, x, y) = (features.all[index].kind, x.sketch(), y.sketch());
                    match x.glance(y, kind) {
                        Some(level) => most.levels[usize::from(level)],
                        None => most.up_to[usize::from(x.highest(y, kind))],
                    }
                }
            };
        }
        sum
    }

    fn of_equal(&self, index: usize, most: &Most, code: u32) -> f32 {
        let top = self.scorer.features.all[index].kind.top();
        most.equal - self.scorer.frequencies[index].log(code, code, top)
    }

    fn of_names(
        &self,
        index: usize,
        most: &Most,
        (x, y): (&Cell, &Cell),
        scratch: &mut Scratch,
    ) -> f32 {
        let (Some(x), Some(y)) = (x.words(), y.words()) else {
            return f32::INFINITY;
        };
        let (few, many) = if x.len() <= y.len() { (x, y) } else { (y, x) };
        let feature = &self.scorer.features.all[index];
        let words = few.iter().map(|word| {
            if many.contains(word) {
                return self.of_equal(index, most, *word);
            }
            // No name has a word twice, so a word that is on both sides is the partner of its like. Where nothing fits, any other may be the
            // one that differs.
            let levels = many
                .iter()
                .filter(|other| !few.contains(other))
                .map(|other| scratch.word_level(index, feature, *word, *other));
            let levels = levels.map(|level| most.levels[usize::from(level)]);
            levels.fold(most.up_to[1], f32::max)
        });
        words.sum()
    }
}

#[cfg(test)]
mod tests {
    use onefold_rows::hash::mix;

    use super::*;
    use crate::auto::comparisons;
    use crate::roles::Role;
    use crate::score::weight;
    use crate::{Input, Options, Prepared, Texts};

    /// One of some values that are alike, for a record and column.
    fn value(record: u64, column: u64) -> String {
        let dice = |turn: u64, sides: u64| mix(record * 9 + column, turn) % sides;
        let one = |turn: u64, of: &[&str]| of[dice(turn, of.len() as u64) as usize].to_owned();
        let given = || {
            one(
                1,
                &[
                    "robert",
                    "bob",
                    "rupert",
                    "maria",
                    "marie",
                    "mario rob",
                    "r",
                ],
            )
        };
        let family = || {
            one(
                2,
                &["miller", "milner", "smith", "smyth", "garcia lopez", "lee"],
            )
        };
        match column {
            0 => given(),
            1 => family(),
            2 => format!(
                "{}.{}{}@{}.org",
                given(),
                family(),
                dice(3, 90),
                one(4, &["a", "bc"])
            ),
            3 => format!("20255501{:02}", dice(3, 60)),
            4 => format!("198{}-0{}-1{}", dice(3, 3), 1 + dice(4, 3), dice(5, 5)),
            5 => format!("{} {} street", dice(3, 30), family()),
            6 => format!("123{:02}", dice(3, 40)),
            7 => one(
                3,
                &["springfield", "sprinfield", "new york", "york", "lima"],
            ),
            _ => format!("{} {} ltd", family(), given()),
        }
    }

    #[test]
    fn no_pair_weighs_more() {
        let roles = [
            Role::FirstName,
            Role::LastName,
            Role::Email,
            Role::Phone,
            Role::BirthDate,
            Role::Street,
            Role::Postcode,
            Role::City,
            Role::Company,
        ];
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let records = 250u32;
        let columns = (0..9).map(|column| {
            let is_there = |record: u64| !mix(record, column).is_multiple_of(8);
            let values = (0..u64::from(records)).map(|record| {
                is_there(record).then(|| value(record / 2 * 2 + mix(record, column) % 2, column))
            });
            values.collect()
        });
        let columns: Vec<Vec<Option<String>>> = columns.collect();
        let input = Input {
            records,
            columns: columns.iter().map(|column| column as &dyn Texts).collect(),
            sources: &[],
        };
        let options = Options {
            comparisons: comparisons(&names, &roles),
            threads: 1,
            ..Options::default()
        };
        let prepared = Prepared::new(&input, &options, &|| false).expect("a model of its own");
        let (scorer, fit) = (&prepared.trained().scorer, &prepared.trained().fit);
        let bounds = Bounds::new(scorer, fit);
        let mut scratch = Scratch::new();
        let mut tight = 0;
        for a in 0..records {
            for b in a + 1..records {
                let most = bounds.most(a, b, &mut scratch);
                scorer.compare(a, b, &mut scratch);
                let weight = weight(&scratch.evidence, &fit.log_m);
                assert!(weight <= most + 0.001, "{a} {b}: {weight} {most}");
                tight += u32::from(most < weight + 5.0);
            }
        }
        assert!(tight > 3000, "{tight}");
    }
}
