//! `string_agg` of rows that are kept: the texts of all groups are written into one buffer, where elsewhere each group grows a string.

use std::fmt::Write;

use arrow::array::{Array, AsArray, LargeStringArray, LargeStringBuilder, StringViewArray};
use datafusion::logical_expr::ColumnarValue;

use super::Figure;

/// What is joined, and what stands between.
pub(super) struct Joined<'a> {
    texts: &'a StringViewArray,
    delimiter: &'a str,
}

impl<'a> Joined<'a> {
    /// Of a figure with these arguments; `None`: it is another function, or of another form.
    pub(super) fn new(figure: &Figure, args: &'a [ColumnarValue]) -> Option<Self> {
        let function = &figure.function;
        if function.fun().name() != "string_agg" || function.is_distinct() {
            return None;
        }
        match args {
            [ColumnarValue::Array(texts), ColumnarValue::Scalar(delimiter)] => Some(Joined {
                texts: texts.as_string_view_opt()?,
                delimiter: match delimiter.is_null() {
                    true => "",
                    false => delimiter.try_as_str()??,
                },
            }),
            _ => None,
        }
    }

    /// The texts of each of `count` groups, of whose rows `rows` gives one group's after another's; missing ones are left out, and a group
    /// without any text has none.
    pub(super) fn of_groups(
        &self,
        rows: &[u32],
        group_of: impl Fn(&u32) -> usize,
        count: usize,
    ) -> LargeStringArray {
        let lengths = self.texts.views().iter().map(|view| *view as u32 as usize);
        let bytes = lengths.sum::<usize>() + rows.len() * self.delimiter.len();
        let mut joined = LargeStringBuilder::with_capacity(count, bytes);
        let mut rows = rows.iter().peekable();
        for group in 0..count {
            let mut some = false;
            while let Some(row) = rows.next_if(|row| group_of(row) == group) {
                let row = *row as usize;
                if self.texts.is_null(row) {
                    continue;
                }
                // Writing to memory does not fail.
                if some {
                    let _ = joined.write_str(self.delimiter);
                }
                let _ = joined.write_str(self.texts.value(row));
                some = true;
            }
            match some {
                true => joined.append_value(""),
                false => joined.append_null(),
            }
        }
        joined.finish()
    }
}
