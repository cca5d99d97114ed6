//! The traffic of a hypervisor's machines: which counters are charged, and what is recorded of them (P8).

use super::{
    super::{
        Error,
        billing::zone,
        convert,
        reading::{self, Counted},
        recording::{Origin, Owned, RecordError},
    },
    meter::{Meter, Shown},
    shape::Seen,
    window::{self, Sum},
};
use billing::observation::Kind;
use collect::{Counters, Machine, Metered, Nic, Reading, Snapshot};
use jiff::tz::TimeZone;
use schemas::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use store::{Json, Tx, model::resource::Resource, queries};
use uuid::Uuid;

/// What is remembered of the traffic of a hypervisor's machines between two inventories.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic {
    /// The networks, bridges and devices whose traffic is charged.
    external: BTreeSet<String>,
    meters: BTreeMap<Uuid, Meter>,
    /// Up to when the windows of machines are added, by the hypervisor's clock: of those that were looked at, whoever owns
    /// them.
    added: BTreeMap<Uuid, Instant>,
    begun: BTreeMap<Uuid, Begun>,
    /// Where the days of contracts begin, by internal id; it never changes (T2).
    zones: BTreeMap<i64, TimeZone>,
    /// The number of the last reading of the epoch.
    sequence: i64,
}

/// What an inventory shows, and what was known before.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    /// The inventory.
    pub snapshot: &'a Snapshot,
    /// What the counters show; `None` where they could not be read.
    pub counters: Option<&'a [Counters]>,
    /// The machines and disks of the inventory.
    pub seen: &'a [Seen],
    /// The machines and disks that were there before it.
    pub known: &'a BTreeMap<Uuid, Resource>,
    /// Those of them that it ends.
    pub ended: &'a [&'a Resource],
    /// Those that were another hypervisor's until now.
    pub moved: &'a BTreeSet<Uuid>,
}

/// A run that began after its machine was last seen, until its counters are read.
#[derive(Clone, Copy, Debug)]
struct Begun {
    /// When the machine was last seen.
    after: Instant,
    /// Whose it was then, by internal id.
    contract: Option<i64>,
}

/// A reading to be kept: the machine, the address of its interface, and what its counter showed.
type Kept = (Uuid, (String, Shown));

impl Traffic {
    /// The traffic through some networks, bridges and devices, of which nothing is remembered yet.
    pub(super) fn through(external: BTreeSet<String>) -> Self {
        Self { external, ..Self::default() }
    }

    /// The same, in an epoch of which nothing is recorded yet.
    pub(super) fn in_next_epoch(self) -> Self {
        Self { sequence: 0, ..self }
    }

    /// Forgets what is remembered here of machines: what is stored of them counts.
    pub(super) fn forget(&mut self, machines: &BTreeSet<Uuid>) {
        self.meters.retain(|machine, _| !machines.contains(machine));
        self.added.retain(|machine, _| !machines.contains(machine));
    }

    /// The machines whose counters are wanted: those that have an interface on an external network. Of one that was not
    /// looked at yet all that the hypervisor has: the collector before may have added some of it.
    pub(super) fn metered(&self, snapshot: &Snapshot) -> Vec<Metered> {
        let has_any = |machine: &&Machine| self.nics(machine).next().is_some();
        let since = |machine: Uuid| self.added.get(&machine).copied().map(Instant::timestamp);
        let machines = snapshot.machines.iter().filter(has_any).map(|machine| machine.uuid);
        machines.map(|machine| Metered { machine, since: since(machine) }).collect()
    }

    /// The interfaces of a machine on external networks.
    fn nics<'a>(&'a self, machine: &'a Machine) -> impl Iterator<Item = &'a Nic> {
        let nics = machine.shape.iter().flat_map(|shape| &shape.nics);
        nics.filter(move |nic| {
            let names = [&nic.network, &nic.device];
            names.into_iter().flatten().any(|name| self.external.contains(name))
        })
    }

