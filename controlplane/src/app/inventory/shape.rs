//! Machines and disks of an inventory as billing knows them.

use super::{
    super::{
        hypervisor::kind,
        promotion::configuration::{AttachedDisk, Shown},
    },
    Ownership,
    absence::{is_of, unread},
    arrival::{Arrivals, disk_id, disk_name, disks_of},
    ownership::Owners,
};
use billing::observation::{Fact, Kind, Power, Shape, Thing};
use collect::{Disk, Machine, Snapshot};
use schemas::resource::{
    hypervisor::{DiskType, DiskTypes},
    machine::MachineProblem,
};
use std::collections::BTreeMap;
use store::model::{
    hypervisor::Hypervisor,
    resource::{Resource, Run},
};
use uuid::Uuid;

/// What stands between the name of a run and its number.
const AGAIN: char = '#';

/// A machine or disk that an inventory shows.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The machine's own id, or the disk's derived one.
    pub uuid: Uuid,
    /// Machine or disk.
    pub kind: Kind,
    /// Its name on the hypervisor.
    pub name: String,
    /// Whose it is.
    pub ownership: Ownership,
    /// What it is.
    pub fact: Fact,
    /// What promotions look at, of a machine.
    pub shown: Option<Shown>,
    /// Which run it is, of a machine that runs.
    pub incarnation: Option<String>,
    /// The processor time that this run has used, in ns, where that is told.
    pub cpu_time_ns: Option<i64>,
    /// A disk of this machine whose size was never told, as the machine sees it.
    pub unsized_disk: Option<String>,
}

impl Seen {
    /// Whether it is another run than the one that was seen last.
    pub(super) fn has_other_incarnation(&self, known: Option<&Resource>) -> bool {
        self.kind == Kind::Machine
            && known.and_then(|row| row.incarnation.as_ref()) != self.incarnation.as_ref()
    }

    /// Its run, where that is not what is known of it.
    pub(super) fn new_run(&self, known: Option<&Resource>) -> Option<Run> {
        let has_other_time = self.cpu_time_ns != known.and_then(|row| row.cpu_time_ns);
        let is_new = self.kind == Kind::Machine && (has_other_time || self.has_other_incarnation(known));
        let (incarnation, cpu_time_ns) = (self.incarnation.clone(), self.cpu_time_ns);
        is_new.then_some(Run { machine: self.uuid, incarnation, cpu_time_ns })
    }

    /// Whether it was started anew since it was seen last, in the same shape.
    pub(super) fn is_restarted(&self, known: Option<&Resource>) -> bool {
        let ran = known.is_some_and(|row| row.incarnation.is_some());
        ran && self.incarnation.is_some() && self.has_other_incarnation(known) && !self.differs(known)
    }

    /// Whether it is a disk of somebody's in a place without a tier.
    pub(super) fn is_unmapped(&self) -> bool {
        self.kind == Kind::Disk && self.ownership.problem == Some(MachineProblem::UnmappedDisk)
    }

    /// Whether its run began after it was seen last.
    pub(super) fn began_since(&self, known: &Resource) -> bool {
        let was_off = || matches!(known.fact.read(), Ok(Fact::Present(Shape { power: Power::Off, .. })));
        self.incarnation.is_some()
            && self.has_other_incarnation(Some(known))
            && (known.incarnation.is_some() || was_off())
    }

    /// Whether what is known of it is not what is seen.
    pub(super) fn differs(&self, known: Option<&Resource>) -> bool {
        known.is_none_or(|row| {
            let fact: Option<Fact> = row.fact.read().ok();
            fact.as_ref() != Some(&self.fact)
                || row.name != self.name
                || row.owner != self.ownership.tag
                || row.problem.as_deref() != self.ownership.problem.map(MachineProblem::as_str)
                || row.project_id != self.ownership.project.map(|owned| owned.project_id)
        })
    }
}

