//! What a partner's clients begin with that register themselves (5.1). Clients that an administrator creates do not take
//! anything from it (5-07).

use super::{Error, Operation, audit::Change, convert, partner, patch::patched, singleton, tariff_plan};
use schemas::{
    code::Code,
    endpoint::{InParent, ListQuery, Page, Patch},
    money::Money,
    resource::{
        Ref,
        client::PaymentModel,
        client_defaults::{ClientDefaultsUpdate, ClientDefaultsView},
    },
    time::WireTime,
};
use store::{
    ListQuery as StoreList,
    model::{
        client::PaymentModel as Model,
        client_defaults::{ClientDefaults, ClientDefaultsEdit, ClientDefaultsFilter, ClientDefaultsSort},
        partner::{Partner, PartnerModel},
        tariff_plan::TariffPlan,
    },
    queries,
};

const KIND: &str = "client_defaults";

/// Lists the client defaults that are set, of the partners that the caller sees.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: ListQuery) -> Result<Page<ClientDefaultsView>, Error> {
    let (page, descending) = singleton::page(&query)?;
    let visible = op.visible();
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let filter = ClientDefaultsFilter { partner_id };
    let wanted =
        StoreList { sort: ClientDefaultsSort::CreatedAt, descending, search: None, filter, page: page.0 };
    let listed = queries::client_defaults::list(op.conn(), &visible, &wanted).await?;
    let owners = partner::by_id(op, listed.rows.iter().map(|row| row.partner_id)).await?;
    let mut views = Vec::with_capacity(listed.rows.len());
    for row in &listed.rows {
        views.push(view(op, row, partner::one_of(&owners, row.partner_id)?).await?);
    }
    super::list::paged(&listed, views, page, |row| row.id)
}

/// Reads a partner's client defaults.
///
/// # Errors
/// When the partner does not exist for the caller, or has none.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<ClientDefaultsView, Error> {
    let owner = op.partner(id).await?;
    current(op, &owner).await?.ok_or(Error::NotFound)
}

/// Sets a partner's client defaults as a whole.
///
/// # Errors
/// When they moved on, or were to be unset; when the plan is not the partner's, or not the caller's to choose.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    update: ClientDefaultsUpdate,
) -> Result<ClientDefaultsView, Error> {
    let owner = op.partner(id).await?;
    let owner = queries::partner::lock_settings(op.tx()?, owner.id).await?;
    let before = current(op, &owner).await?;
    let version = before.as_ref().map(|before| before.version);
    op.setting(KIND, owner.public_id.0, owner.code.as_str(), version).await?;
    may_choose(op, &owner, before.as_ref(), update.tariff_plan.as_ref())?;
    if update.balance < Money::ZERO {
        return Err(Error::field("balance", format!("{} is negative; use 0 or more", update.balance)));
    }
    let plan = plan(op, &owner, update.tariff_plan.as_ref()).await?;
    let edit = ClientDefaultsEdit {
        balance: update.balance,
        plan_id: plan.map(|plan| plan.id),
        internet_mbps: update.internet_mbps.map(i64::from),
        lan_mbps: i64::from(update.lan_mbps),
        payment_methods: convert::json(&update.payment_methods)?,
        payment_model: match update.payment_model {
            PaymentModel::Prepay => Model::Prepay,
            PaymentModel::Postpay => Model::Postpay,
        },
    };
    let row = if before.is_some() {
        queries::client_defaults::update(op.tx()?, owner.id, &edit).await?
    } else {
        let (now, first) = (op.now, op.first_version(KIND, owner.public_id.0).await?);
        queries::client_defaults::insert(op.tx()?, owner.id, first, &edit, now).await?
    };
    let after = view(op, &row, &owner).await?;
    audit(op, &owner, before.as_ref(), Some(&after)).await?;
    Ok(after)
}

