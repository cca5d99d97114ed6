//! Operations on the register of idempotency keys.

use super::endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most keys of one call.
pub const MAX_KEYS: usize = 1000;

/// Keys of requests whose outcome is safe with their sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The keys, 1 to 1000 of them. One that is not known is passed over.
    #[schemars(length(min = 1, max = 1000))]
    pub keys: Vec<String>,
}

endpoint! {
    /// Forgets idempotency keys of the caller before their time: from now on the same request is another one, and is refused where it creates what is there.
    Forget = "idempotency.forget" POST "/v1/idempotency/forget" Account body Keys, answer ()
}
