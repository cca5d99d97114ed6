//! The limits of one client (7.3). They need not fit in those of its partner: `effective_limits` tells which holds.

use super::{Error, Operation, audit::Change, client, limits, list, partner, patch::patched, singleton};
use schemas::{
    endpoint::{InParent, ListQuery, Page, Patch},
    resource::client_limits::{ClientLimitsUpdate, ClientLimitsView},
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    ListQuery as StoreList,
    model::{
        client::Client,
        client_limits::{ClientLimits, ClientLimitsFilter, ClientLimitsSort},
        partner::Partner,
    },
    queries,
};

const KIND: &str = "client_limits";

/// Lists the limits that are set, of the clients that the caller sees.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: ListQuery) -> Result<Page<ClientLimitsView>, Error> {
    let (page, descending) = singleton::page(&query)?;
    let visible = op.visible();
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let client = match &query.client {
        Some(id) => Some(op.client(id, &InParent { partner: query.partner.clone(), client: None }).await?),
        None => None,
    };
    let filter = ClientLimitsFilter { partner_id, client_id: client.map(|client| client.id) };
    let wanted =
        StoreList { sort: ClientLimitsSort::CreatedAt, descending, search: None, filter, page: page.0 };
    let listed = queries::client_limits::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    super::list::paged(&listed, views, page, |row| row.id)
}

/// Reads a client's limits.
///
/// # Errors
/// When the client does not exist for the caller, or has none.
pub async fn read(op: &mut Operation, id: &str, parent: &InParent) -> Result<ClientLimitsView, Error> {
    let client = op.client(id, parent).await?;
    let owner = queries::partner::get(op.conn(), client.partner_id).await?;
    current(op, &owner, &client).await?.ok_or(Error::NotFound)
}

/// Sets a client's limits as a whole.
///
/// # Errors
/// When they moved on, or were to be unset, or a hypervisor is not the partner's.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    update: ClientLimitsUpdate,
) -> Result<ClientLimitsView, Error> {
    let client = op.client(id, parent).await?;
    let client = queries::client::lock(op.tx()?, client.partner_id, client.id).await?;
    let owner = queries::partner::get(op.conn(), client.partner_id).await?;
    let before = current(op, &owner, &client).await?;
    let version = before.as_ref().map(|before| before.version);
    let key = format!("{}/{}", owner.code, client.code);
    op.setting(KIND, client.public_id.0, &key, version).await?;
    limits::check(op, &owner, &update.limits).await?;
    let limits = super::convert::json(&update.limits)?;
    let row = if before.is_some() {
        queries::client_limits::update(op.tx()?, owner.id, client.id, &limits).await?
    } else {
        let (now, first) = (op.now, op.first_version(KIND, client.public_id.0).await?);
        queries::client_limits::insert(op.tx()?, (owner.id, client.id), first, &limits, now).await?
    };
    let after = view(&row, &owner, &client)?;
    audit(op, &client, before.as_ref(), Some(&after)).await?;
    Ok(after)
}

/// Changes a client's limits kind by kind; a null removes a limit.
///
/// # Errors
/// When none are set; else as [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<ClientLimitsUpdate>,
) -> Result<ClientLimitsView, Error> {
    let client = op.client(id, parent).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let client = queries::client::lock(op.tx()?, client.partner_id, client.id).await?;
    let owner = queries::partner::get(op.conn(), client.partner_id).await?;
    let view = current(op, &owner, &client).await?.ok_or(Error::NotFound)?;
    let update = patched(&ClientLimitsUpdate { limits: view.limits }, patch)?;
    replace(op, id, parent, update).await
}

/// Clears a client's limits.
///
/// # Errors
/// When they moved on.
pub async fn delete(op: &mut Operation, id: &str, parent: &InParent) -> Result<(), Error> {
    let client = op.client(id, parent).await?;
    let client = queries::client::lock(op.tx()?, client.partner_id, client.id).await?;
    let owner = queries::partner::get(op.conn(), client.partner_id).await?;
    let Some(before) = current(op, &owner, &client).await? else { return Ok(()) };
    op.check_version(KIND, client.public_id.0, before.version).await?;
    queries::client_limits::delete(op.tx()?, owner.id, client.id).await?;
    op.cleared(KIND, client.public_id.0).await?;
    audit(op, &client, Some(&before), None).await
}

async fn current(
    op: &mut Operation,
    owner: &Partner,
    client: &Client,
) -> Result<Option<ClientLimitsView>, Error> {
    let row = queries::client_limits::find(op.conn(), owner.id, client.id).await?;
    row.map(|row| view(&row, owner, client)).transpose()
}

/// Many clients' limits, in the order of the rows.
async fn views(op: &mut Operation, rows: &[ClientLimits]) -> Result<Vec<ClientLimitsView>, Error> {
    let owners = partner::by_id(op, rows.iter().map(|row| row.partner_id)).await?;
    let partner_ids: Vec<i64> = owners.keys().copied().collect();
    let client_ids = list::distinct(rows.iter().map(|row| row.client_id));
    let clients = queries::client::get_many(op.conn(), &partner_ids, &client_ids).await?;
    let clients: BTreeMap<i64, _> = clients.into_iter().map(|client| (client.id, client)).collect();
    let one = |row: &ClientLimits| {
        let client = clients.get(&row.client_id);
        let client = client.ok_or_else(|| Error::internal("client limits", "their client is gone"))?;
        view(row, partner::one_of(&owners, row.partner_id)?, client)
    };
    rows.iter().map(one).collect()
}

fn view(row: &ClientLimits, owner: &Partner, client: &Client) -> Result<ClientLimitsView, Error> {
    Ok(ClientLimitsView {
        id: client.public_id,
        ctime: WireTime(row.created_at),
        version: row.version,
        partner: partner::reference(owner),
        client: client::reference(client),
        limits: limits::stored(Some(&row.limits))?,
    })
}

async fn audit(
    op: &mut Operation,
    client: &Client,
    before: Option<&ClientLimitsView>,
    after: Option<&ClientLimitsView>,
) -> Result<(), Error> {
    let (name, id, partner_id) = (client.code.as_str(), client.public_id.0, Some(client.partner_id));
    op.audit(Change { partner_id, kind: KIND, id, name, before, after }).await
}