/// Everything that an inventory shows. A machine that could not be read is left out: what is known of it holds; and so is
/// one that is another hypervisor's.
pub(super) fn seen(
    hypervisor: &Hypervisor,
    disk_types: &DiskTypes,
    snapshot: &Snapshot,
    owners: &Owners,
    known: &BTreeMap<Uuid, Resource>,
    arrivals: &Arrivals,
) -> Vec<Seen> {
    let context = Context { hypervisor, disk_types, arrivals };
    let holders = context.holders(snapshot, known);
    let mut seen = Vec::new();
    for machine in snapshot.machines.iter().filter(|machine| !arrivals.left.contains(&machine.uuid)) {
        if let Ok(shape) = &machine.shape {
            let ownership = owners.ownership(machine.uuid, &shape.owner);
            let of_machine = |disk| (disk, context.disk(machine, disk, &ownership, known));
            let disks: Vec<(&Disk, Option<Seen>)> = shape.disks.iter().map(of_machine).collect();
            let mut of_it = context.machine(machine, shape, &ownership, known.get(&machine.uuid));
            if disks.iter().filter_map(|(_, disk)| disk.as_ref()).any(Seen::is_unmapped) {
                of_it.ownership.problem.get_or_insert(MachineProblem::UnmappedDisk);
            }
            let never_sized = disks.iter().find(|(_, seen)| seen.is_none());
            of_it.unsized_disk = never_sized.map(|(disk, _)| disk.target.clone());
            of_it.shown = Some(context.shown(shape, &disks));
            seen.push(of_it);
            let held = disks.into_iter().filter(|(disk, _)| {
                holders.get(&context.disk_id(disk)) == Some(&(machine.uuid, disk.target.as_str()))
            });
            seen.extend(held.filter_map(|(_, disk)| disk));
        }
    }
    seen
}

/// How the run of a machine is called: as its hypervisor calls it, with a number where that calls a later run the same.
fn incarnation(machine: &Machine, known: Option<&Resource>) -> Option<String> {
    let now = machine.run()?;
    let before = known.and_then(|row| Some((row.incarnation.as_deref()?, row.cpu_time_ns)));
    let Some((called, cpu_time_ns)) = before else { return Some(now.incarnation.to_owned()) };
    let (name, again) = called.rsplit_once(AGAIN).unwrap_or((called, "0"));
    let cpu_time_ns = cpu_time_ns.and_then(|time| u64::try_from(time).ok());
    if now.continues(collect::Run { incarnation: name, cpu_time_ns }) {
        return Some(called.to_owned());
    }
    let again = again.parse::<u32>().unwrap_or(0).wrapping_add(1);
    Some(if name == now.incarnation { format!("{name}{AGAIN}{again}") } else { now.incarnation.to_owned() })
}

struct Context<'a> {
    hypervisor: &'a Hypervisor,
    disk_types: &'a DiskTypes,
    arrivals: &'a Arrivals,
}

