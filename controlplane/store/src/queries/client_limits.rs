//! Limits of single clients: at most one row for each client.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, listed},
    model::client_limits::{ClientLimits, ClientLimitsFilter, ClientLimitsSort},
    schema::client_limits,
    types::{Json, Sql},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Whether limits may be seen: with their client, or with its partner.
macro_rules! seen {
    ($only:expr) => {{
        client_limits::partner_id
            .eq_any($only.partners.clone())
            .or(client_limits::client_id.eq_any($only.clients.clone()))
    }};
}

/// Sets a client's limits where none are, at this version.
///
/// # Errors
/// `Unique` where they are set, `ForeignKey` where there is no such client.
pub async fn insert(
    tx: &mut Tx,
    (partner_id, client_id): (i64, i64),
    version: i64,
    limits: &Json,
    at: Instant,
) -> Result<ClientLimits, StoreError> {
    query!(tx, |link| diesel::insert_into(client_limits::table)
        .values((
            client_limits::partner_id.eq(partner_id),
            client_limits::client_id.eq(client_id),
            client_limits::version.eq(version),
            client_limits::limits.eq(limits.clone()),
            client_limits::created_at.eq(Sql(at)),
        ))
        .returning(ClientLimits::as_returning())
        .get_result(link))
}

/// A client's limits.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    partner_id: i64,
    client_id: i64,
) -> Result<Option<ClientLimits>, StoreError> {
    query!(conn, |link| client_limits::table
        .filter(client_limits::partner_id.eq(partner_id))
        .filter(client_limits::client_id.eq(client_id))
        .select(ClientLimits::as_select())
        .get_result(link))
    .optional()
}

/// Changes a client's limits and moves their version. Whoever calls it keeps the client's row locked.
///
/// # Errors
/// `NotFound` where none are set.
pub async fn update(
    tx: &mut Tx,
    partner_id: i64,
    client_id: i64,
    limits: &Json,
) -> Result<ClientLimits, StoreError> {
    let next = client_limits::version + 1_i64;
    query!(tx, |link| diesel::update(client_limits::table)
        .filter(client_limits::partner_id.eq(partner_id))
        .filter(client_limits::client_id.eq(client_id))
        .set((client_limits::limits.eq(limits.clone()), client_limits::version.eq(next)))
        .returning(ClientLimits::as_returning())
        .get_result(link))
}

/// Clears a client's limits.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, partner_id: i64, client_id: i64) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(client_limits::table)
        .filter(client_limits::partner_id.eq(partner_id))
        .filter(client_limits::client_id.eq(client_id))
        .execute(link))
    .map(drop)
}

/// A list of clients' limits.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<ClientLimitsSort, ClientLimitsFilter>,
) -> Result<Listed<ClientLimits>, StoreError> {
    listed!(conn, list, ClientLimits, id: client_limits::id,
        filtered: {
            let mut query = client_limits::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(client_limits::partner_id.eq(partner_id));
            }
            if let Some(client_id) = list.filter.client_id {
                query = query.filter(client_limits::client_id.eq(client_id));
            }
            query
        },
        order: { ClientLimitsSort::CreatedAt => client_limits::created_at }
    )
}
