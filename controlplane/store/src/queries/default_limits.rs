//! Default limits: at most one row for each partner.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, listed},
    model::default_limits::{DefaultLimits, DefaultLimitsFilter, DefaultLimitsSort},
    schema::default_limits,
    types::{Json, Sql},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Sets a partner's default limits where none are, at this version.
///
/// # Errors
/// `Unique` where they are set, `ForeignKey` where there is no such partner.
pub async fn insert(
    tx: &mut Tx,
    partner_id: i64,
    version: i64,
    limits: &Json,
    at: Instant,
) -> Result<DefaultLimits, StoreError> {
    query!(tx, |link| diesel::insert_into(default_limits::table)
        .values((
            default_limits::partner_id.eq(partner_id),
            default_limits::version.eq(version),
            default_limits::limits.eq(limits.clone()),
            default_limits::created_at.eq(Sql(at)),
        ))
        .returning(DefaultLimits::as_returning())
        .get_result(link))
}

/// A partner's default limits.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, partner_id: i64) -> Result<Option<DefaultLimits>, StoreError> {
    query!(conn, |link| default_limits::table
        .filter(default_limits::partner_id.eq(partner_id))
        .select(DefaultLimits::as_select())
        .get_result(link))
    .optional()
}

/// Changes a partner's default limits and moves their version. Whoever calls it keeps the partner's row locked.
///
/// # Errors
/// `NotFound` where none are set.
pub async fn update(tx: &mut Tx, partner_id: i64, limits: &Json) -> Result<DefaultLimits, StoreError> {
    let next = default_limits::version + 1_i64;
    query!(tx, |link| diesel::update(default_limits::table)
        .filter(default_limits::partner_id.eq(partner_id))
        .set((default_limits::limits.eq(limits.clone()), default_limits::version.eq(next)))
        .returning(DefaultLimits::as_returning())
        .get_result(link))
}

/// Clears a partner's default limits.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, partner_id: i64) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(default_limits::table)
        .filter(default_limits::partner_id.eq(partner_id))
        .execute(link))
    .map(drop)
}

/// A list of default limits.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<DefaultLimitsSort, DefaultLimitsFilter>,
) -> Result<Listed<DefaultLimits>, StoreError> {
    listed!(conn, list, DefaultLimits, id: default_limits::id,
        filtered: {
            let mut query = default_limits::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(default_limits::partner_id.eq_any(only.partners.clone()));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(default_limits::partner_id.eq(partner_id));
            }
            query
        },
        order: { DefaultLimitsSort::CreatedAt => default_limits::created_at }
    )
}
