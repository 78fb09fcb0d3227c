//! `limits:` of a source, of a table, or of the pipeline.

use crate::diagnostic::Diagnostic;
use crate::model::{Graded, Limits, RowLimits};
use crate::scalar::{self, InvalidScalar};
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
    let count = |text: &str| scalar::count(text, 0, u64::MAX);
    let min_rows = graded(cx, limits, "min_rows", count);
    // Fewer rows are worse, and so is a greater drop.
    if let (Some(warn), Some(error)) = (min_rows.warn, min_rows.error)
        && warn <= error
    {
        refuse_late_warning(cx, limits, "min_rows", "more");
    }
    let drop = graded(cx, limits, "drop", scalar::share);
    if let (Some(warn), Some(error)) = (drop.warn, drop.error)
        && warn >= error
    {
        refuse_late_warning(cx, limits, "drop", "less");
    }
    RowLimits { min_rows, drop }
}

/// A bound: alone it is one of severity `error`.
fn graded<T>(
    cx: &mut Context<'_>,
    limits: &Node,
    key: &str,
    parse: impl Fn(&str) -> Result<T, InvalidScalar>,
) -> Graded<T> {
    match limits.get(key) {
        Some(node) if node.scalar().is_none() => Graded {
            warn: cx.parsed(node, "warn", &parse),
            error: cx.parsed(node, "error", &parse),
        },
        _ => Graded {
            warn: None,
            error: cx.parsed(limits, key, &parse),
        },
    }
}

/// A warning that never comes, because the error comes first.
pub(super) fn refuse_late_warning(cx: &mut Context<'_>, map: &Node, key: &str, than: &str) {
    let Some(warn) = map.get(key).and_then(|node| node.get("warn")) else {
        return;
    };
    let message = format!("`{key}`: the warning comes no sooner than the error");
    let finding = Diagnostic::error(warn.span, message);
    cx.report(finding.hint(format!("let `warn` be {than} than `error`")));
}
