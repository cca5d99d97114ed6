//! From the store to the engine: a contract with its facts, its plans' versions and its resources' lives, rated.

use super::{
    super::{
        Error,
        client::PLAN_ASSIGNED,
        convert, list, outage,
        promotion::grant::{Ended, PROMOTION_ENDED, PROMOTION_GRANTED},
    },
    standing::{CHARGING_HELD, CHARGING_RESUMED},
};
use ::billing::{
    fold::{
        FoldError,
        bulk::{Entry, Log},
    },
    observation::{Outage, Reading, services},
    rate::{self, Charge, Grant, Hold, PlanMove, PlanVersion, Window},
    report::unknown_days,
};
use jiff::civil::Date;
use schemas::{money::Money, service::Service, time::Instant};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn,
    model::{
        contract::{Contract, ContractFact},
        observation::Observation as Row,
        reading::Reading as ReadingRow,
        resource::Resource,
    },
    queries,
};
use uuid::Uuid;

/// A contract with everything that its charges follow from.
pub(super) struct Terms {
    /// The contract with its facts.
    pub contract: rate::Contract,
    /// The versions of its plans.
    pub versions: Vec<PlanVersion>,
    /// The lives of its resources.
    pub lives: Vec<rate::Resource>,
    /// The same resources as they are stored.
    rows: Vec<Resource>,
    /// Grows with all that it follows from: observations, readings, facts, and what is known of silent sources.
    pub evidence: i64,
}

impl Terms {
    /// Reads what was observed before `cutoff`, and all that the control plane recorded.
    pub(super) async fn load(conn: &mut Conn, contract: &Contract, cutoff: Instant) -> Result<Self, Error> {
        Self::read(conn, contract, cutoff, Instant::MAX).await
    }

    /// The same as it was when days were closed: what the control plane recorded later was not there, facts and prices
    /// (P9). What the closing itself found the contract to stand like, it recorded at its cut-off.
    pub(super) async fn as_of(conn: &mut Conn, contract: &Contract, cutoff: Instant) -> Result<Self, Error> {
        Self::read(conn, contract, cutoff, cutoff).await
    }

    async fn read(
        conn: &mut Conn,
        contract: &Contract,
        cutoff: Instant,
        decided_by: Instant,
    ) -> Result<Self, Error> {
        let (partner_id, id) = (contract.partner_id, contract.id);
        let mut facts = queries::contract::facts(conn, partner_id, id).await?;
        facts.retain(|fact| fact.recorded_at <= decided_by);
        let plan_moves = said(&facts, PLAN_ASSIGNED)?;
        let versions = versions(conn, contract, &plan_moves, decided_by).await?;
        let rows = queries::resource::of_contract(conn, partner_id, id).await?;
        let observations = queries::observation::of_contract(conn, partner_id, id, cutoff).await?;
        let readings = queries::reading::of_contract(conn, partner_id, id, cutoff).await?;
        let sources = list::distinct(observations.iter().map(|row| row.source_id));
        let silences = outage::known(conn, &sources, cutoff).await?;
        let recorded = observations.len().saturating_add(facts.len()).saturating_add(readings.len());
        let evidence = i64::try_from(recorded)
            .map_err(|error| Error::internal("evidence", error))?
            .saturating_add(silences.evidence);
        let lives = lives(&rows, observations, readings, &silences.outages)?;
        let contract = rate::Contract {
            id: contract.id,
            zone: super::zone(contract)?,
            plan_moves,
            holds: holds(&facts),
            grants: grants(&facts)?,
        };
        Ok(Self { contract, versions, lives, rows, evidence })
    }

    /// The charges of a window, in the order of their keys.
    pub(super) fn rate(&self, window: Window) -> Result<Vec<Charge>, Error> {
        let charges = rate::rate(&self.contract, &self.versions, &self.lives, window);
        charges.map_err(|error| Error::Internal(error.to_string()))
    }

