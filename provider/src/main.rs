//! The Terraform provider for ESU: the partner side of a cloud as resources.
//!
//! Terraform starts this program and talks to it through [`tfplugin`]. Every resource goes through one [`adapter`],
//! which reads off `schemas` what differs between them; [`resource`] holds what is special to each.

mod adapter;
mod data_source;
mod function;
mod provider;
mod resource;
mod session;
mod settings;

use std::process::ExitCode;

/// Name and version, as `--version` and the server's audit log show them.
const PROGRAM: &str = concat!("terraform-provider-esu/", env!("CARGO_PKG_VERSION"));

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|argument| argument == "--version") {
        println!("{}", PROGRAM.replace('/', " "));
        return ExitCode::SUCCESS;
    }
    tfplugin::run(provider::Esu)
}
