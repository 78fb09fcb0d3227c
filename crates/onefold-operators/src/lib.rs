//! Relational operators over Arrow batches.
