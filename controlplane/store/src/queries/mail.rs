//! Mail that is to be sent.

use crate::{
    conn::{Conn, Tx, query},
    error::StoreError,
    model::mail::{Mail, NewMail},
    schema::mail,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Has a message sent once the transaction is committed.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, new: &NewMail) -> Result<(), StoreError> {
    query!(tx, |link| diesel::insert_into(mail::table).values(new.clone()).execute(link)).map(drop)
}

/// The messages that are to be tried by now, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn due(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<Mail>, StoreError> {
    query!(conn, |link| mail::table
        .filter(mail::next_at.le(Some(now)))
        .order(mail::id.asc())
        .limit(limit)
        .select(Mail::as_select())
        .load(link))
}

/// Whether there are messages that are to be tried by now.
///
/// # Errors
/// When the database fails.
pub async fn is_any_due(conn: &mut Conn, now: Instant) -> Result<bool, StoreError> {
    query!(conn, |link| diesel::select(diesel::dsl::exists(mail::table.filter(mail::next_at.le(Some(now)))))
        .get_result(link))
}

/// Notes that a message was sent; the secret in it is forgotten.
///
/// # Errors
/// When the database fails.
pub async fn sent(tx: &mut Tx, id: i64, now: Instant) -> Result<(), StoreError> {
    query!(tx, |link| diesel::update(mail::table.find(id))
        .set((
            mail::sent_at.eq(Some(now)),
            mail::next_at.eq(None::<Instant>),
            mail::link_sealed.eq(None::<Vec<u8>>),
        ))
        .execute(link))
    .map(drop)
}

/// Notes that a message was not sent, and when it is tried again; never, where `next` is none: then the secret in it is
/// forgotten.
///
/// # Errors
/// When the database fails.
pub async fn failed(tx: &mut Tx, id: i64, error: &str, next: Option<Instant>) -> Result<(), StoreError> {
    query!(tx, |link| diesel::update(mail::table.find(id))
        .set((
            mail::attempts.eq(mail::attempts + 1_i64),
            mail::next_at.eq(next),
            mail::last_error.eq(Some(error)),
        ))
        .execute(link))?;
    query!(tx, |link| diesel::update(mail::table.find(id))
        .filter(mail::next_at.is_null())
        .set(mail::link_sealed.eq(None::<Vec<u8>>))
        .execute(link))
    .map(drop)
}

/// Forgets the messages from before an instant that were sent or given up.
///
/// # Errors
/// When the database fails.
pub async fn purge_before(tx: &mut Tx, before: Instant) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(mail::table)
        .filter(mail::next_at.is_null())
        .filter(mail::created_at.lt(Sql(before)))
        .execute(link))
    .map(drop)
}
