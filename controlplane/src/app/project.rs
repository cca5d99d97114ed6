//! Projects: what a client's machines belong to (3.2-14).

use super::{Error, Operation, list, partner};
use schemas::{
    endpoint::{InParent, ListQuery, Page},
    money::Money,
    resource::project::{ProjectClient, ProjectContract, ProjectView},
    time::WireTime,
};
use store::{
    ListQuery as StoreList,
    model::project::{Project, ProjectFilter, ProjectSort},
    queries,
};

/// Lists the projects that the caller sees.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: ListQuery) -> Result<Page<ProjectView>, Error> {
    let page = list::page(query.page, query.limit, query.cursor.as_deref())?;
    let visible = op.request.actor.visible();
    let fields =
        [("name", ProjectSort::Name), ("code", ProjectSort::Code), ("ctime", ProjectSort::CreatedAt)];
    let (sort, descending) = list::order(&query, &fields, ProjectSort::Name)?;
    let parent = InParent { partner: query.partner.clone(), client: None };
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let client_id = match &query.client {
        Some(client) => Some(op.client(client, &parent).await?.id),
        None => None,
    };
    let filter = ProjectFilter { partner_id, client_id };
    let wanted = StoreList { sort, descending, search: list::search(&query), filter, page: page.0 };
    let listed = queries::project::list(op.conn(), &visible, &wanted).await?;
    let mut views = Vec::with_capacity(listed.rows.len());
    for row in &listed.rows {
        views.push(view(op, row).await?);
    }
    list::paged(&listed, views, page, |row| row.id)
}

/// Reads one project.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, parent: &InParent) -> Result<ProjectView, Error> {
    let row = op.project(id, parent).await?;
    view(op, &row).await
}

async fn view(op: &mut Operation, row: &Project) -> Result<ProjectView, Error> {
    let owner = queries::partner::get(op.conn(), row.partner_id).await?;
    let client = queries::client::get(op.conn(), row.partner_id, row.client_id).await?;
    let contracts = queries::contract::of_clients(op.conn(), row.partner_id, &[row.client_id]).await?;
    let contract =
        contracts.first().ok_or_else(|| Error::internal("project", "its client has no contract"))?;
    let balances =
        queries::ledger::balances(op.conn(), row.partner_id, &[contract.id], super::billing::CLIENT_ACCOUNT)
            .await?;
    Ok(ProjectView {
        id: row.public_id,
        ctime: WireTime(row.created_at),
        version: row.version,
        code: row.code.to_string(),
        name: row.name.clone(),
        owner_tag: format!("{}/{}/{}", owner.code, client.code, row.code),
        partner: partner::reference(&owner),
        client: ProjectClient {
            id: client.public_id,
            code: client.code.to_string(),
            name: client.name,
            contract: ProjectContract {
                id: contract.public_id,
                name: contract.name.clone(),
                balance: balances.first().map_or(Money::ZERO, |(_, balance)| *balance),
            },
        },
    })
}
