//! `mask:` of an output, and `mask_key:` that masks by hash share.

use crate::diagnostic::Diagnostic;
use crate::keys::Choice as _;
use crate::model::{Content, Mask, Output, Secret};
use crate::scalar;
use crate::span::{Span, Spanned};
use crate::yaml::{Kind, Node};

use super::context::Context;

/// Fewest bytes of a key. Shorter ones can be guessed.
const KEY_BYTES: usize = 16;

/// The columns that an output hides. Whether they are there, the engine knows.
pub(super) fn masks(cx: &mut Context<'_>, map: &Node) -> Vec<(Spanned<String>, Mask)> {
    let Some(node) = map.get("mask") else {
        return Vec::new();
    };
    if matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) {
        cx.error(node.span, "`mask` names no column");
    }
    let mut masks = Vec::new();
    for entry in node.entries() {
        let mask = match entry.value.scalar() {
            Some(_) => cx.text(&entry.value).and_then(|word| Mask::of(&word)),
            None => cx
                .parsed(&entry.value, "keep_last", |text| scalar::count(text, 1, 64))
                .and_then(|characters| u8::try_from(characters).ok())
                .map(Mask::KeepLast),
        };
        let column = Spanned::new(entry.key.clone(), entry.key_span);
        masks.extend(mask.map(|mask| (column, mask)));
    }
    masks
}

/// The variable that holds the key of masks.
pub(super) fn variable(node: &Node) -> Option<&str> {
    let name = node.scalar()?.strip_prefix("${")?.strip_suffix('}')?;
    scalar::variable(name).is_ok().then_some(name)
}

/// The key of masks by hash. A diagnostic never has it: of a key that stands in the file itself not even the place, which would show it.
pub(super) fn mask_key(cx: &mut Context<'_>, root: &Node, outputs: &[Output]) -> Option<Secret> {
    let hashed = outputs.iter().find_map(hashed);
    let Some(node) = root.get("mask_key") else {
        if let Some(span) = hashed {
            let finding = Diagnostic::error(span, "a mask by `hash` needs a key");
            let hint = "at the top of the file: `env: [MASK_KEY]` and `mask_key: ${MASK_KEY}`";
            cx.report(finding.hint(hint));
        }
        return None;
    };
    node.scalar().filter(|_| !node.is_empty())?;
    let Some(name) = variable(node) else {
        let line = node.span.line;
        let message = format!("`mask_key` in line {line} is not the name of a variable");
        let finding = Diagnostic::error(Span::default(), message);
        let hint =
            "a key in the file is no secret: write `mask_key: ${MASK_KEY}` and `env: [MASK_KEY]`";
        cx.report(finding.hint(hint));
        return None;
    };
    let key = cx.text(node)?;
    // One without a character has been refused.
    if key.trim().is_empty() {
        return None;
    }
    if key.len() < KEY_BYTES {
        let message = format!("the key in `{name}` has fewer than {KEY_BYTES} bytes");
        let finding = Diagnostic::error(node.span, message);
        cx.report(finding.hint("make one: `openssl rand -hex 32`"));
        return None;
    }
    if hashed.is_none() {
        let finding = Diagnostic::warning(node.span, "no mask uses the key");
        cx.report(finding.hint("`mask: {COLUMN: hash}` of an output does"));
    }
    Some(Secret::new(key.value))
}

/// Where an output has a mask by hash.
fn hashed(output: &Output) -> Option<Span> {
    let Content::Table { masks, .. } = &output.content else {
        return None;
    };
    let mut hashed = masks.iter().filter(|(_, mask)| *mask == Mask::Hash);
    hashed.next().map(|(column, _)| column.span)
}
