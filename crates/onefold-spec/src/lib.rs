//! The pipeline file: YAML text in, a [`model::Pipeline`] out, or every [`Diagnostic`] about it at once.
//!
//! The language is a set of tables (`keys`): each mapping, its keys, what they take, and what they mean. The loader holds a file
//! against them; [`json_schema`] and [`reference()`] print them. So a key that is documented is one that is read, and the other way
//! round. Nothing here touches the world: text, path and environment come in as arguments. Nothing here knows of queries or columns of
//! data: SQL stays text with its place, for the engine to judge.
//!
//! ```
//! use std::path::Path;
//!
//! let text = "sources: {crm: {path: crm.csv}}\noutputs: [{table: cmr, path: out.csv}]\n";
//! let findings = onefold_spec::load(text, Path::new("onefold.yaml"), &|_| None).unwrap_err();
//! assert_eq!(findings[0].message, "there is no source or table `cmr`");
//! assert_eq!(findings[0].hint.as_deref(), Some("did you mean `crm`?"));
//! ```

mod declared;
mod diagnostic;
mod keys;
mod load;
pub mod model;
mod nearest;
mod reference;
mod scalar;
mod schema;
mod secrets;
mod span;
mod types;
mod yaml;

pub use diagnostic::{Diagnostic, Severity, Style, render_all};
pub use keys::side_tables;
pub use load::{Loaded, load};
pub use nearest::{nearest, unquoted};
pub use reference::reference;
pub use scalar::{InvalidScalar, duration_micros, size_bytes};
pub use schema::json_schema;
pub use secrets::Secrets;
pub use span::{Span, Spanned};
