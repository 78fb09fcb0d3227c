//! Looking up what lies anywhere in memory without waiting for it.
//!
//! A processor waits about as long for one line of memory as a hundred additions take. Where the next lookups are known, it fetches their
//! lines while it still works on others. Nothing but the time depends on any of this.

/// How many items come between the moment something is fetched for an item and its turn.
pub const AHEAD: usize = 24;

/// Bytes that the processor fetches together.
const LINE: usize = 64;

/// Lines of a long value that are fetched.
const FIRST_LINES: usize = 8;

/// The items, in their order. `fetch` gets each of them [`AHEAD`] items before its turn.
#[inline]
pub fn ahead<'a, T>(
    items: &'a [T],
    fetch: impl FnMut(&'a T),
) -> impl ExactSizeIterator<Item = &'a T> {
    ahead_twice(items, |_| (), fetch)
}

/// The same where what is fetched tells what to fetch next: `first` gets each item twice as early as `then`.
#[inline]
pub fn ahead_twice<'a, T>(
    items: &'a [T],
    mut first: impl FnMut(&'a T),
    mut then: impl FnMut(&'a T),
) -> impl ExactSizeIterator<Item = &'a T> {
    items.iter().take(2 * AHEAD).for_each(&mut first);
    items.iter().take(AHEAD).for_each(&mut then);
    items.iter().enumerate().map(move |(place, item)| {
        if let Some(later) = items.get(place + 2 * AHEAD) {
            first(later);
        }
        if let Some(later) = items.get(place + AHEAD) {
            then(later);
        }
        item
    })
}

/// Begins to fetch a value, if there is one.
#[inline(always)]
pub fn fetch<T>(value: Option<&T>) {
    if let Some(value) = value {
        fetch_line(std::ptr::from_ref(value).cast());
    }
}

/// Begins to fetch some values that lie together.
#[inline(always)]
pub fn fetch_all<T>(values: &[T]) {
    if values.is_empty() {
        return;
    }
    let start = values.as_ptr().cast::<u8>();
    let in_line = start.addr() % LINE;
    let lines = (0..in_line + size_of_val(values)).step_by(LINE);
    // The processor sees by itself where long ones go on.
    for place in lines.take(FIRST_LINES) {
        fetch_line(start.wrapping_sub(in_line).wrapping_add(place));
    }
}

#[inline(always)]
#[cfg(target_arch = "x86_64")]
fn fetch_line(at: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

    #[expect(unsafe_code, reason = "the standard library has no such call")]
    // SAFETY: every such processor has the instruction. It is a hint: it neither reads nor writes, wherever the address is.
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
}

#[inline(always)]
#[cfg(target_arch = "aarch64")]
fn fetch_line(at: *const u8) {
    #[expect(unsafe_code, reason = "the standard library has no such call")]
    // SAFETY: every such processor has the instruction. It is a hint: it neither reads nor writes, wherever the address is.
    unsafe {
        std::arch::asm!(
            "prfm pldl1keep, [{at}]",
            at = in(reg) at,
            options(nostack, preserves_flags, readonly)
        );
    }
}

#[inline(always)]
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn fetch_line(_at: *const u8) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_fetched_before_its_turn() {
        for count in [0, 1, AHEAD - 1, AHEAD, AHEAD + 1, 3 * AHEAD] {
            let items: Vec<usize> = (0..count).collect();
            let fetched = std::cell::RefCell::new(Vec::new());
            let mut given = Vec::new();
            for item in ahead(&items, |item| fetched.borrow_mut().push(*item)) {
                given.push(*item);
                let expected = count.min(*item + AHEAD + 1);
                assert_eq!(fetched.borrow().len(), expected, "{item} of {count}");
            }
            assert_eq!(given, items);
            assert_eq!(fetched.into_inner(), items);
        }
    }

    #[test]
    fn anything_can_be_fetched() {
        fetch::<u8>(None);
        fetch(Some(&7));
        fetch_all::<u64>(&[]);
        fetch_all(&[(); 3]);
        fetch_all(&[[7u8; 20]; 30]);
    }
}
