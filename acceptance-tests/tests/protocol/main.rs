//! The real provider against the real server, in the place of Terraform's core: what would take hours through the
//! program `terraform` takes seconds here.
//!
//! The programs come from `ESU_BIN_DIR`, or from the target folder of the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod hand;
mod import;
mod matrix;
mod stored;
