//! Machines, as the collectors see them on the hypervisors.

use super::Ref;
use crate::{id::MachineId, time::Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A machine that a hypervisor reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MachineView {
    /// The hypervisor's own id of the machine.
    pub id: MachineId,
    /// Its name there.
    pub name: String,
    /// The hypervisor that reported it; null once it is taken off the platform.
    pub hypervisor: Option<Ref>,
    /// The owner tag that it carries.
    pub owner_tag: Option<String>,
    /// The project that owns it.
    pub project: Option<Ref>,
    /// Why it is not billed: `untagged`, `malformed_owner`, `unknown_owner`.
    pub problem: Option<String>,
    /// `on`, `paused`, `off` or `unknown`.
    pub power: String,
    /// vCPU.
    pub vcpu: u32,
    /// RAM in MiB.
    pub ram_mib: u64,
    /// When it was first seen.
    pub first_seen_at: Instant,
    /// When it was last seen.
    pub last_seen_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}
