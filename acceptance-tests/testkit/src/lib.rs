//! Fixtures that all tests use.

pub mod database;
