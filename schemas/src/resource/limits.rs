//! Limits: how much of a hypervisor may be used, by kind (5.2-04).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most that may be used of one hypervisor, by kind. A kind that is left out has no limit; 0 switches it off (5.2-01).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub struct Limits {
    /// Most servers; without it, any number.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers: Option<u32>,
    /// Most disks; without it, any number.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub disks: Option<u32>,
    /// Most GB of all disks together; without it, any size.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub volume_gb: Option<u32>,
    /// Most public IP addresses; without it, any number.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub ips: Option<u32>,
    /// Most networks; without it, any number.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub networks: Option<u32>,
    /// Most routers; without it, any number.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub routers: Option<u32>,
    /// Most GB of RAM of all servers together; without it, any size.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub ram_gb: Option<u32>,
    /// Most vCPU of all servers together; without it, any number.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub vcpu: Option<u32>,
}

/// Limits by hypervisor code.
pub type LimitsByHypervisor = BTreeMap<String, Limits>;
