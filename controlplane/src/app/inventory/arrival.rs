//! Machines that another hypervisor had (P3, P6): those that came here, with their disks, and those that are there still.
//!
//! A resource has one source at a time. It comes over where that source no longer speaks for it: it is missing there, has
//! ended there, is switched off there and runs here, or nothing is heard from there. What it was goes on without a break,
//! so that a move costs nothing; only a silence is not filled, since it was started anew in it (P7). While two hypervisors
//! show it running, it is left where it was.

use super::{
    super::{
        Error,
        hypervisor::kind,
        outage,
        promotion::grant,
        recording::{Origin, Ownership, Recorded, kind_text, record},
    },
    Collector, failed,
    shape::measures,
};
use billing::observation::{Fact, Kind, Power, Shape};
use collect::{Disk, Machine, Snapshot};
use schemas::{id::HypervisorId, resource::hypervisor::HypervisorType, time::Instant};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};
use store::{
    ListQuery, Tx,
    model::{
        resource::Resource,
        source::{Source, SourceKind},
    },
    queries,
};
use uuid::Uuid;

/// Another source's things in an inventory.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Machines and disks that are left to it; nothing of them is looked at here.
    pub left: BTreeSet<Uuid>,
    /// What came over.
    pub moved: BTreeSet<Uuid>,
    /// The ids of disks that had them on another hypervisor, by the ids that they would have here.
    pub disks: BTreeMap<Uuid, Uuid>,
    /// The ids of disks that had them in another file, by the ids that they would have in this one.
    pub files: BTreeMap<Uuid, Uuid>,
    /// What is recorded of what they were until now.
    pub facts: Vec<Recorded>,
    /// The epoch that is to be recorded in, where it is not the present one any more.
    pub epoch: Option<i64>,
    /// The contracts, by the partner and the contract, for which things were said to be off where they came from. They are
    /// still to be marked as due.
    pub charged: BTreeSet<(i64, i64)>,
}

/// What comes over, each thing once.
type Coming = BTreeMap<Uuid, Resource>;

/// The id of a disk, which is of its hypervisor and the key that it has there.
pub(super) fn disk_id(hypervisor: HypervisorId, disk: &Disk) -> Uuid {
    Uuid::new_v5(&hypervisor.0, disk.key.as_bytes())
}

/// The disks of a machine; none of one that could not be read.
pub(super) fn disks_of(machine: &Machine) -> impl Iterator<Item = &Disk> {
    machine.shape.iter().flat_map(|shape| &shape.disks)
}

/// How a disk is named.
pub(super) fn disk_name(machine: &Machine, disk: &Disk) -> String {
    format!("{} {}", machine.name, disk.target)
}

/// What another source's machine that is shown here does.
enum Verdict {
    Stays,
    Comes,
    /// It was not heard of since it was last seen there, and was started anew here.
    ComesFromSilence,
}

impl Collector {
    /// Finds what of an inventory another source had, and takes over what came from there: its rows are this source's
    /// then, and what goes on is among those that are known. After a silence of its own the others were perhaps not heard
    /// either, and are given the time until the next inventory.
    pub(super) async fn arrivals(
        &self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        known: &mut BTreeMap<Uuid, Resource>,
        was_silent: bool,
        now: Instant,
    ) -> Result<Arrivals, Error> {
        let mut arrivals = Arrivals::default();
        let foreign = self.foreign(tx, snapshot, known).await?;
        let sources = sources_of(tx, foreign.values()).await?;
        let (mut coming, mut lost) = (Coming::new(), Vec::new());
        for machine in &snapshot.machines {
            let Some(row) = foreign.get(&machine.uuid) else { continue };
            let verdict =
                sources.get(&row.source_id).map(|source| verdict(machine, row, source, was_silent, now));
            match verdict {
                None | Some(Verdict::Stays) => {
                    arrivals.left.insert(row.uuid);
                    continue;
                }
                Some(Verdict::Comes) => {}
                Some(Verdict::ComesFromSilence) => lost.extend(off(row)),
            }
            coming.insert(row.uuid, row.clone());
        }
        self.disks(tx, snapshot, known, &mut coming, &mut arrivals).await?;
        self.other_files(snapshot, known, &mut arrivals);
        if !coming.is_empty() {
            let sources = sources_of(tx, coming.values()).await?;
            let (epoch, charged) = self.take_over(tx, &coming, &sources, &lost, now).await?;
            (arrivals.epoch, arrivals.charged) = (Some(epoch), charged);
            for row in coming.values() {
                let resumed = sources.get(&row.source_id).and_then(|source| resumed(row, source, now));
                if let (Some(at), Some(_)) = (row.ended_at, &resumed) {
                    grant::resume(tx, row.uuid, at).await?;
                }
                // What ended too long ago is not known: it begins anew, as the counters of all that ended do.
                if row.ended_at.is_none() || resumed.is_some() {
                    let counters = row.counters.clone().filter(|_| row.ended_at.is_none());
                    let row = Resource { source_id: self.source_id, counters, ..row.clone() };
                    known.insert(row.uuid, row);
                }
                arrivals.facts.extend(resumed);
            }
            arrivals.moved.extend(coming.into_keys());
        }
        Ok(arrivals)
    }

