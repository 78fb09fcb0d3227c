//! The server as a browser meets it: real requests over the loopback, against real runs.

mod customers;
mod data;
mod pages;
mod people;
mod review;
mod review_customers;
mod safety;
mod served;
mod start;
mod thresholds;
mod uploads;
mod work;
