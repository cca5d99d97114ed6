//! What limits come to.

use super::endpoint;
use crate::resource::effective_limits::EffectiveLimitsView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose limits.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EffectiveLimitsQuery {
    /// Code or id of the client; without it, the partner's own limits are told, with what all its clients use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Code or id of the partner: needed without a client, and where several partners have a client of this code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
}

endpoint! {
    /// Tells what limits hold for a client or a partner, whose they are, and how much of them is used.
    Read = "effective_limits.read" GET "/v1/effective_limits" Partner query EffectiveLimitsQuery, answer EffectiveLimitsView
}
