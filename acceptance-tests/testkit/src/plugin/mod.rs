//! The host's side of Terraform's plugin protocol: the real provider in a process of its own, and the rules by which
//! Terraform's core judges what it answers. A case takes milliseconds here that takes a second through the program
//! `terraform`.

mod call;
mod core;
mod judge;
mod process;
mod proto;
mod schema;

pub use call::{Kept, Listed, Plan, Plugin, Told};
pub use core::Managed;
pub use process::client_certificate;
pub use schema::{Attribute, Attributes, Nesting, Schema};

use tfplugin::ValueError;

/// Why a call of the plugin gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// A file, a process or a connection failed.
    #[error("{0}: {1}")]
    Io(&'static str, std::io::Error),
    /// The process did not announce itself as a plugin does.
    #[error("the provider announced itself as {0:?}")]
    Handshake(String),
    /// The connection broke, or cannot be made.
    #[error("{0}: {1}")]
    Connection(&'static str, String),
    /// The call failed as a whole, which no call of Terraform may.
    #[error("the call failed: {0}")]
    Status(#[from] Box<tonic::Status>),
    /// An answer's value is not of the schema's type.
    #[error("{0}")]
    Value(#[from] ValueError),
    /// The provider said no.
    #[error("refused: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Told>),
    /// The provider broke one of the rules of Terraform's core.
    #[error("{0}: {faults}", faults = .1.join("; "))]
    Broken(&'static str, Vec<String>),
}

impl From<tonic::Status> for PluginError {
    fn from(status: tonic::Status) -> Self {
        Self::Status(Box::new(status))
    }
}
