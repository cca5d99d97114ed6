//! What a hypervisor's inventory means: which machines and disks are new, changed or gone (P4 to P6).
//!
//! Everything is decided here once, when an inventory comes in, and recorded as observations; rating reads those.

mod absence;
mod alert;
mod arrival;
mod meter;
mod ownership;
mod past;
mod shape;
mod silence;
mod state;
mod traffic;
mod window;

use super::{
    App, Error,
    hypervisor::hold_s,
    outage,
    promotion::grant::{self, Sighting},
    recording::{Origin, Ownership, RecordError, Recorded, kind_text, record},
};
use absence::{Verdict, verdict};
use alert::Doubts;
use arrival::Arrivals;
use billing::observation::{Fact, Kind, Power, Shape};
use collect::{Counters, Metered, Past, Snapshot};
use ownership::Owners;
use past::{Recalled, Told, told};
use schemas::{
    resource::{hypervisor::DiskTypes, machine::MachineProblem},
    time::Instant,
};
use shape::{Seen, seen};
use silence::{Settling, Things, has_waited};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use store::{
    Tx,
    model::{
        hypervisor::Hypervisor,
        resource::Resource,
        source::{Counts, NewSource, SourceKind, SourceReport, SourceState},
    },
    queries,
};
use traffic::{Scene, Traffic};
use uuid::Uuid;

/// A collector's connection to the store: one source in one epoch, whose facts are numbered here.
#[derive(Debug)]
pub struct Collector {
    hypervisor: Hypervisor,
    disk_types: DiskTypes,
    traffic: Traffic,
    /// What the hypervisor told of the time in which it was not heard.
    recalled: Option<Recalled>,
    /// Since when is waited for what a silence left open.
    waiting_since: Option<Instant>,
    source_id: i64,
    epoch: i64,
    sequence: i64,
    /// Whether a transaction was to be committed, and nobody said that it was: more may be stored than is remembered.
    is_unsure: bool,
}

/// What an inventory came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Facts that were recorded: new, changed and ended things.
    pub recorded: usize,
    /// Its machines.
    pub counts: Counts,
    /// What an operator should know.
    pub alert: Option<String>,
}

/// What a hypervisor's observations come from.
fn source_of(hypervisor: &Hypervisor, now: Instant) -> NewSource {
    NewSource {
        code: super::hypervisor::source_code(hypervisor),
        kind: SourceKind::Hypervisor,
        hypervisor_id: Some(hypervisor.id),
        hold_s: hold_s(hypervisor),
        created_at: now,
    }
}

impl Collector {
    /// Opens a new epoch of a hypervisor's source.
    ///
    /// # Errors
    /// When the database cannot be written, or the hypervisor is gone.
    pub async fn open(app: &App, hypervisor: Hypervisor) -> Result<Self, Error> {
        let mut tx = app.store.begin().await?;
        let source = queries::source::open_epoch(&mut tx, &source_of(&hypervisor, app.clock.now())).await?;
        tx.commit().await?;
        let disk_types = hypervisor.disk_types.read().map_err(super::convert::stored)?;
        let external = hypervisor.external_networks.read().map_err(super::convert::stored)?;
        let traffic = Traffic::through(external);
        let (source_id, epoch) = (source.id, source.epoch);
        Ok(Self {
            hypervisor,
            disk_types,
            traffic,
            recalled: None,
            waiting_since: None,
            source_id,
            epoch,
            sequence: 0,
            is_unsure: false,
        })
    }

    /// Opens the next epoch after the one of a connection that ended. What its counters showed and is not stored yet is
    /// remembered, unless another collector was there meanwhile.
    ///
    /// # Errors
    /// When the database cannot be written, or the hypervisor is gone.
    pub async fn reopen(app: &App, hypervisor: Hypervisor, last: Option<Self>) -> Result<Self, Error> {
        let collector = Self::open(app, hypervisor).await?;
        let is_last = |last: &Self| !last.is_unsure && last.epoch.saturating_add(1) == collector.epoch;
        match last.filter(is_last) {
            Some(Self { traffic, waiting_since, .. }) => {
                Ok(Self { traffic: traffic.in_next_epoch(), waiting_since, ..collector })
            }
            None => Ok(collector),
        }
    }

