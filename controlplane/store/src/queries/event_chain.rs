//! The hash chains of the audit log.

use crate::{
    conn::{Conn, Tx, insert_rows, query},
    error::StoreError,
    model::{
        event::Event,
        event_chain::{EventChain, EventLink, Unlinked, hex, link_hash},
    },
    schema::{event, event_chain, event_link},
    sql,
};
use diesel::{QueryableByName, prelude::*, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many events from before the chains are linked at once.
const EVENTS_AT_ONCE: i64 = 1_000;

#[derive(QueryableByName)]
#[diesel(table_name = event_chain)]
struct Head {
    chain: i64,
    length: i64,
    hash: Vec<u8>,
}

/// Gives the events of a transaction their places, however many they are: this is its last work before it is committed.
///
/// The ends of the chains are locked here, the lowest first, and nothing else is locked after them: transactions wait for
/// each other in one order, and only for as long as a commit takes.
pub(crate) async fn extend(conn: &mut Conn) -> Result<(), StoreError> {
    let unlinked = conn.take_unlinked();
    if unlinked.is_empty() {
        return Ok(());
    }
    let chains: BTreeSet<i64> = unlinked.iter().map(|event| event.chain).collect();
    let mut heads: BTreeMap<i64, Head> =
        take(conn, &chains).await?.into_iter().map(|head| (head.chain, head)).collect();
    let mut links = Vec::with_capacity(unlinked.len());
    for event in unlinked {
        let lost = || StoreError::Other(format!("the end of the audit chain {} is missing", event.chain));
        let head = heads.get_mut(&event.chain).ok_or_else(lost)?;
        head.length += 1;
        let hash = link_hash(&head.hash, event.chain, head.length, &event.digest).to_vec();
        links.push(json!([event.chain, head.length, event.event_id, hex(&head.hash), hex(&hash)]));
        head.hash = hash;
    }
    insert_rows!(conn, INSERT_EVENT_LINKS, links.into_iter());
    let ends = heads.into_values().map(|head| json!([head.chain, head.length, hex(&head.hash)]));
    insert_rows!(conn, SET_EVENT_CHAINS, ends);
    Ok(())
}

/// The ends of chains, begun where there are none, and locked.
async fn take(conn: &mut Conn, chains: &BTreeSet<i64>) -> Result<Vec<Head>, StoreError> {
    let text =
        if conn.is_postgres() { sql::postgres::TAKE_EVENT_CHAINS } else { sql::sqlite::TAKE_EVENT_CHAINS };
    let chains = Value::from_iter(chains.iter().copied()).to_string();
    query!(conn, |link| sql_query(text).bind::<Text, _>(chains).load(link))
}

/// Gives every event that has no place one, in the order of their ids: those from before there were chains.
pub(crate) async fn adopt(tx: &mut Tx) -> Result<(), StoreError> {
    let mut after_id = 0;
    loop {
        let events = unlinked_after(tx, after_id, EVENTS_AT_ONCE).await?;
        let Some(last) = events.last() else { return Ok(()) };
        after_id = last.id;
        for event in events {
            let (id, event) = event.into_parts();
            tx.note_unlinked(Unlinked::of(id, &event));
        }
        extend(tx).await?;
    }
}

/// Every chain that was begun, by its number.
///
/// # Errors
/// When the database fails.
pub async fn all(conn: &mut Conn) -> Result<Vec<EventChain>, StoreError> {
    query!(conn, |link| event_chain::table
        .order(event_chain::chain.asc())
        .select(EventChain::as_select())
        .load(link))
}

/// Every chain that an event has a place in, whether its end is known or not.
///
/// # Errors
/// When the database fails.
pub async fn linked(conn: &mut Conn) -> Result<Vec<i64>, StoreError> {
    query!(conn, |link| event_link::table
        .select(event_link::chain)
        .distinct()
        .order(event_link::chain.asc())
        .load(link))
}

/// The places of a chain after this one in their order, each with its event where that is there.
///
/// # Errors
/// When the database fails.
pub async fn links_after(
    conn: &mut Conn,
    chain: i64,
    sequence: i64,
    limit: i64,
) -> Result<Vec<(EventLink, Option<Event>)>, StoreError> {
    query!(conn, |link| event_link::table
        .left_join(event::table.on(event::id.eq(event_link::event_id)))
        .filter(event_link::chain.eq(chain))
        .filter(event_link::sequence.gt(sequence))
        .order(event_link::sequence.asc())
        .limit(limit)
        .select((EventLink::as_select(), Option::<Event>::as_select()))
        .load(link))
}

/// Events that have no place in a chain, after this one in the order of ids.
///
/// # Errors
/// When the database fails.
pub async fn unlinked_after(conn: &mut Conn, after_id: i64, limit: i64) -> Result<Vec<Event>, StoreError> {
    query!(conn, |link| event::table
        .left_join(event_link::table.on(event_link::event_id.eq(event::id)))
        .filter(event_link::event_id.is_null())
        .filter(event::id.gt(after_id))
        .order(event::id.asc())
        .limit(limit)
        .select(Event::as_select())
        .load(link))
}
