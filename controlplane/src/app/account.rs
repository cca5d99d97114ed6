//! Accounts: who calls the API.

use super::{Actor, Error, Operation, list, password, user};
use schemas::resource::{
    Ref,
    account::{AccessView, AccountView, PasswordChange, Role},
};
use store::{model::account, queries};

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
        impersonator: actor.impersonator.as_ref().map(|actor| actor.login.clone()),
    })
}

/// What may be done, as the API shows it, in the order given.
pub(crate) async fn access_views(
    op: &mut Operation,
    accesses: &[account::Access],
) -> Result<Vec<AccessView>, Error> {
    let ids = list::distinct(accesses.iter().filter_map(|access| access.partner_id));
    let partners = queries::partner::get_many(op.conn(), &ids).await?;
    let partner = |id: i64| {
        let row = partners.iter().find(|partner| partner.id == id)?;
        Some(Ref { id: row.public_id.0, code: row.code.to_string(), name: row.name.clone() })
    };
    let view = |access: &account::Access| AccessView {
        role: match access.role {
            account::Role::PlatformAdmin => Role::PlatformAdmin,
            account::Role::PartnerAdmin => Role::PartnerAdmin,
        },
        partner: access.partner_id.and_then(partner),
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
