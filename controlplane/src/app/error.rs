//! What a rule refuses with: an outside text for the caller, an inside text for the log.

use schemas::error::{Alias, ChangedBy};
use std::collections::BTreeMap;
use store::StoreError;

/// Messages by field; the parts of a nested field's path are joined by dots.
pub type FieldErrors = BTreeMap<String, Vec<String>>;

/// Why the application did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No credentials, or bad ones.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// The object does not exist, or the caller may not see it.
    #[error("Not found.")]
    NotFound,
    /// The caller sees it and may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// Fields with values that cannot be.
    #[error("the request has wrong fields: {0:?}")]
    Fields(FieldErrors),
    /// A request that cannot be understood as a whole.
    #[error("{0}")]
    BadRequest(String),
    /// A request that the state of things does not allow.
    #[error("{detail}")]
    Conflict {
        /// Why, for programs.
        alias: Alias,
        /// Why, for people.
        detail: String,
        /// The fields that it is about.
        fields: FieldErrors,
    },
    /// The object moved on from the version that `If-Match` names.
    #[error("the object was changed since it was read")]
    VersionMismatch(ChangedBy),
    /// Something that was to be made, and is there.
    #[error("{0}")]
    AlreadySet(String),
    /// More requests than are let through.
    #[error("Too many requests; try again in {retry_after_s} s.")]
    TooMany {
        /// After how many seconds to try again.
        retry_after_s: i64,
    },
    /// A page past the last.
    #[error("That page contains no results - {0}")]
    NoSuchPage(i64),
    /// A code that several objects have.
    #[error("{0}")]
    Ambiguous(String),
    /// The database cannot be reached just now.
    #[error("the service is not available just now; try again")]
    Unavailable(#[source] StoreError),
    /// A fault of ours. The text is for the log.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// One wrong field.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::Fields(BTreeMap::from([(name.to_owned(), vec![message.into()])]))
    }

    /// A refusal that no field is to blame for.
    pub fn conflict(alias: Alias, detail: impl Into<String>) -> Self {
        Self::Conflict { alias, detail: detail.into(), fields: BTreeMap::new() }
    }

    /// A refusal that one field is to blame for.
    pub fn conflict_at(alias: Alias, field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let fields = BTreeMap::from([(field.to_owned(), vec![message.clone()])]);
        Self::Conflict { alias, detail: message, fields }
    }

    /// A fault of ours, with what led to it.
    pub fn internal(context: &str, cause: impl std::fmt::Display) -> Self {
        Self::Internal(format!("{context}: {cause}"))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            error if error.retryable() => Self::Unavailable(error),
            error => Self::internal("store", error),
        }
    }
}
