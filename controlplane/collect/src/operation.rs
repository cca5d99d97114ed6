//! What a hypervisor can be told to do to a machine.

use crate::Owner;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One thing to be done by [`Backend::apply`](crate::Backend::apply).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Makes a machine, which is off then.
    Create(NewMachine),
    /// Lets a machine run, whether it was off or paused.
    Start(Uuid),
    /// Takes a machine off.
    Stop(Uuid, Stop),
    /// Gives a machine other measures, at once and for its next start.
    Resize(Uuid, Resize),
    /// Takes a machine off and away, with the disks that are its own.
    Delete(Uuid),
    /// Tags a machine, at once and for its next start; [`Owner::Untagged`] takes the tag away.
    SetOwner(Uuid, Owner),
}

impl Operation {
    /// The machine that it is done to.
    #[must_use]
    pub fn machine(&self) -> Uuid {
        match self {
            Self::Create(new) => new.uuid,
            Self::Start(uuid)
            | Self::Stop(uuid, _)
            | Self::Resize(uuid, _)
            | Self::Delete(uuid)
            | Self::SetOwner(uuid, _) => *uuid,
        }
    }

    /// What it is called in an error: "no resize of a machine".
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "new machine",
            Self::Start(_) => "start of a machine",
            Self::Stop(..) => "stop of a machine",
            Self::Resize(..) => "resize of a machine",
            Self::Delete(_) => "deletion of a machine",
            Self::SetOwner(..) => "change of a machine's owner",
        }
    }
}

/// How a machine is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// Its operating system is asked to shut down. That it is off is told by a change, or by an inventory:
    /// an operating system may take its time, or not obey.
    Orderly,
    /// Its power is cut; it is off when the operation is done.
    Forced,
}

/// A machine to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMachine {
    /// Its identity, chosen by the caller, so that a creation may be repeated.
    pub uuid: Uuid,
    /// Its name, unique on the hypervisor.
    pub name: String,
    /// Virtual processors, from 1.
    pub vcpu: u32,
    /// How many it may get while it runs; no fewer than `vcpu`.
    pub vcpu_max: u32,
    /// Memory.
    pub memory_mib: u64,
    /// How much it may get while it runs; no less than `memory_mib`.
    pub memory_max_mib: u64,
    /// Its disks, empty, in the order in which it sees them. The first is the system disk.
    pub disks: Vec<NewDisk>,
    /// Whose it is.
    pub owner: Owner,
}

/// A disk to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDisk {
    /// The storage pool or datastore.
    pub pool: String,
    /// Its size.
    pub capacity_mib: u64,
}

/// Other measures of a machine; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resize {
    /// Virtual processors, from 1.
    pub vcpu: Option<u32>,
    /// Memory.
    pub memory_mib: Option<u64>,
    /// Sizes of disks in MiB, by [`Disk::target`](crate::Disk::target). A disk only grows.
    pub disks_mib: BTreeMap<String, u64>,
}