    /// The resources by their UUIDs, as they are stored.
    pub(super) fn resources(&self) -> BTreeMap<Uuid, &Resource> {
        self.rows.iter().map(|row| (row.uuid, row)).collect()
    }

    /// What the instants `[from, to)` cost.
    pub(super) fn cost(&self, from: Instant, to: Instant) -> Result<Money, Error> {
        if from >= to {
            return Ok(Money::ZERO);
        }
        let charges = self.rate(Window { from, to })?;
        let sum = charges.iter().try_fold(Money::ZERO, |sum, charge| sum.checked_add(charge.total));
        sum.ok_or_else(|| Error::internal("balance", "out of range"))
    }

    /// The first instant in `[from, horizon)` at which a balance, whatever was charged before taken off, would fall below
    /// 0 (B2).
    pub(super) fn crossing(
        &self,
        balance: Money,
        from: Instant,
        horizon: Instant,
    ) -> Result<Option<Instant>, Error> {
        let found = rate::crossing(&self.contract, &self.versions, &self.lives, balance, from, horizon);
        Ok(found.map_err(|error| Error::Internal(error.to_string()))?.map(|crossing| crossing.at))
    }

    /// Leaves one resource of all.
    pub(super) fn only(&mut self, resource: Uuid) {
        self.lives.retain(|life| life.id == resource);
    }

    /// The days from `from` to `to` on which it is not known for some time what a resource was (P7), by resource; where
    /// a service is named, of those that ever used it.
    pub(super) fn unknown_days(
        &self,
        (from, to): (Date, Date),
        service: Option<Service>,
    ) -> BTreeMap<Uuid, BTreeSet<Date>> {
        let rate::Contract { id, zone, .. } = &self.contract;
        let uses = |life: &&rate::Resource| {
            service.is_none_or(|wanted| {
                let things = life.intervals.iter().map(|interval| &interval.shape.thing);
                things.flat_map(services).any(|(service, _)| service == wanted)
            })
        };
        let days = |life: &rate::Resource| (life.id, unknown_days(life, *id, zone, from, to));
        self.lives.iter().filter(uses).map(days).filter(|(_, days)| !days.is_empty()).collect()
    }

    /// What was there in a window, as people read it: from when, until when, and what.
    pub(super) fn intervals(
        &self,
        window: Window,
    ) -> impl Iterator<Item = (Instant, Option<Instant>, String)> + '_ {
        let all = self.lives.iter().flat_map(|life| &life.intervals);
        let within = all.filter(move |interval| {
            interval.from < window.to && interval.to.is_none_or(|to| to > window.from)
        });
        within.map(|interval| {
            let shape = serde_json::to_string(&interval.shape).unwrap_or_default();
            let doubt =
                if interval.unknown { ", which is not known: its source was silent (P7)" } else { "" };
            (interval.from, interval.to, shape + doubt)
        })
    }

    /// Whether anything ever belonged to the contract.
    pub(super) fn has_resources(&self) -> bool {
        !self.lives.is_empty()
    }

    /// Holds the machine services from an instant on, until they are resumed.
    pub(super) fn hold(&mut self, from: Instant) {
        self.contract.holds.push(Hold { from, to: None });
    }

    /// Ends the last hold at an instant; `None` has it go on.
    pub(super) fn resume(&mut self, at: Option<Instant>) {
        if let Some(hold) = self.contract.holds.last_mut() {
            hold.to = at;
        }
    }
}

/// The times in which machine services are not charged (B3, B4).
fn holds(facts: &[ContractFact]) -> Vec<Hold> {
    let mut holds: Vec<Hold> = Vec::new();
    for fact in facts {
        match fact.kind.as_str() {
            CHARGING_HELD => holds.push(Hold { from: fact.effective_at, to: None }),
            CHARGING_RESUMED => {
                holds.last_mut().into_iter().for_each(|hold| hold.to = Some(fact.effective_at))
            }
            _ => {}
        }
    }
    holds
}

