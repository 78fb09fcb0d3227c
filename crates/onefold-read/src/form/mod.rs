//! How the records of one input are written and read: told by its beginning, by the source's declaration, and by the plan.

mod head;
mod input_plan;
mod text;

pub(crate) use head::{Decoded, HEAD, decoded, dialect, json_start, sheet};
pub(crate) use input_plan::InputPlan;
pub(crate) use text::{Text, describe};
