//! From the store to the engine: a contract with its facts, its plans' versions and its resources' lives, rated.

use super::super::{Error, client::PLAN_ASSIGNED, convert};
use ::billing::{
    fold::fold,
    observation::Observation,
    rate::{self, Charge, PlanMove, PlanVersion, Window},
};
use schemas::time::Instant;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn,
    model::{
        contract::{Contract, ContractFact},
        observation::Observation as Row,
        resource::Resource,
    },
    queries,
};
use uuid::Uuid;

/// What a window of a contract costs, and the resources that it costs it for.
pub(super) struct Rated {
    /// The charges, in the order of their keys.
    pub charges: Vec<Charge>,
    /// The resources of the contract.
    pub resources: BTreeMap<Uuid, Resource>,
    /// How many observations and facts it follows from.
    pub evidence: i64,
}

/// Rates a window of a contract from what was recorded before `cutoff`.
pub(super) async fn rated(
    conn: &mut Conn,
    contract: &Contract,
    window: Window,
    cutoff: Instant,
) -> Result<Rated, Error> {
    let facts = queries::contract::facts(conn, contract.partner_id, contract.id).await?;
    let plan_moves = plan_moves(&facts)?;
    let versions = versions(conn, contract, &plan_moves).await?;
    let rows = queries::resource::of_contract(conn, contract.partner_id, contract.id).await?;
    let observations =
        queries::observation::of_contract(conn, contract.partner_id, contract.id, cutoff).await?;
    let evidence = i64::try_from(observations.len().saturating_add(facts.len()))
        .map_err(|error| Error::internal("evidence", error))?;
    let lives = lives(&rows, observations)?;
    let terms = rate::Contract {
        id: contract.id,
        zone: super::zone(contract)?,
        plan_moves,
        holds: Vec::new(),
        grants: Vec::new(),
    };
    let charges =
        rate::rate(&terms, &versions, &lives, window).map_err(|error| Error::Internal(error.to_string()))?;
    let resources = rows.into_iter().map(|row| (row.uuid, row)).collect();
    Ok(Rated { charges, resources, evidence })
}

fn plan_moves(facts: &[ContractFact]) -> Result<Vec<PlanMove>, Error> {
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
    let mut by_resource: BTreeMap<i64, Vec<Observation>> = BTreeMap::new();
    for row in observations {
        let observation = Observation {
            source: row.source_id,
            epoch: row.epoch,
            sequence: row.sequence,
            observed_at: row.observed_at,
            received_at: row.received_at,
            fact: row.fact.read().map_err(convert::stored)?,
        };
        by_resource.entry(row.resource_id).or_default().push(observation);
    }
    rows.iter()
        .map(|row| {
            let observations = by_resource.remove(&row.id).unwrap_or_default();
            let timeline = fold(&observations, &[]).map_err(|error| Error::Internal(error.to_string()))?;
            Ok(rate::Resource { id: row.uuid, intervals: timeline.intervals, readings: Vec::new() })
        })
        .collect()
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
