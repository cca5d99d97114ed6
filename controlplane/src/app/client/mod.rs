//! Clients, with the contract and the project that come with each (3.2, 7.1, 7.2, 7.10).

mod bulk;
mod view;

pub(crate) use bulk::{MAX_ERRORS, create_many, receipts_of};

use super::{
    Created, Error, Operation, Signal, access,
    audit::Change,
    billing::{self, After},
    convert, list, machine, note, partner,
    patch::patched,
    project, tariff_plan,
};
use ::billing::rate::PlanMove;
use schemas::{
    code::Code,
    endpoint::{InParent, Page, Patch, client::ClientQuery},
    error::Alias,
    id::{ClientId, ContractId, ProjectId},
    resource::{
        Ref,
        client::{ClientSpec, ClientUpdate, ClientView, PaymentModel},
    },
    time::Instant,
};
use store::{
    Json, StoreError,
    model::{
        client::{Client, ClientEdit, ClientFilter, ClientSort, NewClient, PaymentModel as Model},
        contract::{Contract, NewContract, NewFact},
        partner::{Partner, PartnerModel},
        project::NewProject,
        tariff_plan::TariffPlan,
    },
    queries,
};
use view::{view, view_of_new, views};

const KIND: &str = "client";

/// A reference to a client.
pub(crate) fn reference(row: &Client) -> Ref {
    Ref { id: row.public_id.0, code: row.code.to_string(), name: row.name.clone() }
}

/// The kind of the fact that a contract is on a plan from now on (P1).
pub(crate) const PLAN_ASSIGNED: &str = "plan_assigned";

/// Lists the clients that the caller sees (7.1-01).
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: ClientQuery) -> Result<Page<ClientView>, Error> {
    let fields = [
        ("name", ClientSort::Name),
        ("code", ClientSort::Code),
        ("ctime", ClientSort::CreatedAt),
        ("balance", ClientSort::Balance),
        ("tariff_plan", ClientSort::Plan),
        ("projects", ClientSort::Projects),
        ("partner", ClientSort::Partner),
    ];
    let (partner, plan) = (query.partner.as_deref(), query.tariff_plan.as_deref());
    let partner_id = op.partner_named(partner).await?.map(|partner| partner.id);
    let plan = op.plan_named(partner, plan).await?;
    let filter = ClientFilter { partner_id, plan, code: query.code.clone() };
    let part = query.part().or_search(query.name.as_deref());
    let wanted = list::wanted(part, &fields, (ClientSort::Name, false), filter)?;
    let visible = op.visible();
    let listed = queries::client::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Creates a client with its contract and its project, in one step (3.2-14).
///
/// # Errors
/// When the code is taken, or the partner, the plan or a hypervisor is not there for it.
pub async fn create(op: &mut Operation, spec: ClientSpec) -> Result<ClientView, Error> {
    let owner = tariff_plan::owner(op, &spec.partner).await?;
    let settings = &spec.settings;
    let plan = plan(op, &owner, settings.tariff_plan.as_ref()).await?;
    check_hypervisors(op, &owner, settings).await?;
    let new = new_client(&owner, &spec.code, settings, op.now)?;
    let row = queries::client::insert(op.tx()?, &new).await.map_err(|error| code_taken(error, &spec.code))?;
    let contract = add_contract(op, &owner, &row, &plan, settings).await?;
    let project = NewProject {
        partner_id: owner.id,
        public_id: ProjectId::random(),
        client_id: row.id,
        code: Code::default_code(),
        name: settings.name.clone(),
        created_at: op.now,
    };
    let project = queries::project::insert(op.tx()?, &project).await?;
    let view = view_of_new(op, &row, owner, plan, contract, project).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, None, Some(&view)).await?;
    Ok(view)
}

fn new_client(
    owner: &Partner,
    code: &Code,
    settings: &ClientUpdate,
    now: Instant,
) -> Result<NewClient, Error> {
    Ok(NewClient {
        partner_id: owner.id,
        public_id: ClientId::random(),
        code: code.clone(),
        name: settings.name.clone(),
        internet_mbps: settings.internet.map(i64::from),
        lan_mbps: i64::from(settings.lan),
        allowed_hypervisors: allowed(settings)?,
        payment_methods: convert::json(&settings.payment_methods)?,
        payment_model: model(settings.payment_model),
        min_balance: settings.min_balance,
        deletion_protection: settings.deletion_protection,
        created_at: now,
    })
}

/// The contract of a new client, which is known by its internal and its public id.
fn new_contract(
    owner: &Partner,
    client: (Option<i64>, ClientId),
    code: &Code,
    plan: &TariffPlan,
    settings: &ClientUpdate,
    now: Instant,
) -> NewContract {
    NewContract {
        partner_id: owner.id,
        public_id: ContractId::random(),
        client_id: client.0,
        client_public_id: client.1,
        client_code: code.clone(),
        client_name: settings.name.clone(),
        name: settings.contract_name.clone().unwrap_or_else(|| settings.name.clone()),
        time_zone: owner.time_zone.clone(),
        plan_id: plan.id,
        created_at: now,
    }
}

