//! Row numbers, and the batch and row behind each of them.

use std::ops::Range;

/// The greatest number of rows that [`Places`] can number.
pub const MAX_ROWS: usize = u32::MAX as usize - 1;

/// Stands for "no row" where a row number is expected.
pub const NO_ROW: u32 = u32::MAX;

/// Rows covered by one entry of the index from row to part.
const BLOCK: usize = 4096;

/// Where a row is: its part, which is mostly a batch, and its row in that part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the part.
    pub part: u32,
    /// Row within the part.
    pub row: u32,
}

/// The places of rows that are numbered across several parts, from 0.
///
/// # Memory
/// 4 bytes a part and 4 bytes for every 4,096 rows.
#[derive(Debug, Clone)]
pub struct Places {
    /// First row of each part, then the number of rows.
    starts: Vec<u32>,
    /// Part of the first row of each block of `BLOCK` rows, then the last part.
    blocks: Vec<u32>,
}

impl Places {
    /// The places of the rows of parts of these lengths, [`MAX_ROWS`] together at most.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let mut starts = vec![0u32];
        let mut rows = 0;
        for length in lengths {
            rows += length;
            starts.push(rows as u32);
        }
        let parts = starts.len() - 1;
        let blocks = (0..rows)
            .step_by(BLOCK)
            .map(|row| starts.partition_point(|start| *start as usize <= row) as u32 - 1)
            .chain([parts.saturating_sub(1) as u32])
            .collect();
        Places { starts, blocks }
    }

    /// The places of rows that all lie in one part.
    pub fn in_one_piece(rows: usize) -> Self {
        Places {
            starts: vec![0, rows as u32],
            blocks: vec![0; rows.div_ceil(BLOCK) + 1],
        }
    }

    /// The number of rows.
    #[inline]
    pub fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0) as usize
    }

    /// The first row of a part.
    ///
    /// # Panics
    /// There is no such part.
    #[inline]
    pub fn first_of(&self, part: usize) -> u32 {
        self.starts[part]
    }

    /// The place of a row.
    ///
    /// # Panics
    /// There is no such row.
    #[inline]
    pub fn at(&self, row: u32) -> Place {
        let block = row as usize / BLOCK;
        let low = self.blocks[block] as usize;
        let high = self.blocks[block + 1] as usize;
        let part = low + self.starts[low + 1..=high].partition_point(|start| *start <= row);
        Place {
            part: part as u32,
            row: row - self.starts[part],
        }
    }

    /// The rows `range` as stretches within one part each, of at most `longest` rows: part, first row in it, number of rows.
    #[inline]
    pub fn stretches(
        &self,
        range: Range<usize>,
        longest: usize,
    ) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let mut next = range.start;
        std::iter::from_fn(move || {
            if next >= range.end {
                return None;
            }
            let at = self.at(next as u32);
            let end = (self.starts[at.part as usize + 1] as usize)
                .min(range.end)
                .min(next + longest);
            let stretch = (at.part as usize, at.row as usize, end - next);
            next = end;
            Some(stretch)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_whatever_the_parts() {
        for lengths in [
            vec![],
            vec![0],
            vec![1],
            vec![0, 3, 0, 0, 5000, 1, 1, 0, 4095, 4097, 0],
            vec![10_000, 1, 9000],
        ] {
            let places = Places::new(lengths.iter().copied());
            let rows: usize = lengths.iter().sum();
            assert_eq!(places.rows(), rows);
            let mut expected = Vec::new();
            for (part, length) in (0..).zip(&lengths) {
                expected.extend((0..*length as u32).map(|row| Place { part, row }));
            }
            let found: Vec<Place> = (0..rows as u32).map(|row| places.at(row)).collect();
            assert_eq!(found, expected, "{lengths:?}");

            let mut next = 0;
            for (part, first, len) in places.stretches(0..rows, 700) {
                assert!(len <= 700 && len > 0);
                assert_eq!(places.first_of(part) as usize + first, next);
                for row in first..first + len {
                    let at = expected[next];
                    assert_eq!((at.part as usize, at.row as usize), (part, row));
                    next += 1;
                }
            }
            assert_eq!(next, rows);
        }
    }

    #[test]
    fn one_piece_is_one_part() {
        for rows in [0, 1, 4096, 10_000] {
            let (one, parts) = (Places::in_one_piece(rows), Places::new([rows]));
            assert_eq!(one.rows(), rows);
            assert!((0..rows as u32).all(|row| one.at(row) == parts.at(row)));
        }
    }
}
