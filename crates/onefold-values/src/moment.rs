//! What a declared format reads: an instant, or a day and a time as they are written. And the century of a year of two digits.

use crate::time::WrittenTime;
use crate::zone::Zone;

/// The first year of two digits that is one of the 1900s; those before it are of the 2000s. 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pivot(u8);

impl Pivot {
    /// `None` above 100, which makes all years those of the 2000s.
    pub fn new(first: u8) -> Option<Self> {
        (first <= 100).then_some(Self(first))
    }

    /// The year of two digits.
    pub(crate) fn year(self, number: u32) -> u32 {
        let century = if number < u32::from(self.0) {
            2000
        } else {
            1900
        };
        century + number
    }
}

impl Default for Pivot {
    /// That of POSIX: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068.
    fn default() -> Self {
        Self(69)
    }
}

/// What a declared format reads.
pub(crate) enum Moment {
    /// Microseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// A day and a time as written, midnight where there is none.
    Written {
        /// Days since 1970-01-01.
        days: i32,
        time: WrittenTime,
        /// The zone that the text names.
        zone: Option<Zone>,
    },
}
