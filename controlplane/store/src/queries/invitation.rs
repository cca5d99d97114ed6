//! Invitations.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    model::invitation::{Invitation, NewInvitation},
    schema::{access, invitation},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Makes an invitation in the place of the one before: the link of that is valid no more.
///
/// # Errors
/// `ForeignKey` where there is no such access.
pub async fn replace(tx: &mut Tx, new: &NewInvitation) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(invitation::table.find(new.access_id)).execute(link))?;
    query!(tx, |link| diesel::insert_into(invitation::table).values(new.clone()).execute(link)).map(drop)
}

/// The invitation of a link.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, hash: &[u8]) -> Result<Option<Invitation>, StoreError> {
    query!(conn, |link| invitation::table
        .filter(invitation::hash.eq(hash))
        .select(Invitation::as_select())
        .get_result(link))
    .optional()
}

/// The invitations to some access, where they are not yet taken up.
///
/// # Errors
/// When the database fails.
pub async fn of_access(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Invitation>, StoreError> {
    query!(conn, |link| invitation::table
        .filter(invitation::access_id.eq_any(ids.to_vec()))
        .select(Invitation::as_select())
        .load(link))
}

/// Gives the access to an account, and ends the invitation.
///
/// # Errors
/// `ForeignKey` where there is no such account.
pub async fn take_up(tx: &mut Tx, access_id: i64, account_id: i64) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(invitation::table.find(access_id)).execute(link))?;
    query!(tx, |link| diesel::update(access::table.find(access_id))
        .set(access::account_id.eq(Some(account_id)))
        .execute(link))
    .map(drop)
}
