//! Readings of traffic counters.

use crate::{
    conn::{Conn, Tx, query},
    error::StoreError,
    model::{observation::Delivery, reading::Reading},
    schema::{reading, resource_contract},
    sql,
    types::Sql,
};
use diesel::{prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use schemas::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Where a reading stands: (source, epoch, sequence).
type Key = (i64, i64, i64);

/// How many readings are handed to the database at once.
const ROWS_AT_ONCE: usize = 5_000;

/// Stores readings. One that was delivered before changes nothing. Answers what became of each, in their order.
///
/// # Errors
/// `ForeignKey` where a source or a thing does not exist.
pub async fn insert(tx: &mut Tx, batch: &[Reading]) -> Result<Vec<Delivery>, StoreError> {
    let mut deliveries = Vec::with_capacity(batch.len());
    for chunk in batch.chunks(ROWS_AT_ONCE) {
        let mut new = write(tx, chunk).await?;
        let known = if new.len() < chunk.len() { read(tx, chunk).await? } else { BTreeMap::new() };
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

fn key(row: &Reading) -> Key {
    (row.source_id, row.epoch, row.sequence)
}

/// Whether two readings say the same; when they were received does not matter.
fn same(one: &Reading, other: &Reading) -> bool {
    *one == Reading { received_at: one.received_at, ..other.clone() }
}

/// Writes the rows in one statement and answers the keys that were new.
async fn write(tx: &mut Tx, chunk: &[Reading]) -> Result<BTreeSet<Key>, StoreError> {
    let row = |row: &Reading| {
        serde_json::json!([
            row.source_id,
            row.epoch,
            row.sequence,
            row.resource_id,
            row.counter,
            row.incarnation,
            row.bytes,
            row.observed_at.micros(),
            row.received_at.micros(),
        ])
    };
    let rows = serde_json::Value::Array(chunk.iter().map(row).collect()).to_string();
    let text = if tx.is_postgres() { sql::postgres::INSERT_READINGS } else { sql::sqlite::INSERT_READINGS };
    let written: Vec<sql::ObservationKey> =
        query!(tx, |link| diesel::sql_query(text).bind::<Text, _>(rows).load(link))?;
    Ok(written.into_iter().map(|row| (row.source_id, row.epoch, row.sequence)).collect())
}

/// What is stored under the rows' keys.
async fn read(tx: &mut Tx, chunk: &[Reading]) -> Result<BTreeMap<Key, Reading>, StoreError> {
    let mut wanted: BTreeMap<(i64, i64), Vec<i64>> = BTreeMap::new();
    for row in chunk {
        wanted.entry((row.source_id, row.epoch)).or_default().push(row.sequence);
    }
    let mut known = BTreeMap::new();
    for ((source_id, epoch), sequences) in wanted {
        let rows: Vec<Reading> = query!(tx, |link| reading::table
            .filter(reading::source_id.eq(source_id))
            .filter(reading::epoch.eq(epoch))
            .filter(reading::sequence.eq_any(sequences.clone()))
            .select(Reading::as_select())
            .load(link))?;
        known.extend(rows.into_iter().map(|row| (key(&row), row)));
    }
    Ok(known)
}

/// Every reading of everything that was ever of a contract, received before `cutoff`, in the order of
/// (thing, epoch, sequence).
///
/// # Errors
/// When the database fails.
pub async fn of_contract(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
    cutoff: Instant,
) -> Result<Vec<Reading>, StoreError> {
    query!(conn, |link| reading::table
        .inner_join(resource_contract::table.on(resource_contract::resource_id.eq(reading::resource_id)))
        .filter(resource_contract::partner_id.eq(partner_id))
        .filter(resource_contract::contract_id.eq(contract_id))
        .filter(reading::received_at.lt(Sql(cutoff)))
        .order((reading::resource_id.asc(), reading::epoch.asc(), reading::sequence.asc()))
        .select(Reading::as_select())
        .load(link))
}
