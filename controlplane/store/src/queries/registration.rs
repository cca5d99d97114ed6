//! Registrations that are not yet confirmed.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    model::registration::{NewRegistration, Registration},
    schema::registration,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Keeps a registration.
///
/// # Errors
/// `ForeignKey` where there is no such domain.
pub async fn insert(tx: &mut Tx, new: &NewRegistration) -> Result<(), StoreError> {
    query!(tx, |link| diesel::insert_into(registration::table).values(new.clone()).execute(link)).map(drop)
}

/// The registration of a link.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, hash: &[u8]) -> Result<Option<Registration>, StoreError> {
    query!(conn, |link| registration::table
        .filter(registration::hash.eq(hash))
        .select(Registration::as_select())
        .get_result(link))
    .optional()
}

/// How many registrations of an address were made since.
///
/// # Errors
/// When the database fails.
pub async fn count_of_login(conn: &mut Conn, login: &str, since: Instant) -> Result<i64, StoreError> {
    query!(conn, |link| registration::table
        .filter(registration::login.eq(login))
        .filter(registration::created_at.gt(Sql(since)))
        .count()
        .get_result(link))
}

/// How many registrations in a domain were made since.
///
/// # Errors
/// When the database fails.
pub async fn count_of_domain(conn: &mut Conn, domain_id: i64, since: Instant) -> Result<i64, StoreError> {
    query!(conn, |link| registration::table
        .filter(registration::domain_id.eq(domain_id))
        .filter(registration::created_at.gt(Sql(since)))
        .count()
        .get_result(link))
}

/// Forgets the registrations that have ended.
///
/// # Errors
/// When the database fails.
pub async fn delete_ended(tx: &mut Tx, now: Instant) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(registration::table)
        .filter(registration::expires_at.le(Sql(now)))
        .execute(link))
    .map(drop)
}

/// Forgets every registration of an address: it is confirmed.
///
/// # Errors
/// When the database fails.
pub async fn delete_of_login(tx: &mut Tx, login: &str) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(registration::table).filter(registration::login.eq(login)).execute(link))
        .map(drop)
}
