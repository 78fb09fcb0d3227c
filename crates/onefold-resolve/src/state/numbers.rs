//! Lists by number.

/// No id, or nothing at all.
pub(super) const NONE: u32 = u32::MAX;

/// In place of an id: the record has no key, or an earlier record of its source has the same.
pub(super) const ASIDE: u32 = NONE - 1;

/// What stands at a number; [`NONE`] beyond the end.
pub(super) fn get(numbers: &[u32], number: u32) -> u32 {
    numbers.get(number as usize).copied().unwrap_or(NONE)
}

pub(super) fn at<T>(items: &mut [T], number: u32, change: impl FnOnce(&mut T)) {
    if let Some(item) = items.get_mut(number as usize) {
        change(item);
    }
}
