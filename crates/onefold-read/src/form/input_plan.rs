//! How a plan applies to one input.

use crate::delimited::Remark;
use crate::json::Explode;
use crate::versions::Choice;

/// How the records of one input are read.
#[derive(Default)]
pub(crate) struct InputPlan {
    pub(crate) choice: Choice,
    /// Cells that have the text of other cells: pairs of (from, to).
    pub(crate) copies: Vec<(usize, usize)>,
    /// Columns of the file that nobody mentions; those of JSON show as it is read.
    pub(crate) unknown: Vec<String>,
    /// How its records become one for each element of an array.
    pub(crate) explode: Option<Explode>,
    /// What was found out about the file that its reader should know of.
    pub(crate) remarks: Vec<Remark>,
}
