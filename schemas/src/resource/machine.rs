//! Machines, as the collectors see them on the hypervisors.

use super::Ref;
use crate::{
    id::{MachineId, ProjectId},
    time::Instant,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is wrong with a machine: with its owner tag, else with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum MachineProblem {
    /// There is none, and the machine is not billed.
    Untagged,
    /// It is not a path of codes, `partner/client/project`, and the machine is not billed.
    MalformedOwner,
    /// It names no project, and the machine is not billed.
    UnknownOwner,
    /// It does not name the project that the machine was assigned to, which is billed.
    OwnerMismatch,
    /// A disk of it is in a place to which its hypervisor's `disk_types` give no tier; the machine is billed, that disk is not.
    UnmappedDisk,
}

impl MachineProblem {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Untagged => "untagged",
            Self::MalformedOwner => "malformed_owner",
            Self::UnknownOwner => "unknown_owner",
            Self::OwnerMismatch => "owner_mismatch",
            Self::UnmappedDisk => "unmapped_disk",
        }
    }
}

impl std::str::FromStr for MachineProblem {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        serde_json::from_value(text.into()).map_err(|_| {
            format!(
                "\"{text}\" is no problem of a machine; use untagged, malformed_owner, unknown_owner, \
                 owner_mismatch or unmapped_disk"
            )
        })
    }
}

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum MachinePower {
    /// It runs.
    On,
    /// It holds its memory and does not run.
    Paused,
    /// It does not run.
    Off,
    /// The hypervisor does not tell.
    Unknown,
}

/// The project that a machine is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct MachineAssignment {
    /// Id of the project.
    pub project: ProjectId,
}

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
    /// The project that owns it: what it was assigned to, else what its tag names.
    pub project: Option<Ref>,
    /// The project that it was assigned to; null where its tag tells whose it is, and where the caller does not see that project.
    pub assigned: Option<Ref>,
    /// What is wrong with it: `untagged`, `malformed_owner` and `unknown_owner`, with which it is not billed; `owner_mismatch`, with which the project that it was assigned to is; or `unmapped_disk`, with which it is billed and a disk of it is not.
    pub problem: Option<MachineProblem>,
    /// `on`, `paused`, `off` or `unknown`.
    pub power: MachinePower,
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
