//! Times in which sources were silent.

use crate::{
    conn::{Conn, Tx, query},
    error::StoreError,
    model::outage::Outage,
    schema::outage,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;
use std::collections::BTreeSet;

/// How many instants are bound at once: SQLite has a limit.
const INSTANTS_AT_ONCE: usize = 10_000;

/// Records that a source was silent.
///
/// # Errors
/// `Unique` where it is recorded that it was silent from the same instant.
pub async fn insert(tx: &mut Tx, new: &Outage) -> Result<(), StoreError> {
    query!(tx, |link| diesel::insert_into(outage::table).values(new.clone()).execute(link))?;
    Ok(())
}

/// The silences of some sources that began before an instant, in the order of their beginnings.
///
/// # Errors
/// When the database fails.
pub async fn of_sources(
    conn: &mut Conn,
    sources: &[i64],
    before: Instant,
) -> Result<Vec<Outage>, StoreError> {
    query!(conn, |link| outage::table
        .filter(outage::source_id.eq_any(sources.to_vec()))
        .filter(outage::from_at.lt(Sql(before)))
        .order((outage::source_id.asc(), outage::from_at.asc()))
        .select(Outage::as_select())
        .load(link))
}

/// Which of these instants are ends of a source's silences.
///
/// # Errors
/// When the database fails.
pub async fn ends_among(
    conn: &mut Conn,
    source_id: i64,
    instants: &BTreeSet<Instant>,
) -> Result<BTreeSet<Instant>, StoreError> {
    let mut ends = BTreeSet::new();
    for chunk in Vec::from_iter(instants.iter().copied().map(Sql)).chunks(INSTANTS_AT_ONCE) {
        let found: Vec<Instant> = query!(conn, |link| outage::table
            .filter(outage::source_id.eq(source_id))
            .filter(outage::to_at.eq_any(chunk.to_vec()))
            .select(outage::to_at)
            .load(link))?;
        ends.extend(found);
    }
    Ok(ends)
}
