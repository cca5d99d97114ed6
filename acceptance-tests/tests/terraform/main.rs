//! The real Terraform with the real provider against the real server.
//!
//! The programs come from `ESU_BIN_DIR`, or from the target folder of the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod action;
mod adoption;
mod bad_input;
mod balance_correction;
mod clients;
mod combination;
mod crash;
mod data;
mod drift;
mod ephemeral;
mod examples;
mod export;
mod figures;
mod generated;
mod guides;
mod immutable;
mod invitation;
mod lifecycle;
mod machines;
mod order;
mod partner_admin;
mod practice;
mod query;
mod reference;
mod secrets;
