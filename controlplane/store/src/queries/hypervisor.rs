//! Hypervisors.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, fold, listed, pattern},
    model::hypervisor::{Hypervisor, HypervisorEdit, HypervisorFilter, HypervisorSort, NewHypervisor},
    schema::hypervisor,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::{code::Code, id::HypervisorId, time::Instant};

use super::next_version;

/// Makes a hypervisor, at version 1.
///
/// # Errors
/// `Unique` where the code is taken.
pub async fn insert(tx: &mut Tx, new: &NewHypervisor) -> Result<Hypervisor, StoreError> {
    query!(tx, |link| diesel::insert_into(hypervisor::table)
        .values((new.clone(), hypervisor::version.eq(1_i64), hypervisor::name_folded.eq(fold(&new.name))))
        .returning(Hypervisor::as_returning())
        .get_result(link))
}

/// The hypervisor of an internal id.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn get(conn: &mut Conn, id: i64) -> Result<Hypervisor, StoreError> {
    query!(conn, |link| hypervisor::table.find(id).select(Hypervisor::as_select()).get_result(link))
}

/// The hypervisor of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<Hypervisor, StoreError> {
    lock_row!(tx, hypervisor::table.find(id).select(Hypervisor::as_select()))
}

/// The hypervisor of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, public_id: HypervisorId) -> Result<Option<Hypervisor>, StoreError> {
    query!(conn, |link| {
        let query = hypervisor::table.into_boxed::<Db>().filter(hypervisor::public_id.eq(Sql(public_id)));
        query.select(Hypervisor::as_select()).get_result(link)
    })
    .optional()
}

/// The hypervisor of a code.
///
/// # Errors
/// When the database fails.
pub async fn find_by_code(conn: &mut Conn, code: &str) -> Result<Option<Hypervisor>, StoreError> {
    let code = Code::trusted(code.to_owned());
    query!(conn, |link| {
        let query = hypervisor::table.into_boxed::<Db>().filter(hypervisor::code.eq(Sql(code.clone())));
        query.select(Hypervisor::as_select()).get_result(link)
    })
    .optional()
}

/// Changes a hypervisor and moves its version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `Unique` where the code is taken.
pub async fn update(
    tx: &mut Tx,
    id: i64,
    expected: Option<i64>,
    edit: &HypervisorEdit,
) -> Result<Hypervisor, StoreError> {
    let current: i64 = lock_row!(tx, hypervisor::table.find(id).select(hypervisor::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(hypervisor::table.find(id))
        .set((edit.clone(), hypervisor::version.eq(next), hypervisor::name_folded.eq(fold(&edit.name))))
        .returning(Hypervisor::as_returning())
        .get_result(link))
}

/// Deletes a hypervisor.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `ForeignKey` where something still refers to it.
pub async fn delete(tx: &mut Tx, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, hypervisor::table.find(id).select(hypervisor::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(hypervisor::table.find(id)).execute(link)).map(drop)
}

/// A list of hypervisors.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    list: &ListQuery<HypervisorSort, HypervisorFilter>,
) -> Result<Listed<Hypervisor>, StoreError> {
    listed!(conn, list, Hypervisor, id: hypervisor::id,
        filtered: {
            let mut query = hypervisor::table.into_boxed::<Db>();
            if let Some(search) = &list.search {
                query = query.filter(hypervisor::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(ids) = &list.filter.ids {
                query = query.filter(hypervisor::id.eq_any(ids.clone()));
            }
            if let Some(code) = &list.filter.code {
                query = query.filter(hypervisor::code.eq(Sql(Code::trusted(code.clone()))));
            }
            query
        },
        order: {
            HypervisorSort::Name => hypervisor::name_folded,
            HypervisorSort::Code => hypervisor::code,
            HypervisorSort::CreatedAt => hypervisor::created_at,
        }
    )
}

/// The hypervisors of these internal ids.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Hypervisor>, StoreError> {
    query!(conn, |link| hypervisor::table
        .filter(hypervisor::id.eq_any(ids.to_vec()))
        .order(hypervisor::id.asc())
        .select(Hypervisor::as_select())
        .load(link))
}

/// Notes that an inventory was asked for, beside the regular ones: always later than the one before, even where the
/// clock stands. Moves no version: nothing was edited.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn ask_collect(tx: &mut Tx, id: i64, at: Instant) -> Result<Hypervisor, StoreError> {
    let before: Option<Instant> =
        lock_row!(tx, hypervisor::table.find(id).select(hypervisor::collect_asked_at))?;
    let at = before.map_or(at, |before| at.max(Instant::from_micros(before.micros() + 1)));
    query!(tx, |link| diesel::update(hypervisor::table.find(id))
        .set(hypervisor::collect_asked_at.eq(Some(at)))
        .returning(Hypervisor::as_returning())
        .get_result(link))
}
