//! Users. An account without a domain is none, and is not found here.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, fold, listed, pattern},
    model::user::{NewUser, Notify, User, UserEdit, UserFilter, UserSort},
    schema::{account, domain},
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::id::AccountId;

use super::next_version;

/// The users that may be seen, to be filtered further: those of the domains of the partners that may be.
macro_rules! users {
    ($visible:expr) => {{
        let mut query = account::table.into_boxed::<Db>().filter(account::domain_id.is_not_null());
        if let Visible::Only(only) = $visible {
            let domains = domain::table.filter(domain::partner_id.eq_any(only.partners.clone()));
            query = query.filter(account::domain_id.eq_any(domains.select(domain::id.nullable())));
        }
        query
    }};
}

/// Makes a user, at version 1.
///
/// # Errors
/// `Unique` where the login is taken, `ForeignKey` where there is no such domain.
pub async fn insert(tx: &mut Tx, new: &NewUser) -> Result<User, StoreError> {
    let folded = fold(&new.name);
    query!(tx, |link| diesel::insert_into(account::table)
        .values((new.clone(), account::version.eq(1_i64), account::name_folded.eq(&folded)))
        .returning(User::as_returning())
        .get_result(link))
}

/// The user of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<User, StoreError> {
    lock_row!(tx, account::table.find(id).select(User::as_select()))
}

/// The user of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: AccountId,
) -> Result<Option<User>, StoreError> {
    query!(conn, |link| users!(visible)
        .filter(account::public_id.eq(Sql(public_id)))
        .select(User::as_select())
        .get_result(link))
    .optional()
}

/// The user of a login.
///
/// # Errors
/// When the database fails.
pub async fn find_by_login(
    conn: &mut Conn,
    visible: &Visible,
    login: &str,
) -> Result<Option<User>, StoreError> {
    query!(conn, |link| users!(visible)
        .filter(account::login.eq(login))
        .select(User::as_select())
        .get_result(link))
    .optional()
}

/// Changes a user and moves its version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected.
pub async fn update(
    tx: &mut Tx,
    id: i64,
    expected: Option<i64>,
    edit: &UserEdit,
) -> Result<User, StoreError> {
    let current: i64 = lock_row!(tx, account::table.find(id).select(account::version))?;
    let next = next_version(current, expected)?;
    let folded = fold(&edit.name);
    query!(tx, |link| diesel::update(account::table.find(id))
        .set((edit.clone(), account::version.eq(next), account::name_folded.eq(&folded)))
        .returning(User::as_returning())
        .get_result(link))
}

/// The hash of an account's password, in PHC's form; none where it has no password.
///
/// # Errors
/// `NotFound` where there is no such account.
pub async fn password_hash(conn: &mut Conn, id: i64) -> Result<Option<String>, StoreError> {
    query!(conn, |link| account::table.find(id).select(account::password_hash).get_result(link))
}

/// Sets the hash of an account's password. Moves no version: it is not among what may be read.
///
/// # Errors
/// `NotFound` where there is no such account.
pub async fn set_password_hash(tx: &mut Tx, id: i64, hash: &str) -> Result<(), StoreError> {
    let changed: usize = query!(tx, |link| diesel::update(account::table.find(id))
        .set(account::password_hash.eq(Some(hash)))
        .execute(link))?;
    if changed == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Deletes a user with its access and its tokens.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected.
pub async fn delete(tx: &mut Tx, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, account::table.find(id).select(account::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(account::table.find(id)).execute(link)).map(drop)
}

/// Which messages an account wants by mail.
///
/// # Errors
/// `NotFound` where there is no such account.
pub async fn notify(conn: &mut Conn, id: i64) -> Result<Notify, StoreError> {
    query!(conn, |link| account::table.find(id).select(Notify::as_select()).get_result(link))
}

/// The domain of an account; none for the platform's own.
///
/// # Errors
/// `NotFound` where there is no such account.
pub async fn domain_of(conn: &mut Conn, id: i64) -> Result<Option<i64>, StoreError> {
    query!(conn, |link| account::table.find(id).select(account::domain_id).get_result(link))
}

/// Whether a domain has users.
///
/// # Errors
/// When the database fails.
pub async fn any_of_domain(conn: &mut Conn, domain_id: i64) -> Result<bool, StoreError> {
    query!(conn, |link| diesel::select(diesel::dsl::exists(
        account::table.filter(account::domain_id.eq(domain_id))
    ))
    .get_result(link))
}

/// A list of users.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<UserSort, UserFilter>,
) -> Result<Listed<User>, StoreError> {
    listed!(conn, list, User, id: account::id,
        filtered: {
            let mut query = users!(visible);
            if let Some(search) = &list.search {
                let named = account::name_folded.like(pattern(search)).escape('\\');
                query = query.filter(named.or(account::login.like(pattern(search)).escape('\\')));
            }
            if let Some(login) = &list.filter.login {
                query = query.filter(account::login.eq(login.clone()));
            }
            if let Some(domain_id) = list.filter.domain_id {
                query = query.filter(account::domain_id.eq(domain_id));
            }
            if let Some(partner_id) = list.filter.partner_id {
                let domains = domain::table.filter(domain::partner_id.eq(partner_id));
                query = query.filter(account::domain_id.eq_any(domains.select(domain::id.nullable())));
            }
            if let Some(active) = list.filter.active {
                query = query.filter(account::active.eq(active));
            }
            if let Some(blocked) = list.filter.blocked {
                query = query.filter(account::blocked.eq(blocked));
            }
            query
        },
        order: {
            UserSort::Login => account::login,
            UserSort::Name => account::name_folded,
            UserSort::CreatedAt => account::created_at,
        }
    )
}
