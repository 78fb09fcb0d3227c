//! What a workbook says of its sheets.

/// A sheet of a workbook.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) is_hidden: bool,
    /// It holds a value.
    pub(super) has_data: bool,
}
