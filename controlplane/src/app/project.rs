//! Projects: what a client's machines belong to (3.2-14).

use super::{Created, Error, Operation, audit::Change, billing, list, machine, partner, patch::patched};
use schemas::{
    code::Code,
    endpoint::{InParent, Page, Patch, project::ProjectQuery},
    error::Alias,
    id::ProjectId,
    money::Money,
    resource::project::{ProjectClient, ProjectContract, ProjectSpec, ProjectUpdate, ProjectView},
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    StoreError,
    model::{
        client::Client,
        contract::Contract,
        partner::Partner,
        project::{NewProject, Project, ProjectEdit, ProjectFilter, ProjectSort},
    },
    queries,
};

/// The noun.
pub(crate) const KIND: &str = "project";

/// Lists the projects that the caller sees.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: ProjectQuery) -> Result<Page<ProjectView>, Error> {
    let fields = [
        ("name", ProjectSort::Name),
        ("code", ProjectSort::Code),
        ("ctime", ProjectSort::CreatedAt),
        ("client", ProjectSort::Client),
        ("partner", ProjectSort::Partner),
    ];
    let (partner_id, client_id) = op.parents_named(query.partner.as_deref(), query.client.as_deref()).await?;
    let filter = ProjectFilter { partner_id, client_id, code: query.code.clone() };
    let part = query.part().or_search(query.name.as_deref());
    let wanted = list::wanted(part, &fields, (ProjectSort::Name, false), filter)?;
    let visible = op.visible();
    let listed = queries::project::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Creates a project of a client.
///
/// # Errors
/// When the client is not there, or has a project with the code.
pub async fn create(op: &mut Operation, spec: ProjectSpec) -> Result<ProjectView, Error> {
    let client = op.client_of_spec(&spec.client, spec.partner.as_ref()).await?;
    let new = NewProject {
        partner_id: client.partner_id,
        public_id: ProjectId::random(),
        client_id: client.id,
        code: spec.code.clone(),
        name: spec.settings.name,
        created_at: op.now,
    };
    let row =
        queries::project::insert(op.tx()?, &new).await.map_err(|error| code_taken(error, &spec.code))?;
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, None, Some(&view)).await?;
    Ok(view)
}

/// Reads one project.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, parent: &InParent) -> Result<ProjectView, Error> {
    let row = op.project(id, parent).await?;
    view(op, &row).await
}

