//! The rows, one file per noun: plain structs.
//!
//! `id` is the internal key and never leaves the server; `public_id` is what the API shows.

pub mod access;
pub mod account;
pub mod charge;
pub mod client;
pub mod client_defaults;
pub mod client_limits;
pub mod closing;
pub mod contract;
pub mod default_limits;
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
pub mod source;
pub mod tariff_plan;
pub mod user;
