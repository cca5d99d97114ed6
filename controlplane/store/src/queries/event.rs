//! The audit log.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    list::{Listed, Visible},
    model::{
        event::{Event, EventFilter, NewEvent},
        event_chain::Unlinked,
    },
    schema::event,
    sql,
    types::Sql,
};
use diesel::{prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

/// Writes an event, in the transaction of what it tells, whose commit gives it its place in its chain. Answers its id.
///
/// # Errors
/// When the database fails; the mutation must then fail too.
pub async fn insert(tx: &mut Tx, new: &NewEvent) -> Result<i64, StoreError> {
    let id = query!(tx, |link| diesel::insert_into(event::table)
        .values(new.clone())
        .returning(event::id)
        .get_result(link))?;
    tx.note_unlinked(Unlinked::of(id, new));
    Ok(id)
}

/// Writes many events in one statement.
///
/// # Errors
/// When the database fails; the mutations must then fail too.
pub async fn insert_many(tx: &mut Tx, events: &[NewEvent]) -> Result<(), StoreError> {
    let rows = Value::Array(events.iter().map(row).collect()).to_string();
    let text = if tx.is_postgres() { sql::postgres::INSERT_EVENTS } else { sql::sqlite::INSERT_EVENTS };
    let mut keys: Vec<sql::EventKey> =
        query!(tx, |link| diesel::sql_query(text).bind::<Text, _>(rows).load(link))?;
    // Rows are numbered in their order; only the order of the answer is nobody's promise.
    keys.sort_unstable_by_key(|key| key.id);
    for (key, event) in keys.iter().zip(events) {
        tx.note_unlinked(Unlinked::of(key.id, event));
    }
    Ok(())
}

fn row(new: &NewEvent) -> Value {
    json!([
        new.partner_id,
        new.at.micros(),
        new.request_id.simple().to_string(),
        new.account_id,
        new.actor,
        new.action,
        new.object_kind,
        new.object_id.simple().to_string(),
        new.object_name,
        new.before.as_ref().map(|json| &json.0),
        new.after.as_ref().map(|json| &json.0),
        new.client,
        new.impersonator,
    ])
}

/// The last event that changed an object: who did it, when, with what. One that left it as it was does not count.
///
/// # Errors
/// When the database fails.
pub async fn latest_for_object(conn: &mut Conn, kind: &str, id: Uuid) -> Result<Option<Event>, StoreError> {
    query!(conn, |link| event::table
        .filter(event::object_id.eq(Sql(id)))
        .filter(event::object_kind.eq(kind))
        .filter(event::after.is_not_null().or(event::before.is_not_null()))
        .order(event::id.desc())
        .limit(1)
        .select(Event::as_select())
        .get_result(link))
    .optional()
}

/// Events before this one in the order of ids, the newest first; 0 begins with the last.
///
/// # Errors
/// When the database fails.
pub async fn newest(
    conn: &mut Conn,
    visible: &Visible,
    filter: &EventFilter,
    before_id: i64,
    limit: i64,
) -> Result<Listed<Event>, StoreError> {
    macro_rules! filtered {
        () => {{
            let mut query = event::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(event::partner_id.eq_any(only.partners.clone()));
            }
            if let Some(kind) = &filter.object_kind {
                query = query.filter(event::object_kind.eq(kind.clone()));
            }
            if let Some(id) = filter.object_id {
                query = query.filter(event::object_id.eq(Sql(id)));
            }
            if let Some(partner_id) = filter.partner_id {
                query = query.filter(event::partner_id.eq(partner_id));
            }
            if let Some(actor) = &filter.actor {
                query = query.filter(event::actor.eq(actor.clone()));
            }
            if let Some(action) = &filter.action {
                query = query.filter(event::action.eq(action.clone()));
            }
            if let Some(from) = filter.from {
                query = query.filter(event::at.ge(Sql(from)));
            }
            if let Some(to) = filter.to {
                query = query.filter(event::at.lt(Sql(to)));
            }
            query
        }};
    }
    let total = query!(conn, |link| filtered!().count().get_result(link))?;
    let before_id = if before_id == 0 { i64::MAX } else { before_id };
    let rows = query!(conn, |link| filtered!()
        .filter(event::id.lt(before_id))
        .order(event::id.desc())
        .limit(limit)
        .select(Event::as_select())
        .load(link))?;
    Ok(Listed { rows, total })
}
