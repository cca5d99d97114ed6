//! The only crate that knows SQL: SQLite and PostgreSQL from one source.
