//! Texts as string views, and arrays made of views.
//!
//! A view is a word of 128 bits: the length of the text, then either the text itself, up to [`INLINE`] bytes, or its first four bytes,
//! the number of the buffer that holds it, and its offset there. Short texts are hashed and compared as words, without a pointer.

use std::sync::Arc;

use arrow::array::{ByteView, MAX_INLINE_VIEW_LEN, StringViewArray};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};

/// Length of the longest text that lies in its view, in bytes.
pub const INLINE: usize = MAX_INLINE_VIEW_LEN as usize;

/// Length of the text of a view, in bytes.
#[inline]
pub fn length(view: u128) -> usize {
    ByteView::from(view).length as usize
}

/// Whether the text lies in its view.
#[inline]
pub fn is_inline(view: u128) -> bool {
    ByteView::from(view).length <= MAX_INLINE_VIEW_LEN
}

/// Whether two texts have the same length and the same first four bytes, as far as they have so many. This reads the views only.
#[inline]
pub fn start_equally(a: u128, b: u128) -> bool {
    let start = |view: u128| {
        let ByteView { length, prefix, .. } = ByteView::from(view);
        (length, prefix)
    };
    start(a) == start(b)
}

/// Number of the buffer of a view that is not inline.
#[inline]
pub fn buffer_of(view: u128) -> usize {
    ByteView::from(view).buffer_index as usize
}

/// The bytes of the text of a view that is not inline.
///
/// # Panics
/// The view points outside of the buffers.
#[inline]
pub fn long(view: u128, buffers: &[Buffer]) -> &[u8] {
    long_in(view, &buffers[buffer_of(view)])
}

/// The bytes of the text of a view that is not inline, given its buffer.
///
/// # Panics
/// The view points outside of the buffer.
#[inline]
pub fn long_in(view: u128, buffer: &[u8]) -> &[u8] {
    let ByteView { length, offset, .. } = ByteView::from(view);
    let offset = offset as usize;
    &buffer[offset..offset + length as usize]
}

/// The view with `first` added to the number of its buffer, for a list of buffers in which those of the view come from number `first` on.
/// An inline view stays as it is.
#[inline]
pub fn rebase(view: u128, first: u32) -> u128 {
    let long = ByteView::from(view);
    match long.length > MAX_INLINE_VIEW_LEN {
        true => long
            .with_buffer_index(long.buffer_index.wrapping_add(first))
            .as_u128(),
        false => view,
    }
}

/// An array of views. It is the only place where an array is made of views whose texts nobody reads again: that would cost more than making
/// the views.
///
/// It checks that every view which is not inline, even that of a null, lies within its buffer, so that a wrong view stops the run here and
/// not somewhere in the text of others.
///
/// # Safety
/// The text of every view, even that of a null, is UTF-8 and begins as the view says, and what follows an inline text in its view is zero.
/// This holds for views of a valid array whose buffers are still the same, and for views that
/// [`make_view`](arrow::array::make_view) made of a `str`.
///
/// # Panics
/// A view points outside of the buffers, or there are not as many nulls as views.
#[expect(
    unsafe_code,
    reason = "checking the text of every view costs more than making it"
)]
pub unsafe fn string_array(
    views: ScalarBuffer<u128>,
    buffers: Arc<[Buffer]>,
    nulls: Option<NullBuffer>,
) -> StringViewArray {
    if let Some(nulls) = &nulls {
        assert_eq!(nulls.len(), views.len(), "a null or none for each view");
    }
    assert!(
        lie_within(&views, &buffers),
        "a view points outside of its buffers"
    );
    // SAFETY: all views lie within the buffers; the caller vouches for their texts.
    unsafe { StringViewArray::new_unchecked(views, buffers, nulls) }
}

/// Whether all views that are not inline lie within the buffers.
fn lie_within(views: &[u128], buffers: &[Buffer]) -> bool {
    views.iter().all(|view| {
        let view = ByteView::from(*view);
        let end = u64::from(view.offset) + u64::from(view.length);
        let buffer = || buffers.get(view.buffer_index as usize);
        view.length <= MAX_INLINE_VIEW_LEN
            || buffer().is_some_and(|buffer| end <= buffer.len() as u64)
    })
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, make_view};

    use super::*;

    const TEXTS: [&str; 4] = [
        "",
        "twelve bytes",
        "thirteen long",
        "a text, longer than that",
    ];

    /// The texts one behind the other in one buffer, and a view of each.
    fn views() -> (Vec<u128>, Buffer) {
        let mut bytes = Vec::new();
        let view = |text: &&str| {
            let view = make_view(text.as_bytes(), 0, bytes.len() as u32);
            bytes.extend_from_slice(text.as_bytes());
            view
        };
        let views = TEXTS.iter().map(view).collect();
        (views, Buffer::from_vec(bytes))
    }

    fn array(views: Vec<u128>, buffers: Vec<Buffer>) -> StringViewArray {
        let nulls = Some(NullBuffer::new_valid(views.len()));
        #[expect(unsafe_code, reason = "what is tested")]
        // SAFETY: all texts are ASCII, and `make_view` made their views.
        unsafe {
            string_array(views.into(), buffers.into(), nulls)
        }
    }

    #[test]
    fn views_are_taken_apart_and_put_together() {
        let (views, buffer) = views();
        for (view, text) in views.iter().zip(TEXTS) {
            assert_eq!(length(*view), text.len());
            assert_eq!(is_inline(*view), text.len() <= INLINE);
            if !is_inline(*view) {
                assert_eq!(buffer_of(*view), 0);
                assert_eq!(long(*view, std::slice::from_ref(&buffer)), text.as_bytes());
                assert_eq!(buffer_of(rebase(*view, 7)), 7);
                assert_eq!(long_in(rebase(*view, 7), &buffer), text.as_bytes());
            } else {
                assert_eq!(rebase(*view, 7), *view);
            }
        }
        let view = |text: &str| make_view(text.as_bytes(), 3, 9);
        assert!(start_equally(view("thirteen long"), view("thirteen lang")));
        assert!(!start_equally(view("thirteen long"), view("fourteen long")));
        assert!(!start_equally(
            view("thirteen long"),
            view("thirteen long.")
        ));

        let rebased = views.iter().map(|view| rebase(*view, 1)).collect();
        let found = array(rebased, vec![Buffer::default(), buffer]);
        assert!(found.to_data().validate_full().is_ok());
        assert!(found.iter().eq(TEXTS.map(Some)));
    }

    #[test]
    #[should_panic(expected = "a view points outside of its buffers")]
    fn a_view_beyond_its_buffer_is_refused() {
        let (views, buffer) = views();
        array(views, vec![buffer.slice_with_length(0, buffer.len() - 1)]);
    }

    #[test]
    #[should_panic(expected = "a view points outside of its buffers")]
    fn a_view_of_no_buffer_is_refused() {
        array(views().0, Vec::new());
    }
}
