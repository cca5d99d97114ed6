//! What promotions compare of a machine: vCPU, RAM, and its system disk with size and tier (A3).

use super::mib;
use billing::observation::{DiskType, Platform};
use schemas::time::Instant;
use serde::{Deserialize, Serialize};
use store::model::promotion::Promotion;
use uuid::Uuid;

/// The configuration of a machine, as it is kept beside the machine from one inventory to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Configuration {
    platform: Platform,
    vcpu: u32,
    ram_mib: u64,
    disk: SystemDisk,
    /// When the machine was created in this configuration, or changed to it.
    pub since: Instant,
}

/// The system disk of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SystemDisk {
    /// It has none.
    Absent,
    /// Its size could not be read yet, or its place is mapped to no tier.
    Unknown,
    /// It is known.
    Known {
        /// Its id.
        id: Uuid,
        /// Its tier.
        disk_type: DiskType,
        /// Its size in MiB.
        size_mib: u64,
    },
}

/// A disk of a machine that an inventory shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttachedDisk {
    /// Its id.
    pub id: Uuid,
    /// Whether it is the one that the machine boots from.
    pub system: bool,
    /// Its tier and its size in MiB, where both are known.
    pub known: Option<(DiskType, u64)>,
}

/// What an inventory shows of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// What virtualizes.
    pub platform: Platform,
    /// Virtual processors.
    pub vcpu: u32,
    /// Memory in MiB.
    pub ram_mib: u64,
    /// Its disks.
    pub disks: Vec<AttachedDisk>,
}

/// How a configuration came from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is the same.
    Same,
    /// What was not known yet of the same machine is known.
    Completed,
    /// The place of the same disk was mapped to another tier: nobody reconfigured the machine.
    Remapped,
    /// The machine was reconfigured.
    Changed,
}

impl Shown {
    /// The configuration as of an instant. The disk that a grant is for is the system disk as long as it is attached:
    /// what the machine boots from is none of the four.
    pub(crate) fn configuration(&self, granted: Option<Uuid>, since: Instant) -> Configuration {
        let kept = granted.and_then(|id| self.disks.iter().find(|disk| disk.id == id));
        let disk = match kept.or_else(|| self.disks.iter().find(|disk| disk.system)) {
            None => SystemDisk::Absent,
            Some(AttachedDisk { known: None, .. }) => SystemDisk::Unknown,
            Some(AttachedDisk { id, known: Some((disk_type, size_mib)), .. }) => {
                SystemDisk::Known { id: *id, disk_type: *disk_type, size_mib: *size_mib }
            }
        };
        Configuration { platform: self.platform, vcpu: self.vcpu, ram_mib: self.ram_mib, disk, since }
    }
}

impl Configuration {
    /// Goes on from the configuration before; what cannot be seen now is as it was.
    pub(crate) fn after(self, before: &Self) -> (Self, Step) {
        let disk = if self.disk == SystemDisk::Unknown { before.disk } else { self.disk };
        let now = Self { disk, ..self };
        let same_machine =
            (now.platform, now.vcpu, now.ram_mib) == (before.platform, before.vcpu, before.ram_mib);
        let step = match (before.disk, disk) {
            _ if !same_machine => Step::Changed,
            (old, new) if old == new => Step::Same,
            (SystemDisk::Unknown, SystemDisk::Known { .. }) => Step::Completed,
            (
                SystemDisk::Known { id: old, size_mib: old_mib, .. },
                SystemDisk::Known { id: new, size_mib: new_mib, .. },
            ) if (old, old_mib) == (new, new_mib) => Step::Remapped,
            _ => Step::Changed,
        };
        let goes_on = matches!(step, Step::Same | Step::Completed);
        (Self { since: if goes_on { before.since } else { now.since }, ..now }, step)
    }

    /// The system disk, where it is known.
    pub(crate) fn system_disk(&self) -> Option<Uuid> {
        match self.disk {
            SystemDisk::Known { id, .. } => Some(id),
            SystemDisk::Absent | SystemDisk::Unknown => None,
        }
    }

    /// Whether it is exactly what a promotion is for (6.2-05).
    pub(crate) fn is_promoted(&self, row: &Promotion) -> bool {
        let SystemDisk::Known { disk_type, size_mib, .. } = self.disk else { return false };
        let wanted = |stored: i64, mib: u64| u64::try_from(stored).is_ok_and(|gb| self::mib(gb) == mib);
        super::super::hypervisor::platform(row.platform) == self.platform
            && row.vcpu == i64::from(self.vcpu)
            && wanted(row.ram_gb, self.ram_mib)
            && wanted(row.hdd_gb, size_mib)
            && super::view::disk_type(row.disk_type) == disk_type
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(vcpu: u32, disks: &[(u128, bool, Option<DiskType>)]) -> Shown {
        let disks = disks.iter().map(|(id, system, disk_type)| AttachedDisk {
            id: Uuid::from_u128(*id),
            system: *system,
            known: disk_type.map(|disk_type| (disk_type, 10_240)),
        });
        Shown { platform: Platform::Kvm, vcpu, ram_mib: 1024, disks: disks.collect() }
    }

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn what_cannot_be_seen_is_no_change() {
        let first = shown(1, &[(1, true, None)]).configuration(None, at(1));
        assert_eq!(first.system_disk(), None);
        let (known, step) =
            shown(1, &[(1, true, Some(DiskType::Ssd))]).configuration(None, at(2)).after(&first);
        assert_eq!(
            (step, known.since, known.system_disk()),
            (Step::Completed, at(1), Some(Uuid::from_u128(1)))
        );
        let (still, step) = shown(1, &[(1, true, None)]).configuration(None, at(3)).after(&known);
        assert_eq!((step, &still), (Step::Same, &known));
        let (resized, step) = shown(2, &[(1, true, None)]).configuration(None, at(4)).after(&still);
        assert_eq!((step, resized.since, resized.disk), (Step::Changed, at(4), known.disk));
    }

    #[test]
    fn a_change_is_one_of_the_four() {
        let disk = |id, disk_type| shown(1, &[(id, true, Some(disk_type))]).configuration(None, at(5));
        let before = Configuration { since: at(1), ..disk(1, DiskType::Ssd) };
        let step = |now: Configuration| now.after(&before).1;
        assert_eq!(step(disk(1, DiskType::Ssd)), Step::Same);
        assert_eq!(step(disk(1, DiskType::Sas)), Step::Remapped);
        assert_eq!(step(disk(2, DiskType::Ssd)), Step::Changed);
        assert_eq!(step(shown(1, &[]).configuration(None, at(5))), Step::Changed);
        // A further disk is none, nor is booting from it as long as the granted one is there.
        let two = shown(1, &[(1, false, Some(DiskType::Ssd)), (2, true, Some(DiskType::Sas))]);
        assert_eq!(step(two.configuration(Some(Uuid::from_u128(1)), at(5))), Step::Same);
        assert_eq!(step(two.configuration(None, at(5))), Step::Changed);
        assert_eq!(step(two.configuration(Some(Uuid::from_u128(9)), at(5))), Step::Changed);
    }
}
