//! The pipeline language from outside: files in, model or rendered findings out.

mod cases;
mod hostile;
mod model;
mod sources;
