//! Fixtures that all tests use.