    /// The machines of an inventory that another source had last.
    async fn foreign(&self, tx: &mut Tx, snapshot: &Snapshot, known: &Coming) -> Result<Coming, Error> {
        let strange = snapshot.machines.iter().map(|machine| machine.uuid);
        let strange: Vec<Uuid> = strange.filter(|id| !known.contains_key(id)).collect();
        let rows = queries::resource::by_uuids(tx, &strange).await?.into_iter();
        Ok(rows.filter(|row| row.source_id != self.source_id).map(|row| (row.uuid, row)).collect())
    }

    /// Finds the disks that had their ids on another hypervisor, now or before, and adds to what comes those that do.
    async fn disks(
        &self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        known: &BTreeMap<Uuid, Resource>,
        coming: &mut Coming,
        arrivals: &mut Arrivals,
    ) -> Result<(), Error> {
        let strange: Vec<(&Machine, &Disk)> = snapshot
            .machines
            .iter()
            .filter(|machine| !arrivals.left.contains(&machine.uuid))
            .flat_map(|machine| disks_of(machine).map(move |disk| (machine, disk)))
            .filter(|(_, disk)| !known.contains_key(&self.own_id(disk)))
            .collect();
        if strange.is_empty() {
            return Ok(());
        }
        let hypervisors = queries::hypervisor::list(tx, &ListQuery::default()).await?.rows;
        let others: Vec<HypervisorId> = hypervisors
            .iter()
            .map(|row| row.public_id)
            .filter(|id| *id != self.hypervisor.public_id)
            .collect();
        // That a disk is here since it came is known already; which of them come is asked of those that are left.
        let mut asked: Vec<(&Machine, &Disk, Vec<Uuid>)> = Vec::new();
        for (machine, disk) in strange {
            let own = self.own_id(disk);
            let ids: Vec<Uuid> = others.iter().map(|other| disk_id(*other, disk)).collect();
            if let Some(here) = ids.iter().find(|id| known.contains_key(id)) {
                arrivals.disks.insert(own, *here);
            } else {
                let is_coming = coming.contains_key(&machine.uuid);
                let ids = [own].into_iter().chain(ids.into_iter().filter(|_| is_coming));
                asked.push((machine, disk, ids.collect()));
            }
        }
        let ids: Vec<Uuid> = asked.iter().flat_map(|(.., ids)| ids).copied().collect();
        let rows = queries::resource::by_uuids(tx, &ids).await?.into_iter();
        let rows: Coming =
            rows.filter(|row| row.source_id != self.source_id).map(|row| (row.uuid, row)).collect();
        for (machine, disk, ids) in asked {
            let from = coming.get(&machine.uuid).map(|row| row.source_id);
            let own = self.own_id(disk);
            let comes = |row: &&Resource| match from {
                Some(from) if row.source_id == from => {
                    row.uuid == own || row.name == disk_name(machine, disk)
                }
                // One that was here before, and is missed where it went to.
                _ => row.uuid == own && (row.ended_at.is_some() || row.missed > 0),
            };
            match ids.iter().filter_map(|id| rows.get(id)).find(comes) {
                Some(row) => {
                    arrivals.disks.insert(own, row.uuid);
                    coming.insert(row.uuid, row.clone());
                }
                None => arrivals.left.extend(rows.get(&own).map(|row| row.uuid)),
            }
        }
        Ok(())
    }

    /// Finds the disks that are in another file than they were, as after a snapshot: what is in a place of a machine is the
    /// disk that was there, unless that is elsewhere, or this one is of another tier (A2). Of KVM alone: what vSphere calls
    /// its disks does not hang on files.
    fn other_files(&self, snapshot: &Snapshot, known: &BTreeMap<Uuid, Resource>, arrivals: &mut Arrivals) {
        if kind(&self.hypervisor) != HypervisorType::Kvm {
            return;
        }
        let id = |disk| {
            let own = self.own_id(disk);
            arrivals.disks.get(&own).copied().unwrap_or(own)
        };
        let shown: BTreeSet<Uuid> = snapshot.machines.iter().flat_map(disks_of).map(id).collect();
        let is_free = |row: &&Resource| row.kind == kind_text(Kind::Disk) && !shown.contains(&row.uuid);
        let mut free: Vec<&Resource> = known.values().filter(is_free).collect();
        // Of several in one place, the one that was there last.
        free.sort_by_key(|row| (Reverse(row.missed), row.last_seen_at));
        let free = free.into_iter().map(|row| ((row.name.as_str(), row.project_id), row));
        let free: BTreeMap<(&str, Option<i64>), &Resource> = free.collect();
        for machine in &snapshot.machines {
            let Some(row) = known.get(&machine.uuid) else { continue };
            for disk in disks_of(machine) {
                let own = self.own_id(disk);
                let name = format!("{} {}", row.name, disk.target);
                let was = free.get(&(name.as_str(), row.project_id));
                let is_new = !known.contains_key(&own) && !arrivals.disks.contains_key(&own);
                let tier = collect::disk_type(&self.disk_types, disk);
                // A file without a tier is in none of the pools that have one.
                let is_same = |was: &&&Resource| match tier {
                    Some(tier) => measures(was).is_some_and(|(_, before)| before == Some(tier)),
                    None => disk.pool.is_none(),
                };
                if let Some(was) = was.filter(|_| is_new).filter(is_same) {
                    arrivals.files.insert(own, was.uuid);
                }
            }
        }
    }

