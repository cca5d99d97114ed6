//! Rows that sources deliver under numbers of their own: each is kept once, however often it comes.

use crate::{
    conn::{Tx, query},
    error::StoreError,
    model::observation::Delivery,
    sql,
};
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

/// Where a row stands: (source, epoch, sequence).
pub(super) type Key = (i64, i64, i64);

/// How many rows are handed to the database at once.
const ROWS_AT_ONCE: usize = 5_000;

/// A row that a source delivers.
pub(super) trait Delivered: Sized + Sync {
    /// What writes rows that are given as one JSON text, and answers the keys of those that were new; on PostgreSQL.
    const INSERT_POSTGRES: &str;
    /// The same on SQLite.
    const INSERT_SQLITE: &str;

    /// Where it stands.
    fn key(&self) -> Key;

    /// Its columns, in the order in which they are written.
    fn columns(&self) -> Value;

    /// Whether another row says the same; when they were received does not matter.
    fn says(&self, other: &Self) -> bool;

    /// What is stored under numbers of an epoch.
    fn stored(
        tx: &mut Tx,
        epoch: (i64, i64),
        sequences: Vec<i64>,
    ) -> impl Future<Output = Result<Vec<Self>, StoreError>> + Send;
}

/// Stores rows. Answers what became of each, in their order.
pub(super) async fn insert<R: Delivered>(tx: &mut Tx, batch: &[R]) -> Result<Vec<Delivery>, StoreError> {
    let mut deliveries = Vec::with_capacity(batch.len());
    for chunk in batch.chunks(ROWS_AT_ONCE) {
        let mut new = write(tx, chunk).await?;
        let known = if new.len() < chunk.len() { read(tx, chunk).await? } else { BTreeMap::new() };
        for row in chunk {
            // Of the same key twice in one batch, the first is new.
            deliveries.push(if new.remove(&row.key()) {
                Delivery::New
            } else if known.get(&row.key()).is_some_and(|stored: &R| stored.says(row)) {
                Delivery::Duplicate
            } else {
                Delivery::Conflict
            });
        }
    }
    Ok(deliveries)
}

/// Writes the rows in one statement and answers the keys that were new.
async fn write<R: Delivered>(tx: &mut Tx, chunk: &[R]) -> Result<BTreeSet<Key>, StoreError> {
    let rows = Value::Array(chunk.iter().map(R::columns).collect()).to_string();
    let text = if tx.is_postgres() { R::INSERT_POSTGRES } else { R::INSERT_SQLITE };
    let written: Vec<sql::DeliveryKey> =
        query!(tx, |link| diesel::sql_query(text).bind::<Text, _>(rows).load(link))?;
    Ok(written.into_iter().map(|row| (row.source_id, row.epoch, row.sequence)).collect())
}

/// What is stored under the rows' keys.
async fn read<R: Delivered>(tx: &mut Tx, chunk: &[R]) -> Result<BTreeMap<Key, R>, StoreError> {
    let mut wanted: BTreeMap<(i64, i64), Vec<i64>> = BTreeMap::new();
    for row in chunk {
        let (source_id, epoch, sequence) = row.key();
        wanted.entry((source_id, epoch)).or_default().push(sequence);
    }
    let mut known = BTreeMap::new();
    for (epoch, sequences) in wanted {
        let rows = R::stored(tx, epoch, sequences).await?;
        known.extend(rows.into_iter().map(|row| (row.key(), row)));
    }
    Ok(known)
}
