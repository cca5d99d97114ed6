//! Tariff plans and their versions (3.1, 6.1).

use super::{Created, Error, Operation, audit::Change, convert, list, partner, patch::patched};
use schemas::{
    code::Code,
    endpoint::{InParent, ListQuery, Page, Patch},
    error::Alias,
    id::TariffPlanId,
    resource::tariff_plan::{PlanItems, TariffPlanSpec, TariffPlanUpdate, TariffPlanView},
    service::Service,
    time::WireTime,
};
use std::collections::BTreeSet;
use store::{
    ListQuery as StoreList, StoreError, Visible,
    model::{
        partner::{Partner, PartnerModel},
        tariff_plan::{
            NewTariffPlan, TariffPlan, TariffPlanEdit, TariffPlanFilter, TariffPlanSort, TariffPlanVersion,
        },
    },
    queries,
};

const KIND: &str = "tariff_plan";

/// Lists the plans that the caller sees.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: ListQuery) -> Result<Page<TariffPlanView>, Error> {
    let page = list::page(query.page, query.limit, query.cursor.as_deref())?;
    let visible = op.request.actor.visible();
    let fields = [
        ("name", TariffPlanSort::Name),
        ("code", TariffPlanSort::Code),
        ("ctime", TariffPlanSort::CreatedAt),
    ];
    let (sort, descending) = list::order(&query, &fields, TariffPlanSort::Name)?;
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let filter = TariffPlanFilter { partner_id };
    let wanted = StoreList { sort, descending, search: list::search(&query), filter, page: page.0 };
    let listed = match &query.code {
        Some(code) => {
            let rows = queries::tariff_plan::find_by_code(op.conn(), &visible, code).await?;
            list::of_code(rows.into_iter().filter(|row| partner_id.is_none_or(|id| id == row.partner_id)))
        }
        None => queries::tariff_plan::list(op.conn(), &visible, &wanted).await?,
    };
    let mut views = Vec::with_capacity(listed.rows.len());
    for row in &listed.rows {
        views.push(view(op, row).await?);
    }
    list::paged(&listed, views, page, |row| row.id)
}

/// Creates a plan with its first version (3.1-01, 3.1-02).
///
/// # Errors
/// When the code is taken, the partner does not exist or may not sell a service, or a reseller's administrator asks
/// (INT-03).
pub async fn create(op: &mut Operation, spec: TariffPlanSpec) -> Result<TariffPlanView, Error> {
    let owner = owner(op, &spec.partner).await?;
    may_edit(op, &owner)?;
    check(&owner, &spec.settings)?;
    let new = NewTariffPlan {
        partner_id: owner.id,
        public_id: TariffPlanId::random(),
        code: spec.code.clone(),
        name: spec.settings.name.clone(),
        created_at: op.now,
    };
    let row =
        queries::tariff_plan::insert(op.tx()?, &new).await.map_err(|error| code_taken(error, &spec.code))?;
    write_version(op, &row, 1, &spec.settings.services).await?;
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, None, Some(&view)).await?;
    Ok(view)
}

/// Reads one plan.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, parent: &InParent) -> Result<TariffPlanView, Error> {
    let row = op.tariff_plan(id, parent).await?;
    view(op, &row).await
}