    /// How long the hypervisor was not heard, where that was too long (P7).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn silence(&self, app: &App) -> Result<Option<Duration>, Error> {
        let now = app.clock.now();
        let mut reader = app.store.read().await?;
        let source = queries::source::get_many(&mut reader, &[self.source_id]).await?.pop();
        let from = source.and_then(|source| Some((source.last_ok_at?, source.allowed_s())));
        let lasting = from.filter(|(from, allowed_s)| outage::is_too_long(*from, *allowed_s, now));
        let micros = lasting.map(|(from, _)| now.micros().saturating_sub(from.micros()));
        Ok(micros.and_then(|micros| u64::try_from(micros).ok()).map(Duration::from_micros))
    }

    /// Keeps for the next inventory what the hypervisor told, at an instant, of the time in which it was not heard.
    pub fn recall(&mut self, asked_at: Instant, past: Vec<Past>) {
        self.recalled = Some(Recalled { asked_at, past });
    }

    /// The machines of an inventory whose traffic counters are to be read with it, and up to when they are added.
    pub fn metered(&self, snapshot: &Snapshot) -> Vec<Metered> {
        self.traffic.metered(snapshot)
    }

    /// Takes a complete inventory: records what is new, changed or gone, in one transaction, and what is to be kept of what
    /// the counters of its machines show; `None` where they could not be read.
    ///
    /// # Errors
    /// When the database cannot be written; nothing is recorded then, and the next inventory makes up for it.
    pub async fn take(
        &mut self,
        app: &App,
        snapshot: &Snapshot,
        counters: Option<&[Counters]>,
    ) -> Result<Outcome, Error> {
        let now = app.clock.now();
        // Held to the end; it is never closed.
        let _turn = app.recording.acquire().await;
        let mut tx = app.store.begin().await?;
        self.lock(&mut tx).await?;
        let silence = outage::lasting(&mut tx, self.source_id, now, now).await?;
        let silent_since = silence.map(|silence| silence.from_at);
        let owners = Owners::of(&mut tx, snapshot).await?;
        let rows = queries::resource::live_of_source(&mut tx, self.source_id).await?;
        let mut known: BTreeMap<Uuid, Resource> = rows.into_iter().map(|row| (row.uuid, row)).collect();
        let arrivals = self.arrivals(&mut tx, snapshot, &mut known, silence.is_some(), now).await?;
        let seen = seen(&self.hypervisor, &self.disk_types, snapshot, &owners, &known, &arrivals);
        let recalled = self.recalled.as_ref().zip(silent_since);
        let told = recalled.map(|(recalled, since)| told(recalled, since, &known, &seen)).unwrap_or_default();
        let present = present(snapshot, &seen);
        let judged: BTreeSet<Uuid> = present.iter().chain(told.gone.keys()).copied().collect();
        let mut verdict = verdict(&known, &judged, snapshot);
        let mut moved = arrivals.charged.clone();
        let things = Things { known: &known, present: &present, settled: [&told.settled, &arrivals.moved] };
        let has_waited = has_waited(self.waiting_since, self.hypervisor.poll_interval_s, now);
        let settle = |silence| Settling::of(silence, &things, (snapshot, &verdict), has_waited);
        let settling = silence.map(settle);
        let is_settled = settling.as_ref().is_none_or(|settling| !settling.lasts);
        let mut facts = self.found(&seen, &known, &arrivals, &told, settling.as_ref(), now);
        if let Some(silence) = silence.filter(|_| is_settled) {
            moved.extend(outage::end(&mut tx, self.source_id, silence, now, now).await?);
        }
        let doubts = Doubts { snapshot, counters, seen: &seen, left: &arrivals.left, is_settled };
        verdict.alert = doubts.beside(verdict.alert.take());
        let mut ended = self.ends(&mut tx, &verdict.ended).await?;
        facts.extend(ended.iter().map(|(row, at)| self.gone(row, *at)));
        let origin = Origin { epoch: arrivals.epoch.unwrap_or(self.epoch), ..self.origin(now) };
        moved.extend(self.write(&mut tx, origin, &facts).await?);
        let mut traffic = self.traffic.clone();
        traffic.forget(&arrivals.moved);
        ended.extend(told.gone.iter().filter_map(|(uuid, at)| Some((known.get(uuid)?, *at))));
        let rows: Vec<&Resource> = ended.iter().map(|(row, _)| *row).collect();
        let moved_here = &arrivals.moved;
        let scene = Scene { snapshot, counters, seen: &seen, known: &known, ended: &rows, moved: moved_here };
        moved.extend(traffic.follow(&mut tx, origin, scene).await?);
        // Before anything is given under them: whoever gives something locks the contracts first.
        queries::contract::mark_due(&mut tx, &moved, now).await?;
        promotions(&mut tx, &ended, (&seen, &known), now).await?;
        let is_awaited = |id: Uuid| settling.as_ref().is_some_and(|settling| settling.awaits(id));
        let told_of = seen.iter().filter(|seen| !is_awaited(seen.uuid));
        let runs: Vec<_> = told_of.filter_map(|seen| seen.new_run(known.get(&seen.uuid))).collect();
        queries::resource::set_runs(&mut tx, &runs).await?;
        let sure: BTreeSet<Uuid> = present.iter().copied().filter(|id| !is_awaited(*id)).collect();
        touch(&mut tx, (&known, &sure), &verdict, now).await?;
        let outcome = outcome(snapshot, &seen, &facts, &verdict);
        let state = if outcome.alert.is_some() { SourceState::Degraded } else { SourceState::Ok };
        let report = SourceReport {
            state,
            at: now,
            error: outcome.alert.clone(),
            counts: is_settled.then_some(outcome.counts),
        };
        ownership::tell(&mut tx, (&seen, &known), now).await?;
        let is_told = state::note(&mut tx, &self.hypervisor, self.source_id, &report).await?;
        self.commit(tx).await?;
        app.balances_moved.notify_one();
        if is_told {
            app.mail_posted.notify_one();
        }
        self.sequence += i64::try_from(facts.len()).unwrap_or(0);
        self.waiting_since = (!is_settled).then(|| self.waiting_since.unwrap_or(now));
        // A log that tells of the silence is needed for what is told later, too.
        self.recalled.take_if(|_| is_settled);
        (self.traffic, self.epoch) = (traffic, origin.epoch);
        Ok(outcome)
    }

    /// Keeps others from the source until the transaction ends. A collector that was held up while another one opened an
    /// epoch has no say any more: what it saw, and what it counted, is older than what it would be put after.
    async fn lock(&self, tx: &mut Tx) -> Result<(), Error> {
        let source = queries::source::lock(tx, self.source_id).await?;
        if source.epoch == self.epoch {
            return Ok(());
        }
        let text = format!("another one collects from \"{}\" by now", self.hypervisor.code);
        Err(Error::internal("collector", text))
    }

    async fn commit(&mut self, tx: Tx) -> Result<(), Error> {
        self.is_unsure = true;
        tx.commit().await?;
        self.is_unsure = false;
        Ok(())
    }

    /// When things ended that are missing: when they were last seen. What was last seen by the look that ended a silence was
    /// found then, which only an end after it says (P7).
    async fn ends<'r>(
        &self,
        tx: &mut Tx,
        missing: &[&'r Resource],
    ) -> Result<Vec<(&'r Resource, Instant)>, Error> {
        let seen: BTreeSet<Instant> = missing.iter().map(|row| row.last_seen_at).collect();
        let heard = queries::outage::ends_among(tx, self.source_id, &seen).await?;
        let end = |seen_at| if heard.contains(&seen_at) { outage::after(seen_at) } else { seen_at };
        Ok(missing.iter().map(|row| (*row, end(row.last_seen_at))).collect())
    }

    /// What is recorded of what is there: what it was elsewhere, what the hypervisor told of the past, and what is new or
    /// another now. What came from another source is told in any case, so that it is this one that is asked for it.
    fn found(
        &self,
        seen: &[Seen],
        known: &BTreeMap<Uuid, Resource>,
        arrivals: &Arrivals,
        told: &Told,
        settling: Option<&Settling<'_>>,
        now: Instant,
    ) -> Vec<Recorded> {
        let given_up = settling.map(|settling| settling.given_up(now)).unwrap_or_default();
        let mut facts = [&given_up[..], &arrivals.facts[..], &told.facts[..]].concat();
        let is_awaited = |seen: &&Seen| settling.is_some_and(|settling| settling.awaits(seen.uuid));
        for seen in seen.iter().filter(|seen| !is_awaited(seen)) {
            let row = known.get(&seen.uuid);
            let is_told = told.settled.contains(&seen.uuid);
            let is_moved = arrivals.moved.contains(&seen.uuid);
            let is_restarted = !is_told && !is_moved && seen.is_restarted(row);
            let silence = settling.zip(row);
            let stopped_at =
                silence.filter(|_| is_restarted).map(|(it, row)| it.from_at.max(row.last_seen_at));
            facts.extend(stopped_at.and_then(|at| self.stopped(seen, at)));
            let is_confirmed = silence.is_some_and(|(settling, row)| settling.confirms(row));
            if is_told || is_moved || stopped_at.is_some() || is_confirmed || seen.differs(row) {
                facts.push(self.fact(seen, now));
            }
        }
        facts
    }

    /// Ends a machine that the hypervisor says is gone; explicit word counts at once (P4).
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn removed(&mut self, app: &App, machine: Uuid, at: Instant) -> Result<bool, Error> {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        self.lock(&mut tx).await?;
        let rows = queries::resource::by_uuids(&mut tx, &[machine]).await?;
        let live = rows.into_iter().find(|row| row.source_id == self.source_id && row.ended_at.is_none());
        let Some(row) = live else { return Ok(false) };
        let facts = [self.gone(&row, at.min(now))];
        let mut moved = self.write(&mut tx, self.origin(now), &facts).await?;
        let mut traffic = self.traffic.clone();
        moved.extend(traffic.end(&mut tx, self.origin(now), &row).await?);
        queries::contract::mark_due(&mut tx, &moved, now).await?;
        grant::end(&mut tx, row.uuid, at.min(now).max(row.last_seen_at)).await?;
        self.commit(tx).await?;
        app.balances_moved.notify_one();
        self.sequence += 1;
        self.traffic = traffic;
        Ok(true)
    }

    /// Notes that the hypervisor could not be asked. Its machines keep what they had (P4).
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn failed(app: &App, hypervisor: &Hypervisor, reason: &str) -> Result<(), Error> {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let source = match queries::source::find_by_hypervisor(&mut tx, hypervisor.id).await? {
            Some(source) => source,
            // One that was never reached is told as well: its address may be wrong.
            None => queries::source::ensure(&mut tx, &source_of(hypervisor, now)).await?,
        };
        let last_ok = source.last_ok_at.unwrap_or(source.created_at);
        let is_down = outage::is_too_long(last_ok, source.allowed_s(), now);
        let state = if is_down { SourceState::Down } else { SourceState::Degraded };
        let report = SourceReport { state, at: now, error: Some(reason.to_owned()), counts: None };
        let is_told = state::note(&mut tx, hypervisor, source.id, &report).await?;
        tx.commit().await?;
        if is_told {
            app.mail_posted.notify_one();
        }
        Ok(())
    }

    /// Records facts. Answers the contracts that cost something else now.
    async fn write(
        &self,
        tx: &mut Tx,
        origin: Origin,
        facts: &[Recorded],
    ) -> Result<BTreeSet<(i64, i64)>, Error> {
        let numbered = facts.iter().cloned().zip(self.sequence + 1..);
        let facts: Vec<Recorded> = numbered.map(|(fact, sequence)| Recorded { sequence, ..fact }).collect();
        Ok(record(tx, origin, &facts).await.map_err(failed)?.moved)
    }

    fn origin(&self, now: Instant) -> Origin {
        Origin {
            source_id: self.source_id,
            epoch: self.epoch,
            hypervisor_id: Some(self.hypervisor.id),
            received_at: now,
        }
    }

    fn fact(&self, seen: &Seen, now: Instant) -> Recorded {
        Recorded {
            sequence: 0,
            observed_at: now,
            uuid: seen.uuid,
            kind: Some(seen.kind),
            name: seen.name.clone(),
            ownership: seen.ownership.clone(),
            fact: seen.fact.clone(),
        }
    }

    /// A machine that was started anew while nobody heard of it was off at some time, nobody knows when: it was not what
    /// it is all the time (P7). At the instant itself it was what it had been before, which an earlier silence may have left
    /// open until then.
    fn stopped(&self, seen: &Seen, at: Instant) -> Option<Recorded> {
        let Fact::Present(shape) = &seen.fact else { return None };
        let off = Fact::Present(Shape { power: Power::Off, ..shape.clone() });
        Some(Recorded { fact: off, ..self.fact(seen, outage::after(at)) })
    }

    fn gone(&self, row: &Resource, at: Instant) -> Recorded {
        Recorded {
            sequence: 0,
            observed_at: at,
            uuid: row.uuid,
            kind: None,
            name: row.name.clone(),
            ownership: Ownership::known(row),
            fact: Fact::Gone,
        }
    }
}

