//! Public keys of accounts.

use super::next_version;
use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, fold, listed, pattern},
    model::public_key::{NewPublicKey, PublicKey, PublicKeyFilter, PublicKeySort},
    schema::{account, domain, public_key},
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::id::PublicKeyId;

/// The users of the domains of some partners.
macro_rules! users_of {
    ($partners:expr) => {{
        let domains =
            domain::table.filter(domain::partner_id.eq_any($partners)).select(domain::id.nullable());
        account::table.filter(account::domain_id.eq_any(domains)).select(account::id)
    }};
}

/// The keys of the account `own` and those of the users that may be seen, to be filtered further. An account without a
/// domain is nobody's to see but its own.
macro_rules! keys {
    ($visible:expr, $own:expr) => {{
        let query = public_key::table.into_boxed::<Db>();
        let own = public_key::account_id.eq($own);
        match $visible {
            Visible::All => {
                let users = account::table.filter(account::domain_id.is_not_null()).select(account::id);
                query.filter(own.or(public_key::account_id.eq_any(users)))
            }
            Visible::Only(only) => {
                query.filter(own.or(public_key::account_id.eq_any(users_of!(only.partners.clone()))))
            }
        }
    }};
}

/// Adds a public key, at version 1.
///
/// # Errors
/// `ForeignKey` where there is no such account.
pub async fn insert(tx: &mut Tx, new: &NewPublicKey) -> Result<PublicKey, StoreError> {
    query!(tx, |link| diesel::insert_into(public_key::table)
        .values((new.clone(), public_key::version.eq(1_i64), public_key::name_folded.eq(fold(&new.name))))
        .returning(PublicKey::as_returning())
        .get_result(link))
}

/// How many keys an account has.
///
/// # Errors
/// When the database fails.
pub async fn count(conn: &mut Conn, account_id: i64) -> Result<i64, StoreError> {
    query!(conn, |link| public_key::table
        .filter(public_key::account_id.eq(account_id))
        .count()
        .get_result(link))
}

/// The key of an internal id, kept from others until the transaction ends.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<PublicKey, StoreError> {
    lock_row!(tx, public_key::table.find(id).select(PublicKey::as_select()))
}

/// The key of a public id, if it is of the account `own` or of a user that is seen.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    own: i64,
    public_id: PublicKeyId,
) -> Result<Option<PublicKey>, StoreError> {
    query!(conn, |link| keys!(visible, own)
        .filter(public_key::public_id.eq(Sql(public_id)))
        .select(PublicKey::as_select())
        .get_result(link))
    .optional()
}

/// Renames a key and moves its version.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn rename(tx: &mut Tx, row: &PublicKey, name: &str) -> Result<PublicKey, StoreError> {
    let next = next_version(row.version, None)?;
    query!(tx, |link| diesel::update(public_key::table.find(row.id))
        .set((
            public_key::name.eq(name),
            public_key::name_folded.eq(fold(name)),
            public_key::version.eq(next)
        ))
        .returning(PublicKey::as_returning())
        .get_result(link))
}

/// Deletes a key.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(public_key::table.find(id)).execute(link)).map(drop)
}

/// A list of keys: those of the account `own`, and those of users that are seen.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    own: i64,
    list: &ListQuery<PublicKeySort, PublicKeyFilter>,
) -> Result<Listed<PublicKey>, StoreError> {
    let wanted = &list.filter;
    listed!(conn, list, PublicKey, id: public_key::id,
        filtered: {
            let mut query = keys!(visible, own);
            if let Some(search) = &list.search {
                query = query.filter(public_key::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(partner_id) = wanted.partner_id {
                query = query.filter(public_key::account_id.eq_any(users_of!(vec![partner_id])));
            }
            if let Some(account_id) = wanted.account_id {
                query = query.filter(public_key::account_id.eq(account_id));
            }
            if let Some(fingerprint) = &wanted.fingerprint {
                query = query.filter(public_key::fingerprint.eq(fingerprint.clone()));
            }
            query
        },
        order: {
            PublicKeySort::Name => public_key::name_folded,
            PublicKeySort::CreatedAt => public_key::created_at,
        }
    )
}