/// Replaces what may change in a plan; changed prices make a new version, in force from now on (V1).
///
/// # Errors
/// When it moved on, the partner may not sell a service, or a reseller's administrator asks.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    update: TariffPlanUpdate,
) -> Result<TariffPlanView, Error> {
    let row = op.tariff_plan(id, parent).await?;
    let row = queries::tariff_plan::lock(op.tx()?, row.partner_id, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let owner = queries::partner::get(op.conn(), row.partner_id).await?;
    may_edit(op, &owner)?;
    check(&owner, &update)?;
    let before = view(op, &row).await?;
    if before.services != update.services {
        let latest = queries::tariff_plan::latest_version(op.conn(), row.partner_id, row.id).await?;
        let number = latest.map_or(1, |latest| latest.version + 1);
        write_version(op, &row, number, &update.services).await?;
    }
    let edit = TariffPlanEdit { code: row.code.clone(), name: update.name };
    let row = queries::tariff_plan::update(op.tx()?, row.partner_id, row.id, None, &edit).await?;
    let after = view(op, &row).await?;
    audit(op, &row, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Changes some fields of a plan; `services` is merged row by row.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<TariffPlanUpdate>,
) -> Result<TariffPlanView, Error> {
    let row = op.tariff_plan(id, parent).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::tariff_plan::lock(op.tx()?, row.partner_id, row.id).await?;
    let view = view(op, &row).await?;
    let current = TariffPlanUpdate { name: view.name, services: view.services };
    replace(op, id, parent, patched(&current, patch)?).await
}

/// Deletes a plan that no client uses or is to use (6.1.4-02). Its versions stay: what they charged is explained by them.
///
/// # Errors
/// When it moved on, or is in use.
pub async fn delete(op: &mut Operation, id: &str, parent: &InParent) -> Result<(), Error> {
    let row = op.tariff_plan(id, parent).await?;
    let row = queries::tariff_plan::lock(op.tx()?, row.partner_id, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let owner = queries::partner::get(op.conn(), row.partner_id).await?;
    may_edit(op, &owner)?;
    let before = view(op, &row).await?;
    check_unused(op, &owner, &row, before.contracts).await?;
    queries::tariff_plan::delete(op.tx()?, row.partner_id, row.id, None).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, Some(&before), None).await
}

/// Refuses to delete a plan that clients are on, or that new ones would be on. As long as a partner has no client, its
/// default plan may go: so everything of a partner can be taken down without changing the partner first.
async fn check_unused(
    op: &mut Operation,
    owner: &Partner,
    row: &TariffPlan,
    contracts: i64,
) -> Result<(), Error> {
    let mut uses = Vec::new();
    if contracts > 0 {
        uses.push(format!("is assigned to {contracts} client(s); move them to another plan first"));
    }
    let defaults = queries::client_defaults::find(op.conn(), row.partner_id).await?;
    if defaults.is_some_and(|defaults| defaults.plan_id == Some(row.id)) {
        uses.push(format!(
            "is the plan of clients that register themselves; change the client_defaults of the partner \"{}\" first",
            owner.code
        ));
    }
    let clients = queries::client::count_of_partner(op.conn(), row.partner_id).await?;
    if owner.default_plan.as_ref() == Some(&row.code) && clients > 0 {
        let text =
            "is the default plan of the partner \"{}\", which has clients; change its default_plan first";
        uses.push(text.replace("{}", owner.code.as_str()));
    }
    if uses.is_empty() {
        return Ok(());
    }
    let sentences = uses.iter().map(|used| format!("The tariff plan \"{}\" {used}.", row.code));
    Err(Error::conflict(Alias::PlanInUse, sentences.collect::<Vec<_>>().join(" ")))
}

/// The partner's plan of this code, kept from being deleted until it is referred to.
pub(crate) async fn of_partner(
    op: &mut Operation,
    owner: &Partner,
    code: &Code,
) -> Result<Option<TariffPlan>, Error> {
    let own = Visible::Partners(vec![owner.id]);
    let Some(plan) = queries::tariff_plan::find_by_code(op.conn(), &own, code.as_str()).await?.pop() else {
        return Ok(None);
    };
    match queries::tariff_plan::lock(op.tx()?, plan.partner_id, plan.id).await {
        Err(StoreError::NotFound) => Ok(None),
        locked => Ok(Some(locked?)),
    }
}

/// The partner has no plan of this code.
pub(crate) fn missing(owner: &Partner, code: &Code) -> Error {
    let text = format!("the partner \"{}\" has no tariff plan \"{code}\"", owner.code);
    Error::field("tariff_plan", text)
}

/// The partner that a specification names.
pub(crate) async fn owner(op: &mut Operation, code: &Code) -> Result<Partner, Error> {
    op.partner_named(Some(code.as_str())).await?.ok_or(Error::NotFound)
}

/// A reseller's plans are made by the platform (INT-03).
fn may_edit(op: &Operation, owner: &Partner) -> Result<(), Error> {
    if owner.model == PartnerModel::Reseller {
        op.request.actor.require_platform_admin("change the tariff plans of a reseller")?;
    }
    Ok(())
}

/// A plan prices only what its partner may sell (INT-06).
fn check(owner: &Partner, update: &TariffPlanUpdate) -> Result<(), Error> {
    let Some(allowed) = &owner.services else { return Ok(()) };
    let allowed: BTreeSet<Service> = allowed.read().map_err(convert::stored)?;
    let refused = update.services.keys().filter(|service| !allowed.contains(service));
    let message = |service: &Service| {
        let text = format!("the partner \"{}\" does not offer the service \"{service}\"", owner.code);
        (format!("services.{service}"), vec![text])
    };
    let errors: super::FieldErrors = refused.map(message).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Fields(errors)) }
}

async fn write_version(
    op: &mut Operation,
    row: &TariffPlan,
    number: i64,
    items: &PlanItems,
) -> Result<(), Error> {
    let version = TariffPlanVersion {
        partner_id: row.partner_id,
        plan_id: row.id,
        version: number,
        effective_at: op.now,
        recorded_at: op.now,
        items: convert::json(items)?,
    };
    queries::tariff_plan::insert_version(op.tx()?, &version).await?;
    Ok(())
}

async fn audit(
    op: &mut Operation,
    row: &TariffPlan,
    before: Option<&TariffPlanView>,
    after: Option<&TariffPlanView>,
) -> Result<(), Error> {
    let name = row.code.as_str();
    let partner_id = Some(row.partner_id);
    op.audit(Change { partner_id, kind: KIND, id: row.public_id.0, name, before, after }).await
}

fn code_taken(error: StoreError, code: &Code) -> Error {
    match error {
        StoreError::Unique { .. } => {
            let text = format!("the partner has a tariff plan with the code \"{code}\" already");
            Error::conflict_at(Alias::CodeTaken, "code", text)
        }
        error => error.into(),
    }
}

async fn view(op: &mut Operation, row: &TariffPlan) -> Result<TariffPlanView, Error> {
    let owner = queries::partner::get(op.conn(), row.partner_id).await?;
    let latest = queries::tariff_plan::latest_version(op.conn(), row.partner_id, row.id).await?;
    let services: PlanItems =
        latest.map(|version| version.items.read()).transpose().map_err(convert::stored)?.unwrap_or_default();
    Ok(TariffPlanView {
        id: row.public_id,
        ctime: WireTime(row.created_at),
        version: row.version,
        code: row.code.to_string(),
        partner: partner::reference(&owner),
        name: row.name.clone(),
        services,
        contracts: queries::tariff_plan::contracts(op.conn(), row.partner_id, row.id).await?,
    })
}
