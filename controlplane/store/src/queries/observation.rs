//! Observations.

use super::delivery::{self, Delivered, Key};
use crate::{
    conn::{Conn, Tx, query},
    error::StoreError,
    model::observation::{Delivery, Observation},
    schema::{observation, resource_contract},
    sql,
    types::Sql,
};
use diesel::{prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use schemas::time::Instant;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Stores observations. One that was delivered before changes nothing. Answers what became of each, in their order.
///
/// # Errors
/// `ForeignKey` where a source or a thing does not exist.
pub async fn insert(tx: &mut Tx, batch: &[Observation]) -> Result<Vec<Delivery>, StoreError> {
    delivery::insert(tx, batch).await
}

impl Delivered for Observation {
    const INSERT_POSTGRES: &str = sql::postgres::INSERT_OBSERVATIONS;
    const INSERT_SQLITE: &str = sql::sqlite::INSERT_OBSERVATIONS;

    fn key(&self) -> Key {
        (self.source_id, self.epoch, self.sequence)
    }

    fn columns(&self) -> Value {
        json!([
            self.source_id,
            self.epoch,
            self.sequence,
            self.resource_id,
            self.observed_at.micros(),
            self.received_at.micros(),
            self.fact.0,
        ])
    }

    fn says(&self, other: &Self) -> bool {
        self.resource_id == other.resource_id
            && self.observed_at == other.observed_at
            && self.fact == other.fact
    }

    async fn stored(
        tx: &mut Tx,
        (source_id, epoch): (i64, i64),
        sequences: Vec<i64>,
    ) -> Result<Vec<Self>, StoreError> {
        query!(tx, |link| observation::table
            .filter(observation::source_id.eq(source_id))
            .filter(observation::epoch.eq(epoch))
            .filter(observation::sequence.eq_any(sequences.clone()))
            .select(Observation::as_select())
            .load(link))
    }
}

/// The last number of a source's epoch; 0 where there is none.
///
/// # Errors
/// When the database fails.
pub async fn last_sequence(conn: &mut Conn, source_id: i64, epoch: i64) -> Result<i64, StoreError> {
    let last: Option<i64> = query!(conn, |link| observation::table
        .filter(observation::source_id.eq(source_id))
        .filter(observation::epoch.eq(epoch))
        .select(diesel::dsl::max(observation::sequence))
        .get_result(link))?;
    Ok(last.unwrap_or(0))
}

/// The places, as (epoch, sequence), of the latest observations of things; what was never observed is left out.
///
/// # Errors
/// When the database fails.
pub async fn latest_places(
    conn: &mut Conn,
    resource_ids: &[i64],
) -> Result<BTreeMap<i64, (i64, i64)>, StoreError> {
    let ids = json!(resource_ids).to_string();
    let text = if conn.is_postgres() { sql::postgres::LATEST_PLACES } else { sql::sqlite::LATEST_PLACES };
    let found: Vec<sql::LatestPlace> =
        query!(conn, |link| diesel::sql_query(text).bind::<Text, _>(ids).load(link))?;
    Ok(found.into_iter().map(|row| (row.resource_id, (row.epoch, row.sequence))).collect())
}

/// Every observation of everything that was ever of a contract, received before `cutoff`, in the order of
/// (thing, epoch, sequence).
///
/// # Errors
/// When the database fails.
pub async fn of_contract(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
    cutoff: Instant,
) -> Result<Vec<Observation>, StoreError> {
    query!(conn, |link| observation::table
        .inner_join(resource_contract::table.on(resource_contract::resource_id.eq(observation::resource_id)))
        .filter(resource_contract::partner_id.eq(partner_id))
        .filter(resource_contract::contract_id.eq(contract_id))
        .filter(observation::received_at.lt(Sql(cutoff)))
        .order((observation::resource_id.asc(), observation::epoch.asc(), observation::sequence.asc()))
        .select(Observation::as_select())
        .load(link))
}
