//! Batches freed of text that is not their own.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::buffer::Buffer;
use onefold_rows::views::{buffer_of, is_inline, length, string_array};

/// Makes a batch fit to be kept: a column gets buffers of its own where the batch uses less than three quarters of a buffer that holds its
/// texts. As they are read, texts lie in the text of a whole chunk of a file, and in buffers with room to grow.
pub fn compact(batch: RecordBatch) -> RecordBatch {
    let texts = |column: &ArrayRef| column.as_string_view_opt().map(used_of);
    let by_column: Vec<Option<Vec<usize>>> = batch.columns().iter().map(texts).collect();
    let mut used: HashMap<*const u8, usize> = HashMap::new();
    for (column, of_column) in batch.columns().iter().zip(&by_column) {
        if let (Some(texts), Some(of_column)) = (column.as_string_view_opt(), of_column) {
            for (buffer, bytes) in texts.data_buffers().iter().zip(of_column) {
                *used.entry(buffer.as_ptr()).or_default() += bytes;
            }
        }
    }
    let is_slack = |buffer: &Buffer| {
        let used = used.get(&buffer.as_ptr()).copied().unwrap_or(0);
        used * 4 < buffer.capacity() * 3
    };
    let kept = |(column, of_column): (&ArrayRef, Option<Vec<usize>>)| -> ArrayRef {
        let (Some(texts), Some(of_column)) = (column.as_string_view_opt(), of_column) else {
            return Arc::clone(column);
        };
        let buffers = texts.data_buffers().iter();
        let of_column: Vec<(&Buffer, usize)> = buffers.zip(of_column).collect();
        if of_column.iter().all(|(buffer, _)| !is_slack(buffer)) {
            return Arc::clone(column);
        }
        if of_column.iter().any(|(b, used)| *used > 0 && is_slack(b)) {
            return Arc::new(texts.gc());
        }
        let empty = Buffer::default();
        let buffers = of_column.into_iter();
        let buffers: Vec<Buffer> = buffers
            .map(|(buffer, used)| match used {
                0 => empty.clone(),
                _ => buffer.clone(),
            })
            .collect();
        let (views, nulls) = (texts.views().clone(), texts.nulls().cloned());
        #[expect(
            unsafe_code,
            reason = "reading every text again costs more than copying it"
        )]
        // SAFETY: the array was valid, and no view, not even that of a null, points into a buffer that is now empty.
        let texts = unsafe { string_array(views, buffers.into(), nulls) };
        Arc::new(texts)
    };
    let columns = batch.columns().iter().zip(by_column);
    let columns = columns.map(kept).collect();
    RecordBatch::try_new(batch.schema(), columns).unwrap_or(batch)
}

/// Bytes of each buffer that the texts use. Null rows count: their views must stay valid.
fn used_of(texts: &StringViewArray) -> Vec<usize> {
    let mut used = vec![0; texts.data_buffers().len()];
    for view in texts.views() {
        if !is_inline(*view) {
            used[buffer_of(*view)] += length(*view);
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use arrow::array::{StringViewBuilder, UInt64Array};

    use super::*;

    /// A column of the texts `from..from + 10` of a chunk and, in every second row, of texts of its own.
    fn column(chunk: &Buffer, from: usize, own: bool) -> ArrayRef {
        let mut texts = StringViewBuilder::new();
        let block = texts.append_block(chunk.clone());
        for row in 0..10 {
            if own {
                texts.append_value(format!("a text of the column's own {row}"));
            } else if row == 3 {
                texts.append_null();
            } else {
                let offset = (from + row) * 20;
                texts
                    .try_append_view(block, offset as u32, 20)
                    .expect("within the chunk");
            }
        }
        Arc::new(texts.finish())
    }

    fn held(batch: &RecordBatch) -> usize {
        let columns = batch
            .columns()
            .iter()
            .filter_map(|c| c.as_string_view_opt());
        let mut buffers: HashMap<*const u8, usize> = HashMap::new();
        for buffer in columns.flat_map(|c| c.data_buffers()) {
            buffers.insert(buffer.as_ptr(), buffer.capacity());
        }
        buffers.values().sum()
    }

    #[test]
    fn slack_goes_and_values_stay() {
        let chunk = |texts: usize| {
            let text: String = (0..texts).map(|n| format!("text number {n:08}")).collect();
            Buffer::from(text.into_bytes())
        };
        let (large, small) = (chunk(1000), chunk(12));
        let numbers: ArrayRef = Arc::new(UInt64Array::from_iter_values(0..10));
        let cases = [
            ("few texts of a chunk", vec![column(&large, 5, false)], 400),
            (
                "a buffer with room to grow",
                vec![column(&large, 5, true)],
                512,
            ),
            ("nearly all of a chunk", vec![column(&small, 1, false)], 256),
            (
                "in two columns",
                vec![
                    column(&small, 0, false),
                    column(&small, 2, false),
                    Arc::clone(&numbers),
                ],
                400,
            ),
            (
                "some rows of a batch",
                vec![column(&small, 0, false).slice(4, 3)],
                64,
            ),
        ];
        for (name, columns, most) in cases {
            let named = columns.into_iter().enumerate();
            let named = named.map(|(number, column)| (number.to_string(), column));
            let batch = RecordBatch::try_from_iter_with_nullable(
                named.map(|(name, column)| (name, column, true)),
            );
            let batch = batch.expect("batch");
            let kept = compact(batch.clone());
            assert_eq!(kept, batch, "{name}");
            let held = held(&kept);
            assert!(held <= most, "{name}: {held} bytes");
        }
    }
}
