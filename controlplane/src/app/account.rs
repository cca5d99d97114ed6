//! Accounts: who calls the API.

use super::{Error, Operation};
use schemas::resource::{
    Ref,
    account::{AccessView, AccountView, Role},
};
use store::{model::account, queries};

/// The account that the token belongs to.
///
/// # Errors
/// When the database cannot be read.
pub async fn me(op: &mut Operation) -> Result<AccountView, Error> {
    let actor = op.request.actor.clone();
    let ids: Vec<i64> = actor.access.iter().filter_map(|access| access.partner_id).collect();
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
    Ok(AccountView {
        id: actor.public_id,
        login: actor.login,
        username: actor.name,
        access: actor.access.iter().map(view).collect(),
    })
}
