//! Client defaults: at most one row for each partner.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, listed},
    model::client_defaults::{ClientDefaults, ClientDefaultsEdit, ClientDefaultsFilter, ClientDefaultsSort},
    schema::client_defaults,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Sets a partner's client defaults where none are, at this version.
///
/// # Errors
/// `Unique` where they are set, `ForeignKey` where the partner or its plan does not exist.
pub async fn insert(
    tx: &mut Tx,
    partner_id: i64,
    version: i64,
    edit: &ClientDefaultsEdit,
    at: Instant,
) -> Result<ClientDefaults, StoreError> {
    query!(tx, |link| diesel::insert_into(client_defaults::table)
        .values((
            edit.clone(),
            client_defaults::partner_id.eq(partner_id),
            client_defaults::version.eq(version),
            client_defaults::created_at.eq(crate::types::Sql(at)),
        ))
        .returning(ClientDefaults::as_returning())
        .get_result(link))
}

/// A partner's client defaults.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, partner_id: i64) -> Result<Option<ClientDefaults>, StoreError> {
    query!(conn, |link| client_defaults::table
        .filter(client_defaults::partner_id.eq(partner_id))
        .select(ClientDefaults::as_select())
        .get_result(link))
    .optional()
}

/// Changes a partner's client defaults and moves their version. Whoever calls it keeps the partner's row locked.
///
/// # Errors
/// `NotFound`, `ForeignKey` where there is no such plan.
pub async fn update(
    tx: &mut Tx,
    partner_id: i64,
    edit: &ClientDefaultsEdit,
) -> Result<ClientDefaults, StoreError> {
    let next = client_defaults::version + 1_i64;
    query!(tx, |link| diesel::update(client_defaults::table)
        .filter(client_defaults::partner_id.eq(partner_id))
        .set((edit.clone(), client_defaults::version.eq(next)))
        .returning(ClientDefaults::as_returning())
        .get_result(link))
}

/// Clears a partner's client defaults.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, partner_id: i64) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(client_defaults::table)
        .filter(client_defaults::partner_id.eq(partner_id))
        .execute(link))
    .map(drop)
}

/// A list of client defaults.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<ClientDefaultsSort, ClientDefaultsFilter>,
) -> Result<Listed<ClientDefaults>, StoreError> {
    listed!(conn, list, ClientDefaults, id: client_defaults::id,
        filtered: {
            let mut query = client_defaults::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(client_defaults::partner_id.eq_any(only.partners.clone()));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(client_defaults::partner_id.eq(partner_id));
            }
            query
        },
        order: { ClientDefaultsSort::CreatedAt => client_defaults::created_at }
    )
}
