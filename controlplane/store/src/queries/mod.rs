//! What is asked of the tables, one file per noun.
//!
//! `find` answers `None` where nothing is found; `get` and everything that changes a row answer
//! [`StoreError::NotFound`]. `update` and `delete` take the version the caller expects, if it expects one.

pub mod access;
pub mod account;
pub mod charge;
pub mod client;
pub mod client_defaults;
pub mod client_limits;
pub mod closing;
pub mod contract;
pub mod default_limits;
mod delivery;
pub mod domain;
pub mod event;
pub mod event_chain;
pub mod hypervisor;
pub mod idempotency;
pub mod invitation;
pub mod lease;
pub mod ledger;
pub mod login_attempt;
pub mod machine_owner;
pub mod mail;
pub mod note;
pub mod observation;
pub mod outage;
pub mod partner;
pub mod payment;
pub mod project;
pub mod promotion;
pub mod public_key;
pub mod reading;
pub mod registration;
pub mod resource;
pub mod run;
pub mod setting;
pub mod source;
pub mod tariff_plan;
pub mod token;
pub mod user;

use crate::error::StoreError;

/// The version after `current`, if that is what the caller expects.
fn next_version(current: i64, expected: Option<i64>) -> Result<i64, StoreError> {
    match expected {
        Some(version) if version != current => Err(StoreError::VersionMismatch { current }),
        _ => Ok(current + 1),
    }
}
