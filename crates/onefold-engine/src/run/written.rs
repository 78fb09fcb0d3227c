//! What is known of an output once it is complete.

/// A file, or a sheet of a workbook, that is complete but not published.
pub(super) struct Written {
    pub(super) path: String,
    pub(super) table: String,
    pub(super) rows: u64,
    /// Of the file.
    pub(super) bytes: u64,
    /// Name of the sheet of a workbook.
    pub(super) sheet: Option<String>,
    /// Partitions that have rows, where it is dealt out to a folder.
    pub(super) partitions: Option<u64>,
    /// Cells changed so that a spreadsheet is safe from them.
    pub(super) guarded_cells: Option<u64>,
}
