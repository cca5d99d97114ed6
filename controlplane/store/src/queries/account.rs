//! Accounts and their tokens.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    model::{
        access::{Access, NewAccess},
        account::{Account, Bearer, NewAccount, NewToken, Role, Token},
    },
    schema::{access, account, token},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::{id::AccessId, time::Instant};

/// How often the use of a token is written down, in microseconds.
const TOUCH_EVERY: i64 = 60_000_000;

/// Makes an account.
///
/// # Errors
/// `Unique` where the login is taken.
pub async fn insert(tx: &mut Tx, new: &NewAccount) -> Result<Account, StoreError> {
    query!(tx, |link| diesel::insert_into(account::table)
        .values(new.clone())
        .returning(Account::as_returning())
        .get_result(link))
}

/// Makes the account, or answers the one that has the login, as it is.
///
/// # Errors
/// When the database fails.
pub async fn find_or_insert(tx: &mut Tx, new: &NewAccount) -> Result<Account, StoreError> {
    query!(tx, |link| diesel::insert_into(account::table)
        .values(new.clone())
        .on_conflict(account::login)
        .do_update()
        .set(account::login.eq(&new.login))
        .returning(Account::as_returning())
        .get_result(link))
}

/// The account of an internal id.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn get(conn: &mut Conn, id: i64) -> Result<Account, StoreError> {
    query!(conn, |link| account::table.find(id).select(Account::as_select()).get_result(link))
}

/// The names of some accounts, each with the internal id.
///
/// # Errors
/// When the database fails.
pub async fn names(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
    query!(conn, |link| account::table
        .filter(account::id.eq_any(ids.to_vec()))
        .select((account::id, account::name))
        .load(link))
}

/// Some accounts, by their internal ids.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Account>, StoreError> {
    query!(conn, |link| account::table
        .filter(account::id.eq_any(ids.to_vec()))
        .select(Account::as_select())
        .load(link))
}

/// The account of a login.
///
/// # Errors
/// When the database fails.
pub async fn find_by_login(conn: &mut Conn, login: &str) -> Result<Option<Account>, StoreError> {
    query!(conn, |link| account::table
        .filter(account::login.eq(login))
        .select(Account::as_select())
        .get_result(link))
    .optional()
}

/// Grants what is not yet granted. Answers whether it was new.
///
/// # Errors
/// `NotFound` where there is no such account, `ForeignKey` where there is no such object, `Unique` where the account has
/// another role over it.
pub async fn grant(
    tx: &mut Tx,
    account: &Account,
    role: Role,
    (partner_id, client_id): (Option<i64>, Option<i64>),
    now: Instant,
) -> Result<bool, StoreError> {
    let _: i64 = lock_row!(tx, account::table.find(account.id).select(account::id))?;
    let held = super::access::of_accounts(tx, &[account.id]).await?;
    let is_it = |held: &Access| (held.role, held.partner_id, held.client_id) == (role, partner_id, client_id);
    if held.iter().any(is_it) {
        return Ok(false);
    }
    let new = NewAccess {
        public_id: AccessId::random(),
        account_id: Some(account.id),
        login: account.login.clone(),
        role,
        partner_id,
        client_id,
        created_at: now,
    };
    super::access::insert(tx, &new).await?;
    Ok(true)
}

/// Whether anyone administers the platform.
///
/// # Errors
/// When the database fails.
pub async fn any_platform_admin_exists(conn: &mut Conn) -> Result<bool, StoreError> {
    query!(conn, |link| diesel::select(diesel::dsl::exists(
        access::table.filter(access::role.eq(Role::PlatformAdmin))
    ))
    .get_result(link))
}

/// Makes a token.
///
/// # Errors
/// `Unique` where the hash is known, `ForeignKey` where there is no such account.
pub async fn insert_token(tx: &mut Tx, new: &NewToken) -> Result<Token, StoreError> {
    query!(tx, |link| diesel::insert_into(token::table)
        .values(new.clone())
        .returning(Token::as_returning())
        .get_result(link))
}

/// Who has the token of this hash, be it expired or revoked or not.
///
/// # Errors
/// When the database fails.
pub async fn find_bearer(conn: &mut Conn, hash: &[u8]) -> Result<Option<Bearer>, StoreError> {
    let found: Option<(Token, Account)> = query!(conn, |link| token::table
        .inner_join(account::table.on(account::id.eq(token::account_id)))
        .filter(token::hash.eq(hash))
        .select((Token::as_select(), Account::as_select()))
        .get_result(link))
    .optional()?;
    let Some((token, account)) = found else { return Ok(None) };
    let held = super::access::held(conn, account.id).await?;
    let impersonator = match token.impersonator_id {
        Some(id) => Some((get(conn, id).await?, super::access::held(conn, id).await?)),
        None => None,
    };
    Ok(Some(Bearer { token, account, held, impersonator }))
}

/// Whether the use of a token at `now` should be written down: once a minute is enough.
pub fn touch_is_due(token: &Token, now: Instant) -> bool {
    token.last_used_at.is_none_or(|last| now.micros().saturating_sub(last.micros()) >= TOUCH_EVERY)
}

/// Writes down that a token was used, unless that was done within the last minute. Answers whether it wrote.
///
/// # Errors
/// When the database fails.
pub async fn touch_token(tx: &mut Tx, token_id: i64, now: Instant) -> Result<bool, StoreError> {
    let before = Instant::from_micros(now.micros().saturating_sub(TOUCH_EVERY));
    let changed = query!(tx, |link| diesel::update(token::table.find(token_id))
        .filter(token::last_used_at.is_null().or(token::last_used_at.le(Some(before))))
        .set(token::last_used_at.eq(Some(now)))
        .execute(link))?;
    Ok(changed > 0)
}

/// Takes a token back.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn revoke_token(tx: &mut Tx, token_id: i64, now: Instant) -> Result<Token, StoreError> {
    query!(tx, |link| diesel::update(token::table.find(token_id))
        .set(token::revoked_at.eq(Some(now)))
        .returning(Token::as_returning())
        .get_result(link))
}
