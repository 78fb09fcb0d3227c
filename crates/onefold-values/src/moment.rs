//! What a declared format reads: an instant, or a day and a time as they are written.

use crate::time::WrittenTime;
use crate::zone::Zone;

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