    /// Records what the counters of an inventory show, as far as bills need it. Answers the contracts that cost something
    /// else now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(super) async fn follow(
        &mut self,
        tx: &mut Tx,
        origin: Origin,
        scene: Scene<'_>,
    ) -> Result<BTreeSet<(i64, i64)>, Error> {
        let began = |seen: &&Seen| !scene.moved.contains(&seen.uuid);
        for seen in scene.seen.iter().filter(began) {
            let Some(row) = scene.known.get(&seen.uuid).filter(|row| seen.began_since(row)) else { continue };
            let begun = Begun { after: row.last_seen_at, contract: row.contract_id };
            self.begun.entry(seen.uuid).or_insert(begun);
        }
        // What could not be read says nothing: neither that it stands still, nor that it is gone.
        let mut kept = match scene.counters {
            Some(counters) => self.read(tx, origin, scene, counters).await?,
            None => Vec::new(),
        };
        for row in scene.ended {
            kept.extend(self.last(row)?);
        }
        self.record(tx, origin, kept).await
    }

    /// Records the last readings of a machine that is gone. Answers the contracts that cost something else now.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(super) async fn end(
        &mut self,
        tx: &mut Tx,
        origin: Origin,
        row: &Resource,
    ) -> Result<BTreeSet<(i64, i64)>, Error> {
        let last = self.last(row)?;
        self.record(tx, origin, last).await
    }

    /// Reads the meters of the machines of an inventory, and stores what is to be remembered of them. Answers what is to
    /// be kept.
    async fn read(
        &mut self,
        tx: &mut Tx,
        Origin { received_at: now, source_id, .. }: Origin,
        scene: Scene<'_>,
        counters: &[Counters],
    ) -> Result<Vec<Kept>, Error> {
        let machines: BTreeMap<Uuid, &Machine> =
            scene.snapshot.machines.iter().map(|machine| (machine.uuid, machine)).collect();
        let counters: BTreeMap<Uuid, &Counters> = counters.iter().map(|one| (one.uuid, one)).collect();
        let (mut kept, mut due) = (Vec::new(), Vec::new());
        for seen in scene.seen.iter().filter(|seen| seen.kind == Kind::Machine) {
            let Some(machine) = machines.get(&seen.uuid) else { continue };
            let remembered = self.meter(seen.uuid, scene.known.get(&seen.uuid))?;
            let mut sums = remembered.as_ref().map(|meter| meter.sums.clone()).unwrap_or_default();
            let counters = counters.get(&seen.uuid).copied();
            let Some(shown) = self.shown((machine, seen), counters, source_id, &mut sums) else { continue };
            // An interface that has no sum yet needs no more than the latest window.
            if let Some(until) = sums.values().map(|sum| sum.until).min() {
                self.added.insert(seen.uuid, until);
            }
            let owned = seen.ownership.project;
            let contract = owned.map(|owned| owned.contract_id);
            // Sums begin with the first reading.
            let begun = self.begun.remove(&seen.uuid).filter(|_| sums.is_empty());
            let first = begun.map_or(contract, |begun| begun.contract);
            let new = || (!shown.is_empty()).then(|| Meter::of(first));
            let Some(mut meter) = remembered.or_else(new) else { continue };
            let is_moved = meter.contract != contract;
            let zone = match owned {
                Some(owned) => self.zone(tx, owned).await?,
                // The last of its owner is told; what nobody owns is not read any further.
                None if is_moved => TimeZone::UTC,
                None => continue,
            };
            let begun = begun.map(|begun| meter.begin(&shown, begun.after)).unwrap_or_default();
            (meter.contract, meter.sums) = (contract, sums);
            let today = now.day_in(&zone);
            let charged = self.nics(machine).map(|nic| nic.mac.as_str()).collect();
            let step = meter.read(&shown, &charged, now, |before| is_moved || before.day_in(&zone) != today);
            if step.is_due || !begun.is_empty() {
                due.push((seen.uuid, convert::json(&meter)?));
            }
            kept.extend(begun.into_iter().chain(step.kept).map(|one| (seen.uuid, one)));
            self.meters.insert(seen.uuid, meter);
        }
        queries::resource::set_counters(tx, &due).await?;
        Ok(kept)
    }

    /// The last readings of a machine that is gone, which is forgotten.
    fn last(&mut self, row: &Resource) -> Result<Vec<Kept>, Error> {
        self.begun.remove(&row.uuid);
        self.added.remove(&row.uuid);
        let meter = match self.meters.remove(&row.uuid) {
            Some(meter) => Some(meter),
            None => stored(row)?,
        };
        let last = meter.map(Meter::end).unwrap_or_default();
        Ok(last.into_iter().map(|one| (row.uuid, one)).collect())
    }

    /// Records readings under the next numbers. Answers the contracts that cost something else now.
    async fn record(
        &mut self,
        tx: &mut Tx,
        origin: Origin,
        kept: Vec<Kept>,
    ) -> Result<BTreeSet<(i64, i64)>, Error> {
        let numbered = kept.into_iter().zip(self.sequence + 1..);
        let counted: Vec<Counted> = numbered
            .map(|((uuid, (counter, shown)), sequence)| Counted {
                sequence,
                observed_at: shown.at,
                uuid,
                counter,
                incarnation: shown.incarnation,
                bytes: shown.bytes,
            })
            .collect();
        self.sequence += i64::try_from(counted.len()).unwrap_or(0);
        match reading::record(tx, origin, &counted).await {
            Ok(receipt) => Ok(receipt.moved),
            Err(RecordError::App(error)) => Err(error),
            Err(other) => Err(Error::internal("traffic", format!("{other:?}"))),
        }
    }

    /// What the charged counters of a machine show, by address: the run, and the bytes. Empty where it has none, as one
    /// that is off and of which no window is left to be added; `None` where they could not be read.
    fn shown(
        &self,
        (machine, seen): (&Machine, &Seen),
        counters: Option<&Counters>,
        source_id: i64,
        sums: &mut BTreeMap<String, Sum>,
    ) -> Option<BTreeMap<String, (i64, i64)>> {
        let mut shown = BTreeMap::new();
        let Some(counters) = counters else { return Some(shown) };
        let called = &counters.incarnation;
        let is_seen = machine.incarnation.as_ref() == Some(called);
        let run = number(source_id, seen.incarnation.as_ref().filter(|_| is_seen).unwrap_or(&called.0));
        let external: BTreeSet<&str> = self.nics(machine).map(|nic| nic.mac.as_str()).collect();
        let traffic = counters.traffic.as_ref().ok()?;
        let readings = traffic.iter().filter(|one| external.contains(one.mac.as_str()));
        let (counts, windows): (Vec<_>, Vec<_>) =
            readings.partition(|one| one.reading == Reading::Cumulative);
        if !windows.is_empty() || !sums.is_empty() {
            sums.retain(|mac, _| external.contains(mac.as_str()));
            // A sum begins once, whatever runs there are.
            shown.extend(window::add(sums, &windows)?.into_iter().map(|(mac, bytes)| (mac, (0, bytes))));
        }
        for one in counts {
            let bytes = i64::try_from(one.received_bytes.checked_add(one.sent_bytes)?).ok()?;
            // Of an address that several interfaces have, all count.
            let (_, sum) = shown.entry(one.mac.clone()).or_insert((run, 0_i64));
            *sum = sum.checked_add(bytes)?;
        }
        Some(shown)
    }

    /// What is remembered of a machine, here or by the collector before; none of one that was never metered.
    fn meter(&self, machine: Uuid, known: Option<&Resource>) -> Result<Option<Meter>, Error> {
        match self.meters.get(&machine) {
            Some(meter) => Ok(Some(meter.clone())),
            None => Ok(known.map(stored).transpose()?.flatten()),
        }
    }

    /// The zone of the days of the contract that owns a machine.
    async fn zone(&mut self, tx: &mut Tx, owned: Owned) -> Result<TimeZone, Error> {
        if let Some(zone) = self.zones.get(&owned.contract_id) {
            return Ok(zone.clone());
        }
        let contract = queries::contract::get(tx, owned.partner_id, owned.contract_id).await?;
        let zone = zone(&contract)?;
        self.zones.insert(owned.contract_id, zone.clone());
        Ok(zone)
    }
}

/// What the collector before remembered of a machine.
fn stored(row: &Resource) -> Result<Option<Meter>, Error> {
    row.counters.as_ref().map(Json::read).transpose().map_err(convert::stored)
}

/// A run as a number, of which equality alone counts. Two hypervisors may name their runs alike.
fn number(source_id: i64, incarnation: &str) -> i64 {
    let name = format!("{source_id}/{incarnation}");
    let (high, _) = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u64_pair();
    high.cast_signed()
}