/// Has promotions follow what ended and what is seen.
async fn promotions(
    tx: &mut Tx,
    ended: &[(&Resource, Instant)],
    (seen, known): (&[Seen], &BTreeMap<Uuid, Resource>),
    now: Instant,
) -> Result<(), Error> {
    for (row, at) in ended.iter().filter(|(row, _)| row.kind == kind_text(Kind::Machine)) {
        grant::end(tx, row.uuid, *at).await?;
    }
    let sightings: Vec<Sighting> = seen.iter().filter_map(|seen| sighting(seen, known, now)).collect();
    let granted = grant::follow(tx, now, &sightings).await?;
    Ok(queries::contract::mark_due(tx, &granted, now).await?)
}

/// A machine as promotions look at it; none of a disk. It is seen when rating has it: not before what was recorded of
/// it and its disks (P3).
fn sighting<'a>(seen: &'a Seen, known: &'a BTreeMap<Uuid, Resource>, now: Instant) -> Option<Sighting<'a>> {
    let shown = seen.shown.as_ref()?;
    let ids = std::iter::once(seen.uuid).chain(shown.disks.iter().map(|disk| disk.id));
    let recorded = ids.filter_map(|id| known.get(&id)).map(|row| row.last_seen_at);
    Some(Sighting {
        machine: seen.uuid,
        name: &seen.name,
        tag: seen.ownership.tag.as_deref(),
        owned: seen.ownership.project,
        shown,
        known: known.get(&seen.uuid),
        at: recorded.fold(now, Instant::max),
    })
}