/// Changes some of a partner's client defaults.
///
/// # Errors
/// When none are set; else as [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<ClientDefaultsUpdate>,
) -> Result<ClientDefaultsView, Error> {
    let owner = op.partner(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let owner = queries::partner::lock_settings(op.tx()?, owner.id).await?;
    let view = current(op, &owner).await?.ok_or(Error::NotFound)?;
    let current = ClientDefaultsUpdate {
        balance: view.balance,
        tariff_plan: view.tariff_plan.map(|plan| Code::trusted(plan.code)),
        internet_mbps: view.internet_mbps,
        lan_mbps: view.lan_mbps,
        payment_methods: view.payment_methods,
        payment_model: view.payment_model,
    };
    replace(op, id, parent, patched(&current, patch)?).await
}

/// Clears a partner's client defaults.
///
/// # Errors
/// When they moved on, or their plan is not the caller's to choose.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let owner = op.partner(id).await?;
    let owner = queries::partner::lock_settings(op.tx()?, owner.id).await?;
    let Some(before) = current(op, &owner).await? else { return Ok(()) };
    op.check_version(KIND, owner.public_id.0, before.version).await?;
    may_choose(op, &owner, Some(&before), None)?;
    queries::client_defaults::delete(op.tx()?, owner.id).await?;
    op.cleared(KIND, owner.public_id.0).await?;
    audit(op, &owner, Some(&before), None).await
}

/// The partner's plan of this code, kept from being deleted until the defaults have it.
async fn plan(op: &mut Operation, owner: &Partner, code: Option<&Code>) -> Result<Option<TariffPlan>, Error> {
    let Some(code) = code else { return Ok(None) };
    let plan = tariff_plan::of_partner(op, owner, code).await?;
    plan.map(Some).ok_or_else(|| tariff_plan::missing(owner, code))
}

/// A reseller's clients are given plans by the platform (INT-03).
fn may_choose(
    op: &Operation,
    owner: &Partner,
    before: Option<&ClientDefaultsView>,
    wanted: Option<&Code>,
) -> Result<(), Error> {
    let has = before.and_then(|before| before.tariff_plan.as_ref()).map(|plan| plan.code.as_str());
    if owner.model == PartnerModel::Reseller && has != wanted.map(Code::as_str) {
        op.request.actor.require_platform_admin("choose the tariff plan of a reseller's clients")?;
    }
    Ok(())
}

async fn current(op: &mut Operation, owner: &Partner) -> Result<Option<ClientDefaultsView>, Error> {
    match queries::client_defaults::find(op.conn(), owner.id).await? {
        Some(row) => view(op, &row, owner).await.map(Some),
        None => Ok(None),
    }
}

async fn view(
    op: &mut Operation,
    row: &ClientDefaults,
    owner: &Partner,
) -> Result<ClientDefaultsView, Error> {
    let plan = match row.plan_id {
        Some(id) => Some(queries::tariff_plan::get(op.conn(), owner.id, id).await?),
        None => None,
    };
    Ok(ClientDefaultsView {
        id: owner.public_id,
        ctime: WireTime(row.created_at),
        version: row.version,
        partner: partner::reference(owner),
        balance: row.balance,
        tariff_plan: plan.map(|plan| Ref {
            id: plan.public_id.0,
            code: plan.code.to_string(),
            name: plan.name,
        }),
        internet_mbps: row.internet_mbps.map(convert::unsigned).transpose()?,
        lan_mbps: convert::unsigned(row.lan_mbps)?,
        payment_methods: row.payment_methods.read().map_err(convert::stored)?,
        payment_model: match row.payment_model {
            Model::Prepay => PaymentModel::Prepay,
            Model::Postpay => PaymentModel::Postpay,
        },
    })
}

async fn audit(
    op: &mut Operation,
    owner: &Partner,
    before: Option<&ClientDefaultsView>,
    after: Option<&ClientDefaultsView>,
) -> Result<(), Error> {
    let (name, id) = (owner.code.as_str(), owner.public_id.0);
    op.audit(Change { partner_id: Some(owner.id), kind: KIND, id, name, before, after }).await
}