/// What the machines of a contract were granted, with where that was said to end.
fn grants(facts: &[ContractFact]) -> Result<Vec<Grant>, Error> {
    let mut grants: Vec<Grant> = said(facts, PROMOTION_GRANTED)?;
    let ended: Vec<Ended> = said(facts, PROMOTION_ENDED)?;
    grants.extend(ended.iter().map(|ended| Grant::end(ended.machine, ended.at)));
    Ok(grants)
}

/// What the facts of one kind say.
fn said<T: DeserializeOwned>(facts: &[ContractFact], kind: &str) -> Result<Vec<T>, Error> {
    let of_kind = facts.iter().filter(|fact| fact.kind == kind);
    of_kind.map(|fact| fact.body.read().map_err(convert::stored)).collect()
}

async fn versions(
    conn: &mut Conn,
    contract: &Contract,
    moves: &[PlanMove],
    decided_by: Instant,
) -> Result<Vec<PlanVersion>, Error> {
    let plans: BTreeSet<i64> = moves.iter().map(|plan_move| plan_move.plan).collect();
    let mut versions = Vec::new();
    for plan in plans {
        let rows = queries::tariff_plan::versions(conn, contract.partner_id, plan).await?;
        for row in rows.into_iter().filter(|row| row.recorded_at <= decided_by) {
            let items = row.items.read().map_err(convert::stored)?;
            versions.push(PlanVersion { plan, version: row.version, from: row.effective_at, items });
        }
    }
    Ok(versions)
}

/// The life of every resource, folded from its observations.
fn lives(
    rows: &[Resource],
    observations: Vec<Row>,
    readings: Vec<ReadingRow>,
    outages: &[Outage],
) -> Result<Vec<rate::Resource>, Error> {
    let failed = |error: FoldError| Error::Internal(error.to_string());
    let mut by_resource: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in observations {
        by_resource.entry(row.resource_id).or_default().push(row);
    }
    let mut log = Log::default();
    for row in rows {
        log.begin();
        for seen in by_resource.remove(&row.id).unwrap_or_default() {
            let fact = log.fact(seen.fact.read().map_err(convert::stored)?).map_err(failed)?;
            log.push(Entry {
                source: seen.source_id,
                epoch: seen.epoch,
                sequence: seen.sequence,
                observed_at: seen.observed_at,
                received_at: seen.received_at,
                fact,
            });
        }
    }
    let lives = log.fold(outages).map_err(failed)?;
    let mut counted = counted(readings)?;
    let life = |(place, row): (usize, &Resource)| {
        let intervals = log.timeline(&lives, place).intervals;
        rate::Resource { id: row.uuid, intervals, readings: counted.remove(&row.id).unwrap_or_default() }
    };
    Ok(rows.iter().enumerate().map(life).collect())
}

/// What the counters of resources showed, by internal id.
fn counted(rows: Vec<ReadingRow>) -> Result<BTreeMap<i64, Vec<Reading>>, Error> {
    let mut numbers: BTreeMap<(i64, String), u32> = BTreeMap::new();
    let mut readings: BTreeMap<i64, Vec<Reading>> = BTreeMap::new();
    for row in rows {
        let next = u32::try_from(numbers.len()).map_err(|error| Error::internal("counters", error))?;
        let counter = *numbers.entry((row.resource_id, row.counter)).or_insert(next);
        readings.entry(row.resource_id).or_default().push(Reading {
            at: row.observed_at.min(row.received_at),
            counter,
            incarnation: row.incarnation,
            bytes: u64::try_from(row.bytes).map_err(convert::stored)?,
        });
    }
    Ok(readings)
}

/// A word of a closed list as it is stored.
pub(super) fn text<T: Serialize>(word: &T) -> Result<String, Error> {
    match serde_json::to_value(word) {
        Ok(Value::String(text)) => Ok(text),
        other => Err(Error::internal("word", format!("{other:?}"))),
    }
}

/// A stored word of a closed list.
pub(super) fn word<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_value(Value::from(text)).map_err(convert::stored)
}
