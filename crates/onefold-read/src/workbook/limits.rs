//! How large a workbook may be.

/// Bytes that the parts of a workbook may have, unpacked.
pub(super) const MAX_UNPACKED: u64 = 2 << 30;

/// Bytes of the text of a sheet.
pub(super) const MAX_TEXT: usize = 1 << 30;

/// Bytes that a file of a workbook may have.
pub(crate) const MAX_FILE: usize = 1 << 30;

/// Rows and columns that a sheet may have, as in Excel.
pub(super) const MAX_ROWS: u32 = 1 << 20;
pub(super) const MAX_COLUMNS: u32 = 1 << 14;
