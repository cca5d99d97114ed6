//! The limits that a partner's clients begin with that register themselves (5.2).
//!
//! They are copied to a client when it registers (5-06): to change or clear them reaches no client that is there.

use super::{Error, Operation, audit::Change, limits, partner, patch::patched, singleton};
use schemas::{
    endpoint::{InParent, ListQuery, Page, Patch},
    resource::default_limits::{DefaultLimitsUpdate, DefaultLimitsView},
    time::WireTime,
};
use store::{
    ListQuery as StoreList,
    model::{
        default_limits::{DefaultLimits, DefaultLimitsFilter, DefaultLimitsSort},
        partner::Partner,
    },
    queries,
};

const KIND: &str = "default_limits";

/// Lists the default limits that are set, of the partners that the caller sees.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: ListQuery) -> Result<Page<DefaultLimitsView>, Error> {
    let (page, descending) = singleton::page(&query)?;
    let visible = op.visible();
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let filter = DefaultLimitsFilter { partner_id };
    let wanted =
        StoreList { sort: DefaultLimitsSort::CreatedAt, descending, search: None, filter, page: page.0 };
    let listed = queries::default_limits::list(op.conn(), &visible, &wanted).await?;
    let owners = partner::by_id(op, listed.rows.iter().map(|row| row.partner_id)).await?;
    let views = listed.rows.iter().map(|row| view(row, partner::one_of(&owners, row.partner_id)?));
    let views = views.collect::<Result<_, Error>>()?;
    super::list::paged(&listed, views, page, |row| row.id)
}

/// Reads a partner's default limits.
///
/// # Errors
/// When the partner does not exist for the caller, or has none.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<DefaultLimitsView, Error> {
    let owner = op.partner(id).await?;
    let row = queries::default_limits::find(op.conn(), owner.id).await?;
    view(&row.ok_or(Error::NotFound)?, &owner)
}

/// Sets a partner's default limits as a whole.
///
/// # Errors
/// When they moved on, or were to be unset, or a hypervisor is not the partner's.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    update: DefaultLimitsUpdate,
) -> Result<DefaultLimitsView, Error> {
    let owner = op.partner(id).await?;
    let owner = queries::partner::lock_settings(op.tx()?, owner.id).await?;
    let before = current(op, &owner).await?;
    let version = before.as_ref().map(|before| before.version);
    op.setting(KIND, owner.public_id.0, owner.code.as_str(), version).await?;
    limits::check(op, &owner, &update.limits).await?;
    let limits = super::convert::json(&update.limits)?;
    let row = if before.is_some() {
        queries::default_limits::update(op.tx()?, owner.id, &limits).await?
    } else {
        let (now, first) = (op.now, op.first_version(KIND, owner.public_id.0).await?);
        queries::default_limits::insert(op.tx()?, owner.id, first, &limits, now).await?
    };
    let after = view(&row, &owner)?;
    audit(op, &owner, before.as_ref(), Some(&after)).await?;
    Ok(after)
}

/// Changes a partner's default limits kind by kind; a null removes a limit (5.2-05 to 5.2-08).
///
/// # Errors
/// When none are set; else as [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<DefaultLimitsUpdate>,
) -> Result<DefaultLimitsView, Error> {
    let owner = op.partner(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let owner = queries::partner::lock_settings(op.tx()?, owner.id).await?;
    let view = current(op, &owner).await?.ok_or(Error::NotFound)?;
    let update = patched(&DefaultLimitsUpdate { limits: view.limits }, patch)?;
    replace(op, id, parent, update).await
}

/// Clears a partner's default limits.
///
/// # Errors
/// When they moved on.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let owner = op.partner(id).await?;
    let owner = queries::partner::lock_settings(op.tx()?, owner.id).await?;
    let Some(before) = current(op, &owner).await? else { return Ok(()) };
    op.check_version(KIND, owner.public_id.0, before.version).await?;
    queries::default_limits::delete(op.tx()?, owner.id).await?;
    op.cleared(KIND, owner.public_id.0).await?;
    audit(op, &owner, Some(&before), None).await
}

async fn current(op: &mut Operation, owner: &Partner) -> Result<Option<DefaultLimitsView>, Error> {
    let row = queries::default_limits::find(op.conn(), owner.id).await?;
    row.map(|row| view(&row, owner)).transpose()
}

fn view(row: &DefaultLimits, owner: &Partner) -> Result<DefaultLimitsView, Error> {
    Ok(DefaultLimitsView {
        id: owner.public_id,
        ctime: WireTime(row.created_at),
        version: row.version,
        partner: partner::reference(owner),
        limits: limits::stored(Some(&row.limits))?,
    })
}

async fn audit(
    op: &mut Operation,
    owner: &Partner,
    before: Option<&DefaultLimitsView>,
    after: Option<&DefaultLimitsView>,
) -> Result<(), Error> {
    let (name, id) = (owner.code.as_str(), owner.public_id.0);
    op.audit(Change { partner_id: Some(owner.id), kind: KIND, id, name, before, after }).await
}
