//! Readings of traffic counters.

use super::delivery::{self, Delivered, Key};
use crate::{
    conn::{Conn, Tx, query},
    error::StoreError,
    model::{observation::Delivery, reading::Reading},
    schema::{reading, resource_contract},
    sql,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;
use serde_json::{Value, json};

/// Stores readings. One that was delivered before changes nothing. Answers what became of each, in their order.
///
/// # Errors
/// `ForeignKey` where a source or a thing does not exist.
pub async fn insert(tx: &mut Tx, batch: &[Reading]) -> Result<Vec<Delivery>, StoreError> {
    delivery::insert(tx, batch).await
}

impl Delivered for Reading {
    const INSERT_POSTGRES: &str = sql::postgres::INSERT_READINGS;
    const INSERT_SQLITE: &str = sql::sqlite::INSERT_READINGS;

    fn key(&self) -> Key {
        (self.source_id, self.epoch, self.sequence)
    }

    fn columns(&self) -> Value {
        json!([
            self.source_id,
            self.epoch,
            self.sequence,
            self.resource_id,
            self.counter,
            self.incarnation,
            self.bytes,
            self.observed_at.micros(),
            self.received_at.micros(),
        ])
    }

    fn says(&self, other: &Self) -> bool {
        *self == Self { received_at: self.received_at, ..other.clone() }
    }

    async fn stored(
        tx: &mut Tx,
        (source_id, epoch): (i64, i64),
        sequences: Vec<i64>,
    ) -> Result<Vec<Self>, StoreError> {
        query!(tx, |link| reading::table
            .filter(reading::source_id.eq(source_id))
            .filter(reading::epoch.eq(epoch))
            .filter(reading::sequence.eq_any(sequences.clone()))
            .select(Reading::as_select())
            .load(link))
    }
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
