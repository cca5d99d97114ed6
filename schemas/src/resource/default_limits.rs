//! The limits that a client begins with that registers itself (5.2).

use super::{Computed, Ref, Resource, limits::LimitsByHypervisor};
use crate::{code::Code, endpoint, id::PartnerId, time::WireTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may change in a partner's default limits. An edit reaches registrations made after it, and no client that is there (5-06).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct DefaultLimitsUpdate {
    /// Limits by hypervisor code, for hypervisors of the partner; at least one. A kind that is left out has no limit, and 0 switches it off.
    #[schemars(extend("minProperties" = 1))]
    pub limits: LimitsByHypervisor,
}

/// What a partner's default limits are made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct DefaultLimitsSpec {
    /// Code of the partner whose default limits they are.
    #[schemars(extend("x-tf" = {"path": "/partner/code"}))]
    pub partner: Code,
    /// What may change later.
    #[serde(flatten)]
    pub settings: DefaultLimitsUpdate,
}

/// A partner's default limits as the API returns them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DefaultLimitsView {
    /// Id of the partner, which names its default limits too.
    pub id: PartnerId,
    /// When they were first set.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// The partner whose default limits they are.
    pub partner: Ref,
    /// Limits by hypervisor code.
    pub limits: LimitsByHypervisor,
}

/// The limits that every client of a partner begins with that registers itself, by hypervisor. They are copied to the client when it registers: a later edit does not reach it. Clients that an administrator creates have no limits until `esu_client_limits` sets them.
#[derive(JsonSchema)]
pub struct DefaultLimits;

impl Resource for DefaultLimits {
    const NOUN: &'static str = "default_limits";
    const KEY: &'static [&'static str] = &["partner"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = DefaultLimitsSpec;
    type Update = DefaultLimitsUpdate;
    type View = DefaultLimitsView;
    type List = endpoint::default_limits::List;
    type Create = endpoint::default_limits::Replace;
    type Read = endpoint::default_limits::Read;
    type Replace = endpoint::default_limits::Replace;
    type Delete = endpoint::default_limits::Delete;
}
