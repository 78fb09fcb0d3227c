//! Settings of Splink in our own terms: what they compare, and what of them has no counterpart here.
//!
//! [`read`] takes the JSON of `save_model_to_json`, or a settings dictionary, of Splink 3 to 5. Splink says in SQL what a comparison
//! compares. The SQL is read for its columns and functions, not run: levels are built in here. A column's role comes from the functions,
//! then from its name, and [`auto`](crate::auto) makes the comparisons. So names are one comparison, as everywhere.
//!
//! Nothing is left out silently. [`Translated::untranslated`] names each part that has no counterpart, by its path in the JSON. Settings
//! that only say how Splink works, such as prefixes of columns, are not named.

mod condition;
mod functions;
mod meaning;
mod settings;
mod tokens;

pub(crate) use settings::is_settings;
pub use settings::{Translated, Untranslated, read};

#[cfg(test)]
mod tests;
