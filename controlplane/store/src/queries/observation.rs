//! Observations.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    model::observation::{Delivery, Observation},
    schema::{observation, resource_contract},
    sql,
    types::Sql,
};
use diesel::{prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use schemas::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Where an observation stands: (source, epoch, sequence).
type Key = (i64, i64, i64);

/// How many observations are handed to the database at once.
const ROWS_AT_ONCE: usize = 5_000;

/// Stores observations. One that was delivered before changes nothing. Answers what became of each, in their order.
///
/// # Errors
/// `ForeignKey` where a source or a thing does not exist.
pub async fn insert(tx: &mut Tx, batch: &[Observation]) -> Result<Vec<Delivery>, StoreError> {
    let mut deliveries = Vec::with_capacity(batch.len());
    for chunk in batch.chunks(ROWS_AT_ONCE) {
        let mut new = write(tx, chunk).await?;
        let mut known = BTreeMap::new();
        if new.len() < chunk.len() {
            known = read(tx, chunk).await?;
        }
        for row in chunk {
            // Of the same key twice in one batch, the first is new.
            deliveries.push(if new.remove(&key(row)) {
                Delivery::New
            } else if known.get(&key(row)).is_some_and(|stored| same(stored, row)) {
                Delivery::Duplicate
            } else {
                Delivery::Conflict
            });
        }
    }
    Ok(deliveries)
}

fn key(row: &Observation) -> Key {
    (row.source_id, row.epoch, row.sequence)
}

/// Whether two observations say the same; when they were received does not matter.
fn same(one: &Observation, other: &Observation) -> bool {
    one.resource_id == other.resource_id && one.observed_at == other.observed_at && one.fact == other.fact
}

/// Writes the rows in one statement and answers the keys that were new.
async fn write(tx: &mut Tx, chunk: &[Observation]) -> Result<BTreeSet<Key>, StoreError> {
    let rows: Vec<_> = chunk
        .iter()
        .map(|row| {
            serde_json::json!([
                row.source_id,
                row.epoch,
                row.sequence,
                row.resource_id,
                row.observed_at.micros(),
                row.received_at.micros(),
                row.fact.0,
            ])
        })
        .collect();
    let rows = serde_json::Value::Array(rows).to_string();
    let text =
        if tx.is_postgres() { sql::postgres::INSERT_OBSERVATIONS } else { sql::sqlite::INSERT_OBSERVATIONS };
    let written: Vec<sql::ObservationKey> =
        query!(tx, |link| diesel::sql_query(text).bind::<Text, _>(rows).load(link))?;
    Ok(written.into_iter().map(|row| (row.source_id, row.epoch, row.sequence)).collect())
}

/// What is stored in the range of the rows' keys.
async fn read(tx: &mut Tx, chunk: &[Observation]) -> Result<BTreeMap<Key, Observation>, StoreError> {
    let mut wanted: BTreeMap<(i64, i64), Vec<i64>> = BTreeMap::new();
    for row in chunk {
        wanted.entry((row.source_id, row.epoch)).or_default().push(row.sequence);
    }
    let mut known = BTreeMap::new();
    for ((source_id, epoch), sequences) in wanted {
        let rows: Vec<Observation> = query!(tx, |link| observation::table
            .filter(observation::source_id.eq(source_id))
            .filter(observation::epoch.eq(epoch))
            .filter(observation::sequence.eq_any(sequences.clone()))
            .select(Observation::as_select())
            .load(link))?;
        known.extend(rows.into_iter().map(|row| (key(&row), row)));
    }
    Ok(known)
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

/// The place, as (epoch, sequence), of the latest observation of a thing; none where it was never observed.
///
/// # Errors
/// When the database fails.
pub async fn latest_place(conn: &mut Conn, resource_id: i64) -> Result<Option<(i64, i64)>, StoreError> {
    query!(conn, |link| observation::table
        .filter(observation::resource_id.eq(resource_id))
        .order((observation::epoch.desc(), observation::sequence.desc()))
        .select((observation::epoch, observation::sequence))
        .first(link))
    .optional()
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
