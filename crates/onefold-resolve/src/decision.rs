//! What somebody decided of two records.

/// A record by the names that stay from run to run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordName {
    /// Name of its source.
    pub source: String,
    /// Its key. Of several records with one key in a source, the first has it.
    pub key: String,
}

impl RecordName {
    /// The record of a source with a key.
    pub fn new(source: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            key: key.into(),
        }
    }
}

/// Somebody looked at two records and decided whether they are one customer.
///
/// It holds whatever rules, evidence, `never` and `distinct` say. Where decisions contradict each other, directly or through a chain of
/// `same`, the later one wins: the one with the greater [`at`](Decision::at), and of those the one further down the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether they are one customer.
    pub same: bool,
    /// A record.
    pub a: RecordName,
    /// Another record.
    pub b: RecordName,
    /// Who decided.
    pub who: String,
    /// When, in microseconds since 1970 (UTC). `None` is before all times.
    pub at: Option<i64>,
    /// Why.
    pub why: String,
}

/// What became of the decisions. Places are those in the list of decisions, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecisionReport {
    /// Decisions that hold.
    pub applied: u64,
    /// Records that decisions name and that are not there. These decisions wait until they are.
    pub missing: Vec<MissingRecord>,
    /// Decisions that later ones contradict, by place.
    pub overruled: Vec<Overruled>,
}

/// A record that a decision names and that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRecord {
    /// Place of the decision.
    pub place: usize,
    /// The record.
    pub record: RecordName,
    /// Whether its source is not there either.
    pub is_source_unknown: bool,
}

/// A decision that later ones contradict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    /// Place of the decision.
    pub place: usize,
    /// Places of those that contradict it, together: a `different`, the chain of `same` that contradicts it, or both. A record that is to
    /// be different from itself is contradicted by its own decision.
    pub by: Vec<usize>,
}
