//! Operations on the register of idempotency keys.

use super::endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most keys, and the most objects, of one call.
pub const MAX_CREATIONS: usize = 1000;

/// Creations whose outcome is safe with their sender, named by their keys or by what they made. One that is not known is
/// passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct Creations {
    /// Keys, 1 to 1000 of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000))]
    pub keys: Vec<String>,
    /// Ids of objects, 1 to 1000 of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 1000))]
    pub objects: Vec<Uuid>,
}

endpoint! {
    /// Forgets idempotency keys of the caller before their time: from now on the same request is another one, and is refused where it creates what is there.
    Forget = "idempotency.forget" POST "/v1/idempotency/forget" Account body Creations, answer ()
}