/// What is there: all that is seen, and the machines that could not be read.
fn present(snapshot: &Snapshot, seen: &[Seen]) -> BTreeSet<Uuid> {
    let unread = snapshot.machines.iter().filter(|machine| machine.shape.is_err());
    seen.iter().map(|seen| seen.uuid).chain(unread.map(|machine| machine.uuid)).collect()
}

/// Notes of what is known that it was present, or missed.
async fn touch(
    tx: &mut Tx,
    (known, present): (&BTreeMap<Uuid, Resource>, &BTreeSet<Uuid>),
    verdict: &Verdict<'_>,
    now: Instant,
) -> Result<(), Error> {
    let seen = known.values().filter(|row| present.contains(&row.uuid)).map(|row| row.id);
    queries::resource::touch(tx, &Vec::from_iter(seen), now).await?;
    Ok(queries::resource::miss(tx, &verdict.missed).await?)
}

/// A collector's facts are its own: that they cannot be recorded is a fault.
fn failed(error: RecordError) -> Error {
    match error {
        RecordError::App(error) => error,
        other => Error::internal("inventory", format!("{other:?}")),
    }
}

fn outcome(snapshot: &Snapshot, seen: &[Seen], facts: &[Recorded], verdict: &Verdict<'_>) -> Outcome {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let count = |is: fn(&Ownership) -> bool| {
        number(seen.iter().filter(|seen| seen.kind == Kind::Machine && is(&seen.ownership)).count())
    };
    Outcome {
        recorded: facts.len(),
        counts: Counts {
            machines: number(snapshot.machines.len()),
            unowned: count(|ownership| ownership.project.is_none()),
            mismatched: count(|ownership| ownership.problem == Some(MachineProblem::OwnerMismatch)),
            unmapped_disks: number(seen.iter().filter(|seen| seen.is_unmapped()).count()),
        },
        alert: verdict.alert.clone(),
    }
}
