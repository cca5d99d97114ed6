//! What limits come to: what holds, where it comes from, and how much is used.

use super::Ref;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whose limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Whence {
    /// The client's own.
    Client,
    /// The partner's, for all its clients together.
    Partner,
    /// Nobody's: there is no limit.
    None,
}

/// What holds for one kind on one hypervisor. Of a client's and its partner's limit the one holds that leaves less; `limit`, `used` and `left` are then of that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct EffectiveLimit {
    /// The most that may be used; null is any amount.
    pub limit: Option<i64>,
    /// How much is used; sizes are GB, rounded up. Null where it cannot be told: things that no hypervisor reports, such as public addresses, are counted only where one hypervisor alone can hold them.
    pub used: Option<i64>,
    /// How much may still be used; 0 where more is used than the limit allows, null where there is no limit or the use cannot be told.
    pub left: Option<i64>,
    /// Whose limit it is: `client`, `partner`, or `none`.
    pub whence: Whence,
}

/// What holds on one hypervisor, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct EffectiveLimits {
    /// Servers.
    pub servers: EffectiveLimit,
    /// Disks.
    pub disks: EffectiveLimit,
    /// All disks together, in GB.
    pub volume_gb: EffectiveLimit,
    /// Public IP addresses.
    pub ips: EffectiveLimit,
    /// Networks.
    pub networks: EffectiveLimit,
    /// Routers.
    pub routers: EffectiveLimit,
    /// RAM of all servers together, in GB.
    pub ram_gb: EffectiveLimit,
    /// vCPU of all servers together.
    pub vcpu: EffectiveLimit,
}

/// What holds for a client, or for all clients of a partner together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EffectiveLimitsView {
    /// The partner.
    pub partner: Ref,
    /// The client; null where the partner was asked for.
    pub client: Option<Ref>,
    /// What holds by code of each hypervisor that the client, or the partner, may use.
    pub limits: BTreeMap<String, EffectiveLimits>,
}
