//! What can go wrong on the way to a daemon and in it.

use crate::xdr::{DecodeError, Decoder};
use std::{sync::Arc, time::Duration};

/// Why a call gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody answers at the address.
    #[error("{endpoint}: cannot connect to {tried}")]
    Connect {
        /// The address.
        endpoint: Arc<str>,
        /// Each socket or port that was tried, and what it said.
        tried: String,
    },
    /// The daemon wants to know who is asking.
    #[error("{endpoint}: the daemon asks for {asked}; only connections without authentication are supported")]
    Authentication {
        /// The address.
        endpoint: Arc<str>,
        /// The ways of authentication that it offers.
        asked: String,
    },
    /// No secure connection could be made.
    #[error("{endpoint}: no TLS: {reason}")]
    Tls {
        /// The address.
        endpoint: Arc<str>,
        /// What is wrong, with the file or the certificate that is to blame.
        reason: String,
    },
    /// The daemon does not accept our certificate.
    #[error("{endpoint}: the daemon does not let us in: {reason}")]
    Denied {
        /// The address.
        endpoint: Arc<str>,
        /// What it takes amiss.
        reason: String,
    },
    /// No answer in time.
    #[error("{endpoint}: no answer to {call} within {} ms", .allowed.as_millis())]
    Timeout {
        /// The address.
        endpoint: Arc<str>,
        /// What was asked.
        call: &'static str,
        /// How long the daemon had.
        allowed: Duration,
    },
    /// The connection is over.
    #[error("{endpoint}: the connection ended: {reason}")]
    Closed {
        /// The address.
        endpoint: Arc<str>,
        /// How it ended.
        reason: Arc<str>,
    },
    /// The answer makes no sense.
    #[error("{endpoint}: the answer to {call} is malformed: {source}")]
    Malformed {
        /// The address.
        endpoint: Arc<str>,
        /// What was asked.
        call: &'static str,
        /// What is wrong with the answer.
        source: DecodeError,
    },
    /// The daemon has more domains than it gives in one list, and they are too much alike.
    #[error(
        "{endpoint}: more than {limit} domains that are alike in state, persistence, autostart, saved memory, snapshots \
         and checkpoints: the daemon gives no longer list, and has nothing else to tell them apart by"
    )]
    TooManyDomains {
        /// The address.
        endpoint: Arc<str>,
        /// The longest list that a daemon gives.
        limit: usize,
    },
    /// The daemon refused.
    #[error("{endpoint}: {call}: {source}")]
    Remote {
        /// The address.
        endpoint: Arc<str>,
        /// What was asked.
        call: &'static str,
        /// What the daemon said.
        source: RemoteError,
    },
}

impl Error {
    /// The number by which the daemon names its refusal, one of [`code`]; none for any other error.
    #[must_use]
    pub fn remote_code(&self) -> Option<i32> {
        match self {
            Self::Remote { source, .. } => Some(source.code),
            _ => None,
        }
    }
}

/// What the daemon says when it refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (libvirt error {code})")]
pub struct RemoteError {
    /// The kind of refusal, one of [`code`].
    pub code: i32,
    /// The daemon's own words.
    pub message: String,
}

impl RemoteError {
    /// The rest of the structure repeats the message in pieces and is not read.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let code = decoder.i32()?;
        let _part_of_libvirt = decoder.i32()?;
        let message = decoder.optional_text()?.unwrap_or_else(|| "no reason given".to_owned());
        Ok(Self { code, message })
    }
}

/// Numbers of refusals (`virErrorNumber`) that a caller may want to tell apart.
pub mod code {
    /// Something that has no kind of its own.
    pub const INTERNAL_ERROR: i32 = 1;
    /// The driver cannot do this.
    pub const NO_SUPPORT: i32 = 3;
    /// An argument that the driver does not take, an unknown flag among others.
    pub const INVALID_ARG: i32 = 8;
    /// Something that the protocol cannot carry, a list that is too long among others.
    pub const RPC: i32 = 39;
    /// There is no such domain (any more).
    pub const NO_DOMAIN: i32 = 42;
    /// There is no such storage pool.
    pub const NO_STORAGE_POOL: i32 = 49;
    /// There is no such volume.
    pub const NO_STORAGE_VOL: i32 = 50;
    /// Not in this state of the domain.
    pub const OPERATION_INVALID: i32 = 55;
    /// The host cannot do what a description asks for.
    pub const CONFIG_UNSUPPORTED: i32 = 67;
    /// The domain is busy with another operation.
    pub const OPERATION_TIMEOUT: i32 = 68;
    /// The host cannot do what an argument asks for.
    pub const ARGUMENT_UNSUPPORTED: i32 = 74;
    /// The domain has no metadata of that namespace.
    pub const NO_DOMAIN_METADATA: i32 = 80;
    /// The host cannot do this to this domain.
    pub const OPERATION_UNSUPPORTED: i32 = 84;
    /// There is such a volume already.
    pub const STORAGE_VOL_EXIST: i32 = 90;
}
