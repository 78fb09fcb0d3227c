//! The web page: runs of a pipeline, looked at and steered in a browser on this machine.
//!
//! [`serve`] answers until it is interrupted. Every request passes the `guard` first: who may ask, and from where. A `page` is data made
//! from what runs have left, then shown: as HTML that needs no script, or, with `.json` behind its path, as it is. The address of a page
//! holds its state, and no personal value: conditions and queries are kept on this side, on a `shelf`, under an id. A run that is started from
//! the page is the `work` of the server, followed by whoever looks. Files that people drop are received onto the disk piece by piece and
//! looked at by a thread of their own (`upload`), until a pipeline is drafted from them.
//!
//! What people type and give lies in files for the owner alone (`private`). Files of the project are replaced as a whole (`atomic`).
//!
//! Where the page is open to others, a pipeline that is written on it stays in its `bounds`.
//!
//! Everything that a browser needs is in the binary (`assets`). Nothing is asked of any other machine.

mod answer;
mod app;
mod asked;
mod assets;
mod atomic;
mod bounds;
mod cache;
mod chart;
mod comparing;
mod doubts;
mod download;
mod failure;
mod form;
mod guard;
mod link;
mod options;
mod page;
mod private;
mod public;
mod questions;
mod queue;
mod reasons;
mod receive;
mod response;
mod routes;
mod server;
mod shelf;
mod text;
mod upload;
mod work;

pub use options::Options;
pub use public::PublicUrl;
pub use server::{Error, Watcher, serve};
