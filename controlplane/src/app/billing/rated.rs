//! From the store to the engine: a contract with its facts, its plans' versions and its resources' lives, rated.

use super::super::{Error, client::PLAN_ASSIGNED, convert};
use ::billing::{
    fold::{
        FoldError,
        bulk::{Entry, Log},
    },
    rate::{self, Charge, PlanMove, PlanVersion, Window},
};
use schemas::time::Instant;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn,
    model::{contract::Contract, observation::Observation as Row, resource::Resource},
    queries,
};
use uuid::Uuid;

/// What a window of a contract costs, and the resources that it costs it for.
pub(super) struct Rated {
    /// The charges, in the order of their keys.
    pub charges: Vec<Charge>,
    /// The resources of the contract.
    pub resources: BTreeMap<Uuid, Resource>,
}

/// All that the engine is told of a contract.
pub(super) struct Known {
    /// The contract with its facts.
    pub terms: rate::Contract,
    /// The versions of its plans.
    pub versions: Vec<PlanVersion>,
    /// The lives of its resources.
    pub lives: Vec<rate::Resource>,
    /// The same resources as they are stored.
    rows: Vec<Resource>,
}

/// Rates a window of a contract from what was recorded before `cutoff`.
pub(super) async fn rated(
    conn: &mut Conn,
    contract: &Contract,
    window: Window,
    cutoff: Instant,
) -> Result<Rated, Error> {
    let Known { terms, versions, lives, rows } = known(conn, contract, cutoff).await?;
    let charges =
        rate::rate(&terms, &versions, &lives, window).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Rated { charges, resources: rows.into_iter().map(|row| (row.uuid, row)).collect() })
}

/// What was recorded of a contract before `cutoff`.
pub(super) async fn known(conn: &mut Conn, contract: &Contract, cutoff: Instant) -> Result<Known, Error> {
    let plan_moves = plan_moves(conn, contract).await?;
    let versions = versions(conn, contract, &plan_moves).await?;
    let rows = queries::resource::of_contract(conn, contract.partner_id, contract.id).await?;
    let observations =
        queries::observation::of_contract(conn, contract.partner_id, contract.id, cutoff).await?;
    let lives = lives(&rows, observations)?;
    let terms = rate::Contract {
        id: contract.id,
        zone: super::zone(contract)?,
        plan_moves,
        holds: Vec::new(),
        grants: Vec::new(),
    };
    Ok(Known { terms, versions, lives, rows })
}

async fn plan_moves(conn: &mut Conn, contract: &Contract) -> Result<Vec<PlanMove>, Error> {
    let facts = queries::contract::facts(conn, contract.partner_id, contract.id).await?;
    let moves = facts.iter().filter(|fact| fact.kind == PLAN_ASSIGNED);
    moves.map(|fact| fact.body.read().map_err(convert::stored)).collect()
}

async fn versions(
    conn: &mut Conn,
    contract: &Contract,
    moves: &[PlanMove],
) -> Result<Vec<PlanVersion>, Error> {
    let plans: BTreeSet<i64> = moves.iter().map(|plan_move| plan_move.plan).collect();
    let mut versions = Vec::new();
    for plan in plans {
        for row in queries::tariff_plan::versions(conn, contract.partner_id, plan).await? {
            let items = row.items.read().map_err(convert::stored)?;
            versions.push(PlanVersion { plan, version: row.version, from: row.effective_at, items });
        }
    }
    Ok(versions)
}

/// The life of every resource, folded from its observations.
fn lives(rows: &[Resource], observations: Vec<Row>) -> Result<Vec<rate::Resource>, Error> {
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
    let lives = log.fold(&[]).map_err(failed)?;
    let life = |(place, row): (usize, &Resource)| {
        let intervals = log.timeline(&lives, place).intervals;
        rate::Resource { id: row.uuid, intervals, readings: Vec::new() }
    };
    Ok(rows.iter().enumerate().map(life).collect())
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
