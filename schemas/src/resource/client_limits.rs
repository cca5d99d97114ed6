//! The limits of one client (7.3).

use super::{Computed, Ref, Resource, limits::LimitsByHypervisor};
use crate::{code::Code, endpoint, id::ClientId, time::WireTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may change in a client's limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ClientLimitsUpdate {
    /// Limits by hypervisor code, for hypervisors of the partner; at least one. A kind that is left out has no limit, and 0 switches it off.
    #[schemars(extend("minProperties" = 1))]
    pub limits: LimitsByHypervisor,
}

/// What a client's limits are made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ClientLimitsSpec {
    /// Code of the client whose limits they are.
    #[schemars(extend("x-tf" = {"path": "/client/code"}))]
    pub client: Code,
    /// Code of the client's partner, where several partners have a client of this code.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/partner/code", "computed": true}))]
    pub partner: Option<Code>,
    /// What may change later.
    #[serde(flatten)]
    pub settings: ClientLimitsUpdate,
}

/// A client's limits as the API returns them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientLimitsView {
    /// Id of the client, which names its limits too.
    pub id: ClientId,
    /// When they were first set.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// The partner of the client.
    pub partner: Ref,
    /// The client whose limits they are.
    pub client: Ref,
    /// Limits by hypervisor code.
    pub limits: LimitsByHypervisor,
}

/// How much one client may use of each hypervisor. A client without them is held only by the limits of its partner; `esu_effective_limits` tells what holds, and how much of it is used.
#[derive(JsonSchema)]
pub struct ClientLimits;

impl Resource for ClientLimits {
    const NOUN: &'static str = "client_limits";
    const KEY: &'static [&'static str] = &["partner", "client"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = ClientLimitsSpec;
    type Update = ClientLimitsUpdate;
    type View = ClientLimitsView;
    type List = endpoint::client_limits::List;
    type Create = endpoint::client_limits::Replace;
    type Read = endpoint::client_limits::Read;
    type Replace = endpoint::client_limits::Replace;
    type Delete = endpoint::client_limits::Delete;
}
