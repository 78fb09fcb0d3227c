//! `limits:` of a source, of a table, or of the pipeline.

use crate::model::{Limits, RowLimits};
use crate::scalar;
use crate::yaml::Node;

use super::context::Context;

pub(super) fn limits(cx: &mut Context<'_>, map: &Node) -> Limits {
    let rejects = map
        .get("limits")
        .and_then(|limits| cx.parsed(limits, "rejects", scalar::limit));
    Limits { rejects }
}

pub(super) fn row_limits(cx: &mut Context<'_>, map: &Node) -> RowLimits {
    let Some(limits) = map.get("limits") else {
        return RowLimits::default();
    };
    RowLimits {
        min_rows: cx.parsed(limits, "min_rows", |text| scalar::count(text, 0, u64::MAX)),
        drop: cx.parsed(limits, "drop", scalar::share),
    }
}
