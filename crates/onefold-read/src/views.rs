//! Arrow string columns whose values stay where they were read.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray, make_view};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};

/// Builds a string column over up to three buffers: the chunk's text, its side buffer, and text that a rule wrote.
#[derive(Debug)]
pub(crate) struct ViewColumn {
    views: Vec<u128>,
    valid: Vec<bool>,
    nulls: usize,
    /// Whether any value lies in the buffer of this number: a view holds up to 12 bytes itself.
    used: [bool; 2],
    /// Text that a rule wrote, for values that differ from what was read.
    pub(crate) own: String,
}

/// Longest value that a view holds itself.
const INLINE: usize = 12;

/// Which buffer a value lies in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum In {
    Text = 0,
    Side = 1,
    Own = 2,
}

impl ViewColumn {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            views: Vec::with_capacity(rows),
            valid: Vec::with_capacity(rows),
            nulls: 0,
            used: [false; 2],
            own: String::new(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: &str, buffer: In, offset: usize) {
        if let Some(used) = self.used.get_mut(buffer as usize) {
            *used |= value.len() > INLINE;
        }
        self.views
            .push(make_view(value.as_bytes(), buffer as u32, offset as u32));
        self.valid.push(true);
    }

    /// The text that a rule has just appended to `own`.
    #[inline]
    pub(crate) fn push_own(&mut self, from: usize) {
        let view = make_view(&self.own.as_bytes()[from..], In::Own as u32, from as u32);
        if self.own.len() - from <= INLINE {
            self.own.truncate(from);
        }
        self.views.push(view);
        self.valid.push(true);
    }

    #[inline]
    pub(crate) fn push_null(&mut self) {
        self.views.push(0);
        self.valid.push(false);
        self.nulls += 1;
    }

    pub(crate) fn finish(mut self, text: &Buffer, side: &Buffer) -> ArrayRef {
        // A column may be kept long; its room to grow is given back.
        self.own.shrink_to_fit();
        let nulls = (self.nulls > 0).then(|| NullBuffer::from(self.valid));
        // A column that is kept must not keep the text of its whole chunk for nothing.
        let needed = |buffer: &Buffer, place: In| match self.used[place as usize] {
            true => buffer.clone(),
            false => Buffer::from_vec(Vec::<u8>::new()),
        };
        let buffers: Arc<[Buffer]> = Arc::from([
            needed(text, In::Text),
            needed(side, In::Side),
            Buffer::from_vec(self.own.into_bytes()),
        ]);
        #[expect(
            unsafe_code,
            reason = "checking every view again costs more than making it"
        )]
        // SAFETY: each view was made by `make_view` from a `&str` lying at `offset` of the buffer that it names: `text` and `side` are
        // the very strings that the values were sliced from, `own` is only appended to, or cut back to before inlined values.
        // A buffer that no view names may be another.
        let array = unsafe {
            StringViewArray::new_unchecked(ScalarBuffer::from(self.views), buffers, nulls)
        };
        Arc::new(array)
    }
}
