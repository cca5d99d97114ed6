//! Fixtures that all tests use.

pub mod api;
pub mod database;
pub mod mail;
pub mod plugin;
pub mod server;
pub mod terraform;