/// Replaces what may change in a project.
///
/// # Errors
/// When it moved on, or is the one that came with its client.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    update: ProjectUpdate,
) -> Result<ProjectView, Error> {
    let row = op.project(id, parent).await?;
    let row = queries::project::lock(op.tx()?, row.partner_id, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    by_hand(&row, "changed")?;
    let before = view(op, &row).await?;
    let edit = ProjectEdit { name: update.name };
    let row = queries::project::update(op.tx()?, row.partner_id, row.id, None, &edit).await?;
    let after = view(op, &row).await?;
    audit(op, &row, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Changes some fields of a project.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<ProjectUpdate>,
) -> Result<ProjectView, Error> {
    let row = op.project(id, parent).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::project::lock(op.tx()?, row.partner_id, row.id).await?;
    let current = ProjectUpdate { name: row.name };
    replace(op, id, parent, patched(&current, patch)?).await
}

/// Deletes a project that has no machines.
///
/// # Errors
/// When it moved on, has machines or other things that are billed, or is the one that came with its client.
pub async fn delete(op: &mut Operation, id: &str, parent: &InParent) -> Result<(), Error> {
    let row = op.project(id, parent).await?;
    let row = queries::project::lock(op.tx()?, row.partner_id, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    by_hand(&row, "deleted")?;
    let live = queries::resource::count_live_of_project(op.conn(), row.partner_id, row.id).await?;
    if live > 0 {
        let text = format!(
            "The project \"{}\" still has {live} machine(s) or other things that are billed.",
            row.code
        );
        return Err(Error::conflict(Alias::HasDependents, text));
    }
    machine::none_assigned(op, row.partner_id, &[row.id]).await?;
    let before = view(op, &row).await?;
    queries::resource::forget_project(op.tx()?, row.partner_id, row.id).await?;
    queries::project::delete(op.tx()?, row.partner_id, row.id, None).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, Some(&before), None).await
}

/// The project that came with its client is the client's (3.2-14).
fn by_hand(row: &Project, what: &str) -> Result<(), Error> {
    if row.code != Code::default_code() {
        return Ok(());
    }
    let text = format!(
        "The project \"{}\" came with its client and goes with it; it cannot be {what} by itself.",
        row.code
    );
    Err(Error::conflict(Alias::ManagedElsewhere, text))
}

async fn audit(
    op: &mut Operation,
    row: &Project,
    before: Option<&ProjectView>,
    after: Option<&ProjectView>,
) -> Result<(), Error> {
    let name = row.code.as_str();
    let partner_id = Some(row.partner_id);
    op.audit(Change { partner_id, kind: KIND, id: row.public_id.0, name, before, after }).await
}

fn code_taken(error: StoreError, code: &Code) -> Error {
    match error {
        StoreError::Unique { .. } => {
            let text = format!("the client has a project with the code \"{code}\" already");
            Error::conflict_at(Alias::CodeTaken, "code", text)
        }
        error => error.into(),
    }
}

async fn view(op: &mut Operation, row: &Project) -> Result<ProjectView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("project", "no view"))
}

/// Many projects, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Project]) -> Result<Vec<ProjectView>, Error> {
    let around = Around::load(op, rows).await?;
    rows.iter().map(|row| around.view(row)).collect()
}

/// Everything around some projects that their views show, by internal id; contracts and balances by client.
struct Around {
    partners: BTreeMap<i64, Partner>,
    clients: BTreeMap<i64, Client>,
    contracts: BTreeMap<i64, Contract>,
    balances: BTreeMap<i64, Money>,
}

impl Around {
    async fn load(op: &mut Operation, rows: &[Project]) -> Result<Self, Error> {
        let partner_ids = list::distinct(rows.iter().map(|row| row.partner_id));
        let client_ids = list::distinct(rows.iter().map(|row| row.client_id));
        let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
        let clients = queries::client::get_many(op.conn(), &partner_ids, &client_ids).await?;
        let contracts = queries::contract::of_clients(op.conn(), &partner_ids, &client_ids).await?;
        let now = op.now;
        let balances = billing::balances(op.conn(), &contracts, now).await?;
        Ok(Self {
            partners: partners.into_iter().map(|row| (row.id, row)).collect(),
            clients: clients.into_iter().map(|row| (row.id, row)).collect(),
            contracts: contracts.into_iter().filter_map(|row| Some((row.client_id?, row))).collect(),
            balances,
        })
    }

    fn view(&self, row: &Project) -> Result<ProjectView, Error> {
        let missing = |what: &str| Error::internal("project", format!("{} has no {what}", row.public_id));
        let owner = self.partners.get(&row.partner_id).ok_or_else(|| missing("partner"))?;
        let client = self.clients.get(&row.client_id).ok_or_else(|| missing("client"))?;
        let contract = self.contracts.get(&row.client_id).ok_or_else(|| missing("contract"))?;
        Ok(ProjectView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            code: row.code.to_string(),
            name: row.name.clone(),
            owner_tag: format!("{}/{}/{}", owner.code, client.code, row.code),
            partner: partner::reference(owner),
            client: ProjectClient {
                id: client.public_id,
                code: client.code.to_string(),
                name: client.name.clone(),
                contract: ProjectContract {
                    id: contract.public_id,
                    name: contract.name.clone(),
                    balance: self.balances.get(&contract.id).copied().unwrap_or(Money::ZERO),
                },
            },
        })
    }
}