    fn own_id(&self, disk: &Disk) -> Uuid {
        disk_id(self.hypervisor.public_id, disk)
    }

    /// Makes things this source's, in an epoch that is later than all that was said of them (P3), which is answered. What
    /// is lost is said before, in the name of the source that has been silent since; whom that is charged to, is answered.
    async fn take_over(
        &self,
        tx: &mut Tx,
        coming: &Coming,
        sources: &BTreeMap<i64, Source>,
        lost: &[(&Resource, Recorded)],
        now: Instant,
    ) -> Result<(i64, BTreeSet<(i64, i64)>), Error> {
        let latest = sources.values().map(|source| source.epoch).max().unwrap_or(0);
        let epoch = queries::source::open_epoch_after(tx, self.source_id, latest).await?;
        let mut charged = BTreeSet::new();
        for (row, fact) in lost {
            // Its own facts are numbered from one up: these are told from them, and come first.
            let fact = Recorded { sequence: -row.id, ..fact.clone() };
            let origin = Origin {
                source_id: row.source_id,
                epoch,
                hypervisor_id: row.hypervisor_id,
                received_at: now,
            };
            charged.extend(record(tx, origin, &[fact]).await.map_err(failed)?.moved);
        }
        for row in coming.values() {
            let to = (self.source_id, self.hypervisor.id);
            if !queries::resource::move_to_source(tx, row.id, row.source_id, to).await? {
                return Err(Error::internal(
                    "inventory",
                    "something was taken over by two hypervisors at once",
                ));
            }
        }
        Ok((epoch, charged))
    }
}

/// The sources that some things are of, by their internal ids.
async fn sources_of(
    tx: &mut Tx,
    rows: impl Iterator<Item = &Resource>,
) -> Result<BTreeMap<i64, Source>, Error> {
    let ids: BTreeSet<i64> = rows.map(|row| row.source_id).collect();
    let sources = queries::source::get_many(tx, &Vec::from_iter(ids)).await?;
    Ok(sources.into_iter().map(|source| (source.id, source)).collect())
}

/// Whether a machine that another source has comes here.
fn verdict(machine: &Machine, row: &Resource, source: &Source, was_silent: bool, now: Instant) -> Verdict {
    let Ok(shape) = &machine.shape else { return Verdict::Stays };
    if source.kind != SourceKind::Hypervisor {
        return Verdict::Stays;
    }
    let last = source.last_ok_at.unwrap_or(source.created_at);
    // While a silence there lasts for something else, this one was heard of.
    let is_silent = outage::is_too_long(last.max(row.last_seen_at), source.allowed_s(), now);
    let is_missed = row.missed > 0;
    let runs = shape.power != collect::Power::Off;
    let is_off_there = matches!(row.fact.read(), Ok(Fact::Present(Shape { power: Power::Off, .. })));
    if row.ended_at.is_some() || (runs && is_off_there) {
        return Verdict::Comes;
    }
    match is_silent {
        true if runs && (is_missed || !was_silent) => Verdict::ComesFromSilence,
        false if is_missed => Verdict::Comes,
        _ => Verdict::Stays,
    }
}

/// What ended so shortly ago that it was under way: it did not end. What ended long ago begins a new life.
fn resumed(row: &Resource, source: &Source, now: Instant) -> Option<Recorded> {
    let ended = row.ended_at?;
    if outage::is_too_long(ended, source.hold_s, now) {
        return None;
    }
    Some(said(row, ended, row.fact.read().ok()?))
}

/// What was running was off at some time since it was last seen: after that, for it may have been found then as it was
/// before an earlier silence.
fn off(row: &Resource) -> Option<(&Resource, Recorded)> {
    match row.fact.read().ok()? {
        Fact::Present(shape) => {
            let off = Fact::Present(Shape { power: Power::Off, ..shape });
            Some((row, said(row, outage::after(row.last_seen_at), off)))
        }
        Fact::Gone => None,
    }
}

/// What is said of a thing, at an instant, in the place of its source.
pub(super) fn said(row: &Resource, at: Instant, fact: Fact) -> Recorded {
    let kind = if row.kind == kind_text(Kind::Disk) { Kind::Disk } else { Kind::Machine };
    Recorded {
        sequence: 0,
        observed_at: at,
        uuid: row.uuid,
        kind: Some(kind),
        name: row.name.clone(),
        ownership: Ownership::known(row),
        fact,
    }
}
