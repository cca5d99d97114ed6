//! What the API answers when it refuses: one body, and a closed list of aliases.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Why a request was refused, for programs. Each has a page in `docs/errors/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Alias {
    /// A code is given without its parent, and several objects have it.
    AmbiguousCode,
    /// The tariff plan is a client's, its partner's default, or that of clients that register themselves (6.1.4-02).
    PlanInUse,
    /// Other objects still belong to it.
    HasDependents,
    /// An object with this code is there already.
    CodeTaken,
    /// The object is protected from deletion.
    ObjectProtected,
    /// The idempotency key was used with another body.
    IdempotencyKeyReused,
    /// An observation with this (source, epoch, sequence) is there, with other content.
    ObservationConflict,
    /// The object was changed by someone else since it was read.
    VersionMismatch,
    /// It is set already, where `If-None-Match` expected it unset.
    AlreadySet,
    /// A payment with this external id, or a correction with this reference, is there: of another amount or contract.
    PaymentConflict,
    /// The server runs on the machine's clock.
    NoTestClock,
    /// Too many requests.
    RateLimited,
    /// The object is under somebody else's care: it is there already, or not to be changed or deleted by itself.
    ManagedElsewhere,
}

/// Who changed an object that `If-Match` expected unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ChangedBy {
    /// The object's version now.
    pub version: i64,
    /// Login of the account that changed it.
    pub actor: String,
    /// When.
    pub at: crate::time::Instant,
    /// With which program.
    pub client: String,
    /// The fields that changed since the version that was expected; empty where the audit log does not tell.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// The body of every refusal, in the platform's form: field names map to messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBody {
    /// What went wrong, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Further sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What is wrong with the request as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub non_field_errors: Vec<String>,
    /// Why, for programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub error_alias: Vec<Alias>,
    /// Who changed the object, with 412.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<ChangedBy>,
    /// Id of the request, to find it in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Uuid>,
    /// Messages by field; the parts of a nested field's path are joined by dots.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Vec<String>>,
}

impl ErrorBody {
    /// The names that it has for itself: what is wrong with a field of such a name is told of the request as a whole.
    pub const OWN: [&str; 6] =
        ["detail", "details", "non_field_errors", "error_alias", "changed_by", "request_id"];
}
