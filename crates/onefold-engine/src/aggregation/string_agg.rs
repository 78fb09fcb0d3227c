//! `string_agg` of rows that are kept: the texts of all groups are written into one buffer, where elsewhere each group grows a string.

use std::collections::HashSet;
use std::fmt::Write;

use arrow::array::{Array, AsArray, LargeStringArray, LargeStringBuilder, StringViewArray};
use datafusion::logical_expr::ColumnarValue;

use super::planned::Aggregate;

/// What is joined, and what stands between.
pub(super) struct StringAgg<'a> {
    texts: &'a StringViewArray,
    delimiter: &'a str,
    /// Each text once in a group, where it comes first.
    distinct: bool,
}

impl<'a> StringAgg<'a> {
    /// Of a call with these arguments; `None`: it is another function, or of another form.
    pub(super) fn new(call: &Aggregate, args: &'a [ColumnarValue]) -> Option<Self> {
        let function = &call.function;
        if function.fun().name() != "string_agg" {
            return None;
        }
        match args {
            [
                ColumnarValue::Array(texts),
                ColumnarValue::Scalar(delimiter),
            ] => Some(StringAgg {
                texts: texts.as_string_view_opt()?,
                delimiter: match delimiter.is_null() {
                    true => "",
                    false => delimiter.try_as_str()??,
                },
                distinct: function.is_distinct(),
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
    ) -> Result<LargeStringArray, std::fmt::Error> {
        let lengths = self.texts.views().iter().map(|view| *view as u32 as usize);
        let bytes = match self.distinct {
            true => 0,
            false => lengths.sum::<usize>() + rows.len() * self.delimiter.len(),
        };
        let mut joined = LargeStringBuilder::with_capacity(count, bytes);
        let mut rows = rows.iter().peekable();
        let mut seen = HashSet::new();
        for group in 0..count {
            let mut some = false;
            seen.clear();
            while let Some(row) = rows.next_if(|row| group_of(row) == group) {
                let row = *row as usize;
                if self.texts.is_null(row) || (self.distinct && !seen.insert(self.texts.value(row)))
                {
                    continue;
                }
                if some {
                    joined.write_str(self.delimiter)?;
                }
                joined.write_str(self.texts.value(row))?;
                some = true;
            }
            match some {
                true => joined.append_value(""),
                false => joined.append_null(),
            }
        }
        Ok(joined.finish())
    }
}
