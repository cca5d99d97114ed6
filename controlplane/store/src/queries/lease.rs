//! Leases: one server at a time does a task.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    model::lease::Lease,
    schema::lease,
    types::Sql,
};
use diesel::{prelude::*, query_dsl::methods::FilterDsl, upsert::excluded};
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Claims a task, or renews the claim of the same holder. Answers whether the holder has it until `until`.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    tx: &mut Tx,
    name: &str,
    holder: &str,
    now: Instant,
    until: Instant,
) -> Result<bool, StoreError> {
    let row = (lease::name.eq(name), lease::holder.eq(holder), lease::expires_at.eq(Sql(until)));
    let changed = query!(tx, |link| FilterDsl::filter(
        diesel::insert_into(lease::table).values(row).on_conflict(lease::name).do_update().set((
            lease::holder.eq(excluded(lease::holder)),
            lease::expires_at.eq(excluded(lease::expires_at))
        )),
        lease::holder.eq(holder).or(lease::expires_at.le(Sql(now))),
    )
    .execute(link))?;
    Ok(changed > 0)
}

/// Gives a task back. Answers whether the holder had it.
///
/// # Errors
/// When the database fails.
pub async fn release(tx: &mut Tx, name: &str, holder: &str) -> Result<bool, StoreError> {
    let mine = QueryDsl::filter(lease::table.find(name), lease::holder.eq(holder));
    let changed = query!(tx, |link| diesel::delete(mine).execute(link))?;
    Ok(changed > 0)
}

/// Who has a task, be the lease expired or not.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, name: &str) -> Result<Option<Lease>, StoreError> {
    query!(conn, |link| lease::table.find(name).select(Lease::as_select()).get_result(link)).optional()
}
