//! Users as the API shows them.

use crate::app::{Error, Operation, account::access_views, domain, list, notification, partner};
use schemas::{
    resource::{
        account::HeldRole,
        user::{UserUpdate, UserView},
    },
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    model::{domain::Domain, partner::Partner, user::User},
    queries,
};

/// One user.
pub(crate) async fn view(op: &mut Operation, row: &User) -> Result<UserView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("user", "no view"))
}

/// Many users, in the order of the rows, in a few queries. Of what they may do, the caller is shown what it may know of.
pub(super) async fn views(op: &mut Operation, rows: &[User]) -> Result<Vec<UserView>, Error> {
    let domain_ids = list::distinct(rows.iter().filter_map(|row| row.domain_id));
    let domains = queries::domain::get_many(op.conn(), &domain_ids).await?;
    let domains: BTreeMap<i64, &Domain> = domains.iter().map(|row| (row.id, row)).collect();
    let partner_ids = list::distinct(domains.values().map(|domain| domain.partner_id));
    let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
    let partners: BTreeMap<i64, &Partner> = partners.iter().map(|row| (row.id, row)).collect();
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut accesses = queries::access::of_accounts(op.conn(), &ids).await?;
    accesses.retain(|access| op.request.actor.manages(access));
    let mut granted: BTreeMap<i64, Vec<HeldRole>> = BTreeMap::new();
    for (access, view) in accesses.iter().zip(access_views(op, &accesses).await?) {
        if let Some(account_id) = access.account_id {
            granted.entry(account_id).or_default().push(view);
        }
    }
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let missing = || Error::internal("user", "it has no domain");
        let home = row.domain_id.and_then(|id| domains.get(&id)).ok_or_else(missing)?;
        let owner = partners.get(&home.partner_id).ok_or_else(missing)?;
        views.push(UserView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            login: row.login.clone(),
            name: row.name.clone(),
            domain: domain::reference(home),
            partner: partner::reference(owner),
            phone: row.phone.clone(),
            active: row.active,
            blocked: row.blocked,
            password_version: row.password_version,
            notify: notification::shown(row.notify),
            access: granted.remove(&row.id).unwrap_or_default(),
        });
    }
    Ok(views)
}

/// What may change in a user, as it is.
pub(super) fn editable(view: UserView) -> UserUpdate {
    UserUpdate {
        name: view.name,
        phone: view.phone,
        active: view.active,
        blocked: view.blocked,
        password: None,
        password_version: view.password_version,
        notify: Some(view.notify),
    }
}