/// The fact that a contract is on a plan from now on (P1, V1).
fn plan_fact(plan: i64, now: Instant) -> Result<NewFact, Error> {
    Ok(NewFact {
        kind: PLAN_ASSIGNED.to_owned(),
        body: convert::json(&PlanMove { at: now, plan })?,
        effective_at: now,
        recorded_at: now,
    })
}

async fn add_contract(
    op: &mut Operation,
    owner: &Partner,
    row: &Client,
    plan: &TariffPlan,
    settings: &ClientUpdate,
) -> Result<Contract, Error> {
    let new = new_contract(owner, (Some(row.id), row.public_id), &row.code, plan, settings, op.now);
    let contract = queries::contract::insert(op.tx()?, &new).await?;
    let fact = plan_fact(plan.id, op.now)?;
    queries::contract::first_fact(op.tx()?, owner.id, contract.id, &fact).await?;
    Ok(contract)
}

/// Reads one client.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, parent: &InParent) -> Result<ClientView, Error> {
    let row = op.client(id, parent).await?;
    view(op, &row).await
}

/// Replaces what may change in a client (7.2-03 to 7.2-11).
///
/// # Errors
/// When it moved on, or the plan or a hypervisor is not there for it.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    update: ClientUpdate,
) -> Result<ClientView, Error> {
    let row = op.client(id, parent).await?;
    let row = queries::client::lock(op.tx()?, row.partner_id, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    let owner = queries::partner::get(op.conn(), row.partner_id).await?;
    check_hypervisors(op, &owner, &update).await?;
    let plan = match &update.tariff_plan {
        Some(code) if before.contract.billing_plan.code != code.as_str() => {
            Some(plan_to_move_to(op, &owner, code).await?)
        }
        _ => None,
    };
    let moves = plan.is_some()
        || update.payment_model != before.payment_model
        || update.min_balance != before.min_balance;
    if moves {
        settle(op, &row).await?;
    }
    if let Some(plan) = plan {
        move_plan(op, &row, &plan).await?;
    }
    if let Some(name) = update.contract_name.as_ref().filter(|name| **name != before.contract.name) {
        let contract_id = contract_id(op, &row).await?;
        queries::contract::rename(op.tx()?, row.partner_id, contract_id, name).await?;
    }
    let edit = ClientEdit {
        name: update.name.clone(),
        internet_mbps: update.internet.map(i64::from),
        lan_mbps: i64::from(update.lan),
        allowed_hypervisors: allowed(&update)?,
        payment_methods: convert::json(&update.payment_methods)?,
        payment_model: model(update.payment_model),
        min_balance: update.min_balance,
        deletion_protection: update.deletion_protection,
    };
    let row = queries::client::update(op.tx()?, row.partner_id, row.id, None, &edit).await?;
    if moves {
        settle(op, &row).await?;
    }
    let after = view(op, &row).await?;
    audit(op, &row, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Brings how the client's contract stands to now: before what it depends on is changed, and after (B4, B5).
async fn settle(op: &mut Operation, row: &Client) -> Result<(), Error> {
    let (now, contract_id) = (op.now, contract_id(op, row).await?);
    let contract = queries::contract::lock(op.tx()?, row.partner_id, contract_id).await?;
    billing::settle_or_put_off(op.tx()?, &contract, now, After::Nothing).await?;
    op.signal(Signal::BalancesMoved);
    Ok(())
}

/// The internal id of a client's contract.
async fn contract_id(op: &mut Operation, row: &Client) -> Result<i64, Error> {
    let contracts = queries::contract::of_clients(op.conn(), &[row.partner_id], &[row.id]).await?;
    contracts
        .first()
        .map(|contract| contract.id)
        .ok_or_else(|| Error::internal("client", "it has no contract"))
}

/// The plan that a client is moved to, kept from being deleted: before the contract is locked.
async fn plan_to_move_to(op: &mut Operation, owner: &Partner, code: &Code) -> Result<TariffPlan, Error> {
    may_assign_plans(op, owner)?;
    let plan = tariff_plan::of_partner(op, owner, code).await?;
    plan.ok_or_else(|| tariff_plan::missing(owner, code))
}

async fn move_plan(op: &mut Operation, row: &Client, plan: &TariffPlan) -> Result<(), Error> {
    let contract_id = contract_id(op, row).await?;
    queries::contract::set_plan(op.tx()?, row.partner_id, contract_id, plan.id).await?;
    let fact = plan_fact(plan.id, op.now)?;
    queries::contract::append_fact(op.tx()?, row.partner_id, contract_id, &fact).await?;
    Ok(())
}

/// Changes some fields of a client.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<ClientUpdate>,
) -> Result<ClientView, Error> {
    let row = op.client(id, parent).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::client::lock(op.tx()?, row.partner_id, row.id).await?;
    let current = view::editable(view(op, &row).await?);
    replace(op, id, parent, patched(&current, patch)?).await
}

/// Deletes a client that has nothing on the platform any more (7.10-01). Its contract stays, closed, with its ledger.
///
/// # Errors
/// When it moved on, is protected, or still has machines or other billed things.
pub async fn delete(op: &mut Operation, id: &str, parent: &InParent) -> Result<(), Error> {
    let row = op.client(id, parent).await?;
    let row = queries::client::lock(op.tx()?, row.partner_id, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    if row.deletion_protection {
        let text =
            format!("The client \"{}\" is protected; set deletion_protection to false first.", row.code);
        return Err(Error::conflict(Alias::ObjectProtected, text));
    }
    let contract_id = contract_id(op, &row).await?;
    let live = queries::resource::count_live_of_contract(op.conn(), row.partner_id, contract_id).await?;
    if live > 0 {
        let text = format!(
            "The client \"{}\" still has {live} machine(s) or other things that are billed.",
            row.code
        );
        return Err(Error::conflict(Alias::HasDependents, text));
    }
    let projects = queries::project::of_clients(op.conn(), &[row.partner_id], &[row.id]).await?;
    let ids: Vec<i64> = projects.iter().map(|project| project.id).collect();
    machine::none_assigned(op, row.partner_id, &ids).await?;
    // What became of its balance before it goes is decided while there still is a client (B1, B3).
    settle(op, &row).await?;
    let before = view(op, &row).await?;
    for project in projects {
        queries::resource::forget_project(op.tx()?, row.partner_id, project.id).await?;
        queries::project::delete(op.tx()?, row.partner_id, project.id, None).await?;
        queries::idempotency::delete_by_object(op.tx()?, project::KIND, project.public_id.0).await?;
    }
    for note in queries::note::ids_of_client(op.conn(), row.partner_id, row.id).await? {
        queries::idempotency::delete_by_object(op.tx()?, note::KIND, note.0).await?;
    }
    let given = queries::access::over(op.conn(), row.partner_id, Some(row.id)).await?;
    access::forget(op, &given).await?;
    let now = op.now;
    queries::client::delete(op.tx()?, row.partner_id, row.id, None, now).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, Some(&before), None).await
}

async fn audit(
    op: &mut Operation,
    row: &Client,
    before: Option<&ClientView>,
    after: Option<&ClientView>,
) -> Result<(), Error> {
    let name = row.code.as_str();
    let partner_id = Some(row.partner_id);
    op.audit(Change { partner_id, kind: KIND, id: row.public_id.0, name, before, after }).await
}

/// A reseller's clients are given plans by the platform, beside its default plan (INT-03).
fn may_assign_plans(op: &Operation, owner: &Partner) -> Result<(), Error> {
    if owner.model == PartnerModel::Reseller {
        op.request.actor.require_platform_admin("assign tariff plans to the clients of a reseller")?;
    }
    Ok(())
}

/// The plan of a new client: the one that is asked for, or the partner's default plan.
async fn plan(op: &mut Operation, owner: &Partner, wanted: Option<&Code>) -> Result<TariffPlan, Error> {
    let default = owner.default_plan.as_ref();
    if let Some(code) = wanted {
        if default != Some(code) {
            may_assign_plans(op, owner)?;
        }
        return tariff_plan::of_partner(op, owner, code)
            .await?
            .ok_or_else(|| tariff_plan::missing(owner, code));
    }
    let Some(code) = default else {
        let text =
            format!("the partner \"{}\" has no default plan; name one of its tariff plans", owner.code);
        return Err(Error::field("tariff_plan", text));
    };
    tariff_plan::of_partner(op, owner, code).await?.ok_or_else(|| {
        let text = format!(
            "the default plan \"{code}\" of the partner \"{}\" does not exist yet; create it first, or name \
             another of its tariff plans",
            owner.code
        );
        Error::field("tariff_plan", text)
    })
}

/// A client may use only what its partner may.
async fn check_hypervisors(
    op: &mut Operation,
    owner: &Partner,
    settings: &ClientUpdate,
) -> Result<(), Error> {
    let Some(wanted) = &settings.allowed_hypervisors else { return Ok(()) };
    let assigned = partner::assigned(op, owner.id).await?;
    let refused = wanted.iter().filter(|code| assigned.iter().all(|row| row.code != **code));
    let messages: Vec<String> =
        refused.map(|code| format!("the partner \"{}\" has no hypervisor \"{code}\"", owner.code)).collect();
    if messages.is_empty() {
        return Ok(());
    }
    Err(Error::Fields([("allowed_hypervisors".to_owned(), messages)].into()))
}

fn allowed(settings: &ClientUpdate) -> Result<Option<Json>, Error> {
    settings.allowed_hypervisors.as_ref().map(convert::json).transpose()
}

const fn model(model: PaymentModel) -> Model {
    match model {
        PaymentModel::Prepay => Model::Prepay,
        PaymentModel::Postpay => Model::Postpay,
    }
}

fn code_taken(error: StoreError, code: &Code) -> Error {
    match error {
        StoreError::Unique { .. } => {
            let text = format!("the partner has a client with the code \"{code}\" already");
            Error::conflict_at(Alias::CodeTaken, "code", text)
        }
        error => error.into(),
    }
}
