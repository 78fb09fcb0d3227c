//! What linking knows before it begins.

use crate::fit::Fit;
use crate::score::Scorer;
use crate::scored::Edges;
use crate::vetoes::Vetoes;

/// The records, the model, the pairs that were scored, and what the caller rules out.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) scorer: &'a Scorer,
    pub(crate) fit: &'a Fit,
    pub(crate) scored: &'a Edges,
    pub(crate) vetoes: &'a Vetoes,
}
