//! The register of idempotency keys.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    model::idempotency::{Answered, Idempotency},
    schema::idempotency,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;
use uuid::Uuid;

/// What is known under a key.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, account_id: i64, key: &str) -> Result<Option<Idempotency>, StoreError> {
    query!(conn, |link| idempotency::table
        .find((account_id, key))
        .select(Idempotency::as_select())
        .get_result(link))
    .optional()
}

/// Registers a key, in the transaction of its effect, and answers whether it was free. A second transaction with the
/// same key waits for the first: what that one answered can then be found.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, row: &Idempotency) -> Result<bool, StoreError> {
    query!(tx, |link| diesel::insert_into(idempotency::table)
        .values(row.clone())
        .on_conflict_do_nothing()
        .execute(link))
    .map(|rows| rows == 1)
}

/// Forgets the keys of an object that is being deleted. Answers how many there were.
///
/// # Errors
/// When the database fails.
pub async fn delete_by_object(tx: &mut Tx, kind: &str, id: Uuid) -> Result<usize, StoreError> {
    query!(tx, |link| diesel::delete(idempotency::table)
        .filter(idempotency::object_kind.eq(kind))
        .filter(idempotency::object_id.eq(Some(id)))
        .execute(link))
}

/// Forgets keys of an account. Answers how many of them there were.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, account_id: i64, keys: &[String]) -> Result<usize, StoreError> {
    query!(tx, |link| diesel::delete(idempotency::table)
        .filter(idempotency::account_id.eq(account_id))
        .filter(idempotency::key.eq_any(keys))
        .execute(link))
}

/// Forgets the keys under which an account made these objects. Answers how many of them there were.
///
/// # Errors
/// When the database fails.
pub async fn delete_by_objects(tx: &mut Tx, account_id: i64, ids: &[Uuid]) -> Result<usize, StoreError> {
    query!(tx, |link| diesel::delete(idempotency::table)
        .filter(idempotency::account_id.eq(account_id))
        .filter(idempotency::object_id.eq_any(ids.iter().copied().map(Some)))
        .execute(link))
}

/// Forgets the keys registered before an instant. Answers how many there were.
///
/// # Errors
/// When the database fails.
pub async fn purge_before(tx: &mut Tx, before: Instant) -> Result<usize, StoreError> {
    query!(tx, |link| diesel::delete(idempotency::table)
        .filter(idempotency::created_at.lt(Sql(before)))
        .execute(link))
}

/// Completes a claimed key with what was answered.
///
/// # Errors
/// When the database fails.
pub async fn answer(
    tx: &mut Tx,
    account_id: i64,
    key: &str,
    answered: &Answered<'_>,
) -> Result<(), StoreError> {
    query!(tx, |link| diesel::update(idempotency::table.find((account_id, key)))
        .set((
            idempotency::status.eq(answered.status),
            idempotency::answer.eq(answered.body),
            idempotency::object_kind.eq(answered.object_kind),
            idempotency::object_id.eq(answered.object_id),
        ))
        .execute(link))
    .map(drop)
}
