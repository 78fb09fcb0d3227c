//! The server as a browser meets it: real requests over the loopback, against real runs.

mod data;
mod pages;
mod safety;
mod served;
mod work;
