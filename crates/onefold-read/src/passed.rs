//! The lines of a text that is read in pieces: how many have passed, and where some of them begin.

/// The beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// In bytes.
    pub(crate) position: u64,
    /// From 1.
    pub(crate) line: u64,
}

impl Mark {
    pub(crate) const START: Self = Self {
        position: 0,
        line: 1,
    };
}

/// Bytes between two marks.
pub(crate) const APART: u64 = 1 << 22;

/// The line breaks of a piece of text.
pub(crate) struct Breaks {
    /// Line feeds, and returns before another byte than a feed. Whether a return at the end is one tells the next piece.
    count: u64,
    /// Where the line begins that follows the last feed, unless some return is a break.
    last: Option<usize>,
}

impl Breaks {
    pub(crate) fn of(piece: &[u8]) -> Self {
        let feeds = memchr::memchr_iter(b'\n', piece).count();
        let next = |at: usize| piece.get(at + 1);
        let returns = memchr::memchr_iter(b'\r', piece);
        let returns = returns.filter(|at| next(*at).is_some_and(|next| *next != b'\n'));
        let returns = returns.count();
        let last = memchr::memrchr(b'\n', piece).filter(|_| returns == 0);
        Self {
            count: (feeds + returns) as u64,
            last: last.map(|last| last + 1),
        }
    }
}

/// How far a text has been read.
pub(crate) struct Passed {
    to: Mark,
    /// Whether it ends with a return, which may be half of a break.
    is_open: bool,
    pub(crate) marks: Vec<Mark>,
}

impl Default for Passed {
    fn default() -> Self {
        Self {
            to: Mark::START,
            is_open: false,
            marks: Vec::new(),
        }
    }
}

impl Passed {
    pub(crate) fn add(&mut self, piece: &[u8], breaks: Breaks) {
        let Mark { position, line } = &mut self.to;
        *line += u64::from(self.is_open && piece.first() != Some(&b'\n')) + breaks.count;
        self.is_open = piece.last() == Some(&b'\r');
        let furthest = self.marks.last().map_or(0, |mark| mark.position);
        if let Some(last) = breaks.last
            && *position + last as u64 >= furthest + APART
        {
            self.marks.push(Mark {
                position: *position + last as u64,
                line: *line,
            });
        }
        *position += piece.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_where_lines_begin() {
        const PIECE: usize = 1 << 20;
        for is_return in [false, true] {
            let mut text = Vec::new();
            for number in 0..1_000_000 {
                text.extend(format!("line {number}").bytes());
                let end: &[u8] = match number {
                    500_000..500_100 if is_return => b"\r",
                    _ if number % 3 == 0 => b"\r\n",
                    _ => b"\n",
                };
                text.extend(end);
            }
            // A return that ends a piece, with and without its other half.
            text[5 * PIECE - 1] = b'\r';
            text[5 * PIECE] = b'\n';
            text[6 * PIECE - 1] = b'\r';
            text[6 * PIECE] = b'x';
            let is_end = |at: &usize| match text[*at] {
                b'\n' => true,
                b'\r' => text.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            let ends = (0..text.len()).filter(is_end).map(|at| at as u64 + 1);
            let starts: Vec<u64> = [0].into_iter().chain(ends).collect();
            let mut passed = Passed::default();
            for piece in text.chunks(PIECE) {
                passed.add(piece, Breaks::of(piece));
            }
            assert!(passed.marks.len() > 1, "{}", passed.marks.len());
            for Mark { position, line } in passed.marks {
                assert_eq!(starts[line as usize - 1], position);
            }
        }
    }
}
