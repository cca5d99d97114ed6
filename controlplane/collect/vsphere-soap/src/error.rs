//! What can go wrong on the way to an endpoint and in it.

use crate::{trust::TrustError, xml::Malformed};
use std::{sync::Arc, time::Duration};

/// What the other side says when it does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({kind})")]
pub struct Fault {
    /// Its type, such as `NotAuthenticated`.
    pub kind: String,
    /// Its text.
    pub message: String,
}

/// Why a call gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The certificates to be trusted make no sense.
    #[error("{endpoint}: {source}")]
    Trust {
        /// The address.
        endpoint: Arc<str>,
        /// What is wrong with them.
        source: TrustError,
    },
    /// Nobody answers at the address, or it is not who is trusted, or it went away under way.
    #[error("{endpoint}: {call}: {reason}")]
    Connection {
        /// The address.
        endpoint: Arc<str>,
        /// What was asked.
        call: &'static str,
        /// What happened.
        reason: String,
    },
    /// No answer in time.
    #[error("{endpoint}: no answer to {call} within {} ms", .allowed.as_millis())]
    Timeout {
        /// The address.
        endpoint: Arc<str>,
        /// What was asked.
        call: &'static str,
        /// How long there was.
        allowed: Duration,
    },
    /// The answer makes no sense.
    #[error("{endpoint}: the answer to {call} is malformed: {source}")]
    Malformed {
        /// The address.
        endpoint: Arc<str>,
        /// What was asked.
        call: &'static str,
        /// What is wrong with the answer.
        source: Malformed,
    },
    /// The other side refused.
    #[error("{endpoint}: {call}: {source}")]
    Fault {
        /// The address.
        endpoint: Arc<str>,
        /// What was asked.
        call: &'static str,
        /// What it said.
        source: Fault,
    },
}

impl Error {
    /// The type of the fault, where the other side refused.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        match self {
            Self::Fault { source, .. } => Some(&source.kind),
            _ => None,
        }
    }

    /// Whether the session is over: its id is unknown by now, and with it all that was made in it.
    #[must_use]
    pub fn is_session_over(&self) -> bool {
        self.fault() == Some("NotAuthenticated")
    }

    /// Whether an object is gone, or was never there.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.fault() == Some("ManagedObjectNotFound")
    }
}
