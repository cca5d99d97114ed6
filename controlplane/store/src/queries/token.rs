//! The tokens and login sessions of an account.

use crate::{
    conn::{Conn, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, listed},
    model::account::{Token, TokenKind},
    schema::{account, token},
    types::SqlOption,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Those of a kind that an account has at `now`, neither revoked nor expired.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    account_id: i64,
    kind: TokenKind,
    now: Instant,
    list: &ListQuery<()>,
) -> Result<Listed<Token>, StoreError> {
    listed!(conn, list, Token, id: token::id,
        filtered: {
            token::table
                .into_boxed::<Db>()
                .filter(token::account_id.eq(account_id))
                .filter(token::kind.eq(kind))
                .filter(token::revoked_at.is_null().or(token::revoked_at.gt(SqlOption(Some(now)))))
                .filter(token::expires_at.is_null().or(token::expires_at.gt(SqlOption(Some(now)))))
        },
        order: { () => token::id }
    )
}

/// The token of a number, of an account and a kind, revoked or not.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    account_id: i64,
    kind: TokenKind,
    id: i64,
) -> Result<Option<Token>, StoreError> {
    query!(conn, |link| token::table
        .find(id)
        .filter(token::account_id.eq(account_id))
        .filter(token::kind.eq(kind))
        .select(Token::as_select())
        .get_result(link))
    .optional()
}

/// The token of a number, whoever has it, with its account's login.
///
/// # Errors
/// When the database fails.
pub async fn find_any(conn: &mut Conn, id: i64) -> Result<Option<(Token, String)>, StoreError> {
    query!(conn, |link| token::table
        .inner_join(account::table.on(account::id.eq(token::account_id)))
        .filter(token::id.eq(id))
        .select((Token::as_select(), account::login))
        .get_result(link))
    .optional()
}

/// The logins of some accounts.
///
/// # Errors
/// When the database fails.
pub async fn logins(conn: &mut Conn, account_ids: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
    query!(conn, |link| account::table
        .filter(account::id.eq_any(account_ids.to_vec()))
        .select((account::id, account::login))
        .load(link))
}
