//! The real terraform against the real server: what the scenarios know of every resource type, and the world that
//! they play in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

pub mod subject;
pub mod world;
