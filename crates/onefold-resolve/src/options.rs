//! What the caller asks for.

use std::collections::HashSet;
use std::sync::Arc;

use onefold_match::roles::Declared;
use onefold_match::{Comparison, Kind, Model};

use crate::customer_id::CustomerId;
use crate::decision::Decision;
use crate::state::{IdScheme, State};

/// Rules are kept as bits of one word.
pub(crate) const MAX_RULES: usize = 64;

/// How to resolve.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Two records are one customer where any of these holds, and transitively. At most 64; likeness and decisions count as one each.
    pub rules: Vec<Rule>,
    /// Records are matched by likeness too.
    pub likeness: Option<Likeness>,
    /// What somebody decided of pairs of records; it comes before rules and likeness. `None`: nobody is asked, and the links have no columns
    /// for it.
    pub decisions: Option<Vec<Decision>>,
    /// Columns that say who somebody is, such as name and telephone number. For [`max_shared`](Rule::max_shared), records that agree in
    /// all of them count as one; those without any of them count each.
    pub person: Vec<String>,
    /// Order of the records of a customer: the first is kept. Empty, and where all are equal: the first record read.
    pub keep: Vec<Preference>,
    /// Columns whose value comes from another order of the records than `keep`.
    pub survivorship: Vec<(String, Vec<Preference>)>,
    /// Groups of columns whose values all come from one record: the first that has any of them, in the order of the first column of the
    /// group that has one of its own; with `fill`, the first of those that have most of them. A column is in one group at most.
    pub together: Vec<Vec<String>>,
    /// Columns of texts that keep all distinct values of a customer, each with what stands between two: those of the records in the order of
    /// `keep`. Such a column is in no group and has no order of its own.
    pub lists: Vec<(String, String)>,
    /// A missing value of the kept record is taken from the next record, in the column's order, that has one.
    pub fill: bool,
    /// The identifier column.
    pub id: CustomerId,
    /// Customers keep their ids from run to run. `None`: an id is the place in the customer table.
    pub stable: Option<StableIds>,
    /// Customers of more records than this (0 counts as 1) are listed in the report. They are merged all the same.
    pub max_size: Option<u64>,
    /// Threads to work with; 0 counts as 1. The result does not depend on it.
    pub threads: usize,
}

impl Options {
    /// What was decided.
    pub(crate) fn decisions(&self) -> &[Decision] {
        self.decisions.as_deref().unwrap_or_default()
    }

    /// Whether pairs have a score: something is compared.
    pub(crate) fn has_scores(&self) -> bool {
        let likeness = self.likeness.as_ref();
        likeness.is_some_and(|likeness| likeness.compare != Compare::Nothing)
    }

    /// What links records beside the rules, each counting as one of them.
    pub(crate) fn other_links(&self) -> usize {
        usize::from(self.has_scores()) + usize::from(!self.decisions().is_empty())
    }

    /// No rules, the first record is kept, missing values are filled, one thread.
    pub fn new(id: CustomerId) -> Self {
        Options {
            rules: Vec::new(),
            likeness: None,
            decisions: None,
            person: Vec::new(),
            keep: Vec::new(),
            survivorship: Vec::new(),
            together: Vec::new(),
            lists: Vec::new(),
            fill: true,
            id,
            stable: None,
            max_size: None,
            threads: 1,
        }
    }
}

/// Ids that customers keep from run to run. The [`state`](crate::state) module says who keeps an id.
#[derive(Debug, Clone, PartialEq)]
pub struct StableIds {
    /// What the run before left; [`State::default`] before the first.
    pub previous: Arc<State>,
    /// Ids of customers whose records it was made to [forget](State::forget): people who were erased.
    pub erased: HashSet<String>,
    /// What new ids look like, whatever [`CustomerId`] says of prefix and digits.
    pub scheme: IdScheme,
    /// What the run is called in the lineage.
    pub run: String,
}

