//! What can go wrong between us and a hypervisor.

use std::time::Duration;

/// Why a backend could not answer. The text names the endpoint and what was asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address does not say where the hypervisor is.
    #[error("{reason}")]
    Address {
        /// The address as given, what is wrong with it, and which forms are understood.
        reason: String,
    },
    /// No session could be opened, or it ended under way.
    #[error("{endpoint}: {reason}")]
    Unreachable {
        /// Where the hypervisor was looked for.
        endpoint: String,
        /// What happened there.
        reason: String,
    },
    /// The hypervisor does not let us in.
    #[error("{endpoint}: access denied: {reason}")]
    Denied {
        /// Where the hypervisor is.
        endpoint: String,
        /// What it asked for.
        reason: String,
    },
    /// No answer within the time allowed.
    #[error("{endpoint}: no {asked} within {} ms", .allowed.as_millis())]
    Timeout {
        /// Where the hypervisor is.
        endpoint: String,
        /// What it was asked for.
        asked: &'static str,
        /// How long it had.
        allowed: Duration,
    },
    /// The hypervisor does not do this at all, to a machine as this one is now, or under its licence.
    #[error("{endpoint}: no {asked}, which is not supported: {reason}")]
    Unsupported {
        /// Where the hypervisor is.
        endpoint: String,
        /// What it was asked for.
        asked: &'static str,
        /// What forbids it.
        reason: String,
    },
    /// The machine that something was to be done to is not there.
    #[error("{endpoint}: no {asked}: {reason}")]
    NoMachine {
        /// Where the hypervisor is.
        endpoint: String,
        /// What it was asked for.
        asked: &'static str,
        /// What it said.
        reason: String,
    },
    /// The hypervisor refused what it was asked for, or its answer makes no sense.
    #[error("{endpoint}: no {asked}: {reason}")]
    Failed {
        /// Where the hypervisor is.
        endpoint: String,
        /// What it was asked for.
        asked: &'static str,
        /// What it said.
        reason: String,
    },
}

impl Error {
    /// Whether the same question may be answered later without anybody's help.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Error::Unreachable { .. } | Error::Timeout { .. } | Error::Failed { .. } => true,
            Error::Address { .. }
            | Error::Denied { .. }
            | Error::Unsupported { .. }
            | Error::NoMachine { .. } => false,
        }
    }
}
