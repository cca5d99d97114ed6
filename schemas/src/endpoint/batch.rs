//! Many operations in one call.

use super::endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most operations of a batch.
pub const MAX_OPERATIONS: usize = 1000;

/// What an operation of a batch does with its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum BatchMethod {
    /// Creates, or does what the path names.
    Post,
    /// Replaces.
    Put,
    /// Changes some fields.
    Patch,
    /// Deletes.
    Delete,
}

impl From<BatchMethod> for http::Method {
    fn from(method: BatchMethod) -> Self {
        match method {
            BatchMethod::Post => Self::POST,
            BatchMethod::Put => Self::PUT,
            BatchMethod::Patch => Self::PATCH,
            BatchMethod::Delete => Self::DELETE,
        }
    }
}

/// One operation: what would be sent as a request of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct BatchOperation {
    /// The HTTP method. Reads are not batched.
    pub method: BatchMethod,
    /// The path with its query, such as `/v1/client/acme?partner=north`.
    #[schemars(length(min = 1, max = 2048))]
    pub path: String,
    /// The body, where the operation takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// What the header `If-Match` would hold: the version that the object must still have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub if_match: Option<String>,
    /// What the header `If-None-Match` would hold: `*` where there must be nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub if_none_match: Option<String>,
    /// What the header `Idempotency-Key` would hold. It is the same key as that of a single call: whichever comes first does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[ -~]{1,255}$"))]
    pub idempotency_key: Option<String>,
}

/// Operations, done in their order in one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Whether all are done or none. Without it, a refused operation leaves no trace and the others are done.
    #[serde(default)]
    pub atomic: bool,
    /// The operations: 1 to 1000.
    #[schemars(length(min = 1, max = 1000))]
    pub operations: Vec<BatchOperation>,
}

/// What one operation was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct BatchResult {
    /// The status that a single call would have. 424 is an operation that was not done because another one of an atomic batch was refused.
    pub status: u16,
    /// The body: the object, or the refusal. Null where there is none.
    pub body: Value,
    /// The object's version, as the header `ETag` holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Whether it was done before, under the same idempotency key.
    pub replayed: bool,
}

/// What the operations were answered, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchAnswer {
    /// One for each operation.
    pub results: Vec<BatchResult>,
}

endpoint! {
    /// Does up to 1000 operations of any kind in one transaction, each with its own answer. The whole is 200 even where every operation was refused.
    Run = "batch.run" POST "/v1/batch" Account body Batch, answer BatchAnswer, status OK
}