impl Context<'_> {
    fn machine(
        &self,
        machine: &Machine,
        shape: &collect::Shape,
        ownership: &Ownership,
        known: Option<&Resource>,
    ) -> Seen {
        let windows = shape.guest_os.as_deref().is_some_and(is_windows);
        let thing = Thing::Machine {
            platform: kind(self.hypervisor),
            cpu_class_3_2: self.hypervisor.cpu_class.is_some(),
            vcpu: shape.vcpu,
            ram_mib: shape.memory_mib,
            windows,
        };
        let power = match shape.power {
            collect::Power::On => Power::Running,
            // A hypervisor that does not say whether a machine runs has not said that it stopped, or started;
            // one that was never seen is not charged as running.
            collect::Power::Unknown => known.and_then(power).unwrap_or(Power::Off),
            collect::Power::Paused => Power::Paused,
            collect::Power::Off => Power::Off,
        };
        Seen {
            uuid: machine.uuid,
            kind: Kind::Machine,
            name: machine.name.clone(),
            ownership: ownership.clone(),
            fact: present(thing, power, ownership),
            shown: None,
            incarnation: incarnation(machine, known),
            cpu_time_ns: shape.cpu_time_ns.and_then(|time| i64::try_from(time).ok()),
            unsized_disk: None,
        }
    }

    /// What promotions look at: the machine with its disks, as far as they are known.
    fn shown(&self, shape: &collect::Shape, disks: &[(&Disk, Option<Seen>)]) -> Shown {
        let attached = |(disk, seen): &(&Disk, Option<Seen>)| {
            let known = match seen.as_ref().map(|seen| &seen.fact) {
                Some(Fact::Present(Shape { thing: Thing::Disk { disk_type, size_mib, .. }, .. })) => {
                    disk_type.map(|disk_type| (disk_type, *size_mib))
                }
                _ => None,
            };
            AttachedDisk { id: self.disk_id(disk), system: disk.system, known }
        };
        Shown {
            platform: kind(self.hypervisor),
            vcpu: shape.vcpu,
            ram_mib: shape.memory_mib,
            disks: disks.iter().map(attached).collect(),
        }
    }

    /// The machine and the place by which each disk is counted: one that several machines have is one all the same, of
    /// the machine that it was of, else of the first that has it. One that was of a machine that could not be read is
    /// counted by none: it is what it was.
    fn holders<'a>(
        &self,
        snapshot: &'a Snapshot,
        known: &BTreeMap<Uuid, Resource>,
    ) -> BTreeMap<Uuid, (Uuid, &'a str)> {
        let unread = unread(snapshot, known);
        let mut holders = BTreeMap::new();
        for machine in snapshot.machines.iter().filter(|it| !self.arrivals.left.contains(&it.uuid)) {
            let before = known.get(&machine.uuid).map_or(machine.name.as_str(), |row| &row.name);
            for disk in disks_of(machine) {
                let (id, place) = (self.disk_id(disk), (machine.uuid, disk.target.as_str()));
                let row = known.get(&id);
                if row.is_some_and(|row| is_of(row, &unread)) {
                    continue;
                }
                if row.is_some_and(|row| row.name == format!("{before} {}", disk.target)) {
                    holders.insert(id, place);
                } else {
                    holders.entry(id).or_insert(place);
                }
            }
        }
        holders
    }

    /// The id of a disk: the one that it came with, where it was another hypervisor's or in another file.
    fn disk_id(&self, disk: &Disk) -> Uuid {
        let own = disk_id(self.hypervisor.public_id, disk);
        let Arrivals { disks, files, .. } = self.arrivals;
        disks.get(&own).or_else(|| files.get(&own)).copied().unwrap_or(own)
    }

    /// A disk of a machine; one whose size was never read is not known yet.
    fn disk(
        &self,
        machine: &Machine,
        disk: &Disk,
        ownership: &Ownership,
        known: &BTreeMap<Uuid, Resource>,
    ) -> Option<Seen> {
        let uuid = self.disk_id(disk);
        let last = known.get(&uuid).and_then(measures);
        let size_mib = disk.capacity_mib.or(last.map(|(size_mib, _)| size_mib))?;
        // One that is in another file, which is in no tier, is in the tier where it was.
        let is_in_another = self.arrivals.files.contains_key(&disk_id(self.hypervisor.public_id, disk));
        let before = last.filter(|_| is_in_another).and_then(|(_, disk_type)| disk_type);
        let disk_type = collect::disk_type(self.disk_types, disk).or(before);
        let mut ownership = ownership.clone();
        if disk_type.is_none() && ownership.project.is_some() {
            ownership.problem = Some(MachineProblem::UnmappedDisk);
        }
        let thing = Thing::Disk { platform: kind(self.hypervisor), disk_type, size_mib };
        let fact = present(thing, Power::Running, &ownership);
        let name = disk_name(machine, disk);
        Some(Seen {
            uuid,
            kind: Kind::Disk,
            name,
            ownership,
            fact,
            shown: None,
            incarnation: None,
            cpu_time_ns: None,
            unsized_disk: None,
        })
    }
}

/// Whether an operating system is Windows: `http://microsoft.com/win/2k22` of libosinfo, `windows2019srv_64Guest` of
/// vSphere. `darwin` is not.
fn is_windows(os: &str) -> bool {
    let os = os.to_lowercase();
    os.starts_with("win") || os.contains("microsoft.com/win")
}

fn present(thing: Thing, power: Power, ownership: &Ownership) -> Fact {
    let contract = ownership.project.map(|owned| owned.contract_id);
    Fact::Present(Shape { thing, contract, power })
}

/// The power that a machine was last known to have.
fn power(known: &Resource) -> Option<Power> {
    match known.fact.read().ok()? {
        Fact::Present(shape) => Some(shape.power),
        Fact::Gone => None,
    }
}

/// The size and the tier that a disk was last known to have.
pub(super) fn measures(known: &Resource) -> Option<(u64, Option<DiskType>)> {
    match known.fact.read().ok()? {
        Fact::Present(Shape { thing: Thing::Disk { size_mib, disk_type, .. }, .. }) => {
            Some((size_mib, disk_type))
        }
        _ => None,
    }
}
