//! The SQL that must be written by hand, and the little of it that differs between the databases.

pub(crate) mod postgres;
pub(crate) mod sqlite;
