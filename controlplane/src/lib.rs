//! The ESU control plane: the API, the rules behind it, and the work that goes on by itself.
//!
//! `http` parses and answers, `app` holds the rules and the transactions, `task` does the background work,
//! `cli` is the command line.

pub mod app;
pub mod cli;
pub mod http;
mod task;
