//! `limits:` of a source or of the pipeline.

use crate::model::Limits;
use crate::scalar;
use crate::yaml::Node;

use super::context::Context;

pub(super) fn limits(cx: &mut Context<'_>, map: &Node) -> Limits {
    let rejects = map
        .get("limits")
        .and_then(|limits| cx.parsed(limits, "rejects", scalar::limit));
    Limits { rejects }
}
