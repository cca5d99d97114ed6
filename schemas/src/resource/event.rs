//! Events: the audit log, one event for every mutation.

use crate::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One mutation: who did what to which object, when, and from where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventView {
    /// Number of the event; later events have higher ones.
    pub id: i64,
    /// When.
    pub at: Instant,
    /// Login of the account that did it.
    pub actor: String,
    /// Login of who acted for that account in its place; null where nobody did.
    pub impersonator: Option<String>,
    /// `create`, `update`, `delete`, `confirm` (a note) or `collect` (a hypervisor, which it leaves as it was); of a `collector`, which has its hypervisor's id, the state that it came to: `ok`, `degraded` or `down`.
    pub action: String,
    /// Kind of the object.
    pub object_kind: String,
    /// Id of the object.
    pub object_id: Uuid,
    /// Its code or name.
    pub object_name: String,
    /// The object before, secrets left out.
    pub before: Option<serde_json::Value>,
    /// The object after, secrets left out.
    pub after: Option<serde_json::Value>,
    /// Id of the request.
    pub request_id: Uuid,
    /// The program that sent it.
    pub client: String,
}