/// How records are matched by likeness.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// What is compared.
    pub compare: Compare,
    /// Least probability of a merge.
    pub threshold: f64,
    /// Pairs from this probability on that were not merged are listed as possible.
    pub possible: f64,
    /// Columns whose values never differ within a person.
    pub never: Vec<String>,
    /// Sources, by index, in which no two records are one person.
    pub distinct: Vec<usize>,
    /// What was learned before.
    pub learned: Option<Model>,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compare {
    /// Chosen from the columns; with the types that are declared for some of them.
    Auto(Vec<(String, Declared)>),
    /// As said.
    Given(Vec<Compared>),
    /// Nothing: there are only rules, and what parts records.
    Nothing,
}

/// A comparison that the caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// How reports call it.
    pub label: String,
    /// What its values mean.
    pub kind: Kind,
    /// Its columns, joined.
    pub columns: Vec<String>,
    /// Its value is given to one person only.
    pub identifies: bool,
    /// Label of the comparison that implies it.
    pub given: Option<String>,
}

impl Compared {
    /// Comparisons with the names of their columns, which they have by index.
    pub fn named(comparisons: &[Comparison], columns: &[impl AsRef<str>]) -> Vec<Self> {
        let name = |index: &usize| columns.get(*index).map(|name| name.as_ref().to_owned());
        let label = |index: usize| comparisons.get(index).map(|other| other.label.clone());
        let named = comparisons.iter().map(|one| Self {
            label: one.label.clone(),
            kind: one.kind,
            columns: one.columns.iter().filter_map(name).collect(),
            identifies: one.identifies,
            given: one.implied_by.and_then(label),
        });
        named.collect()
    }
}

/// Two records match where they are equal in all columns.
///
/// A null equals nothing, nor does an empty text or a NaN: what is not known is no evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// How reports call it.
    pub label: String,
    /// Columns that must all be present and equal; a source without one of them matches nothing under this rule.
    pub columns: Vec<String>,
    /// Text is equal without regard to case, by Unicode's simple rules (`STRASSE` equals `Straße`).
    pub fold_case: bool,
    /// A value on records of more people than this identifies nobody: it makes no links and is reported. `None`: no cap.
    pub max_shared: Option<u64>,
}

impl Rule {
    /// A rule without a cap that takes case into account.
    pub fn on<'a>(label: impl Into<String>, columns: impl IntoIterator<Item = &'a str>) -> Self {
        Rule {
            label: label.into(),
            columns: columns.into_iter().map(str::to_owned).collect(),
            fold_case: false,
            max_shared: None,
        }
    }
}

/// One way to prefer a record to another. A list of them is tried in order until one decides; the first record read wins a tie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preference {
    /// Fewer nulls in the record columns; a column that its source lacks counts as null.
    MostComplete,
    /// Greater value of the column first; missing (null, NaN) last.
    Latest(String),
    /// Smaller value of the column first; missing (null, NaN) last.
    Earliest(String),
    /// Sources, by their index in the input, in this order; those not named last and equal.
    Priority(Vec<usize>),
    /// First record read.
    First,
    /// Last record read.
    Last,
    /// The value that most records of the customer have. Only the first preference of a column's own order; `keep` decides ties that the
    /// others leave.
    MostFrequent {
        /// Texts are equal without regard to case, as in a [`Rule`].
        fold_case: bool,
    },
    /// The text of most characters, where [`Preference::MostFrequent`] may stand.
    Longest,
}

impl Preference {
    /// What tables and messages call it.
    pub(crate) fn label(&self) -> String {
        let word = match self {
            Preference::Latest(column) => return format!("latest {column}"),
            Preference::Earliest(column) => return format!("earliest {column}"),
            Preference::MostComplete => "most_complete",
            Preference::Priority(_) => "priority",
            Preference::First => "first",
            Preference::Last => "last",
            Preference::MostFrequent { .. } => "most_frequent",
            Preference::Longest => "longest",
        };
        word.to_owned()
    }

    /// Whether it looks at the values of the column that it is for.
    pub(crate) fn counts_values(&self) -> bool {
        matches!(self, Preference::MostFrequent { .. } | Preference::Longest)
    }
}
