//! Accounts: who calls the API.

use super::{Actor, Error, Operation, client, list, notification, partner, password, role, user};
use schemas::resource::{
    Ref,
    account::{AccountView, HeldRole, PasswordChange},
    user::Notify,
};
use std::collections::BTreeMap;
use store::{model::access::Access, queries};

/// The account that the token belongs to.
///
/// # Errors
/// When the database cannot be read.
pub async fn me(op: &mut Operation) -> Result<AccountView, Error> {
    let actor = op.request.actor.clone();
    view_of(op, &actor).await
}

/// An account that came in.
pub(super) async fn view_of(op: &mut Operation, actor: &Actor) -> Result<AccountView, Error> {
    Ok(AccountView {
        id: actor.public_id,
        login: actor.login.clone(),
        username: actor.name.clone(),
        access: access_views(op, &actor.access).await?,
        notify: notification::shown(queries::user::notify(op.conn(), actor.account_id).await?),
        impersonator: actor.impersonator.as_ref().map(|actor| actor.login.clone()),
    })
}

/// What may be done, as the API shows it, in the order given.
pub(crate) async fn access_views(op: &mut Operation, accesses: &[Access]) -> Result<Vec<HeldRole>, Error> {
    let partner_ids = list::distinct(accesses.iter().filter_map(|access| access.partner_id));
    let client_ids = list::distinct(accesses.iter().filter_map(|access| access.client_id));
    let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
    let clients = queries::client::get_many(op.conn(), &partner_ids, &client_ids).await?;
    let partners: BTreeMap<i64, Ref> = partners.iter().map(|row| (row.id, partner::reference(row))).collect();
    let clients: BTreeMap<i64, Ref> = clients.iter().map(|row| (row.id, client::reference(row))).collect();
    let view = |access: &Access| HeldRole {
        role: role::shown(access.role),
        partner: access.partner_id.and_then(|id| partners.get(&id).cloned()),
        client: access.client_id.and_then(|id| clients.get(&id).cloned()),
    };
    Ok(accesses.iter().map(view).collect())
}

/// Changes the caller's own password, which takes the old one (8.5.1-10).
///
/// # Errors
/// When the old password is another.
pub async fn change_password(op: &mut Operation, change: &PasswordChange) -> Result<(), Error> {
    let account_id = op.request.actor.account_id;
    let row = queries::user::lock(op.tx()?, account_id).await?;
    let stored = queries::user::password_hash(op.conn(), account_id).await?;
    if !password::is_right(&change.old, stored).await? {
        return Err(Error::field("old", "This is not the password of the account."));
    }
    user::set_password(op, &row, &change.new, "change_password").await
}

/// Says which messages the caller gets by mail.
///
/// # Errors
/// When the database cannot be written.
pub async fn change_notify(op: &mut Operation, notify: Notify) -> Result<Notify, Error> {
    let account_id = op.request.actor.account_id;
    let row = queries::user::lock(op.tx()?, account_id).await?;
    user::set_notify(op, &row, notify).await
}
