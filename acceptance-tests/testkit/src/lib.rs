//! Fixtures that all tests use.

pub mod api;
pub mod database;
pub mod server;
pub mod terraform;
