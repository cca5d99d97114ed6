//! The Terraform provider for ESU: the partner side of a cloud as resources.
//!
//! Terraform starts the program and talks to it through [`tfplugin`]. Every resource goes through one `adapter`, which
//! reads off `schemas` what differs between them; `resource` holds what is special to each. [`Esu`] is a library too,
//! so that the reference is written from the schemas that Terraform is shown.

mod action;
mod adapter;
mod data_source;
mod ephemeral;
mod function;
mod provider;
mod resource;
mod session;
mod settings;
mod settled;
mod table;

pub use provider::Esu;

/// Name and version, as `--version` shows them.
pub const PROGRAM: &str = concat!("terraform-provider-esu/", env!("CARGO_PKG_VERSION"));
