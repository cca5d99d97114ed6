//! Tariff plans and their versions (3.1, 6.1).

use super::{Created, Error, Operation, Signal, audit::Change, convert, list, partner, patch::patched};
use schemas::{
    code::Code,
    endpoint::{InParent, Page, PageInPartner, Patch, tariff_plan::TariffPlanQuery},
    error::Alias,
    id::TariffPlanId,
    resource::tariff_plan::{
        PlanItems, TariffPlanClone, TariffPlanSpec, TariffPlanUpdate, TariffPlanVersionView, TariffPlanView,
    },
    service::Service,
    time::WireTime,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    StoreError,
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
pub async fn list(op: &mut Operation, query: TariffPlanQuery) -> Result<Page<TariffPlanView>, Error> {
    let fields = [
        ("name", TariffPlanSort::Name),
        ("code", TariffPlanSort::Code),
        ("ctime", TariffPlanSort::CreatedAt),
        ("partner", TariffPlanSort::Partner),
    ];
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let filter = TariffPlanFilter { partner_id, code: query.code.clone() };
    let part = query.part().or_search(query.name.as_deref());
    let wanted = list::wanted(part, &fields, (TariffPlanSort::Name, false), filter)?;
    let visible = op.visible();
    let listed = queries::tariff_plan::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
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
    insert(op, owner.id, spec).await
}

async fn insert(op: &mut Operation, partner_id: i64, spec: TariffPlanSpec) -> Result<TariffPlanView, Error> {
    let new = NewTariffPlan {
        partner_id,
        public_id: TariffPlanId::random(),
        code: spec.code.clone(),
        name: spec.settings.name,
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

/// Makes a plan with the prices that another one of its partner has now, which stays as it is (6.1.2-01).
///
/// # Errors
/// When the code is taken, the partner may no longer sell a service, or a reseller's administrator asks (INT-03).
pub async fn clone(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    copy: TariffPlanClone,
) -> Result<TariffPlanView, Error> {
    let row = op.tariff_plan(id, parent).await?;
    // Locked: the copy is of one version, and the source is not deleted meanwhile.
    let row = queries::tariff_plan::lock(op.tx()?, row.partner_id, row.id).await?;
    let owner = queries::partner::get(op.conn(), row.partner_id).await?;
    may_edit(op, &owner)?;
    let source = view(op, &row).await?;
    let settings = TariffPlanUpdate { name: copy.name, services: source.services };
    check(&owner, &settings)?;
    let partner = Code::trusted(source.partner.code);
    insert(op, owner.id, TariffPlanSpec { code: copy.code, partner, settings }).await
}

/// Lists the versions of a plan, the first one first.
///
/// # Errors
/// When the plan does not exist for the caller, or the query asks for what lists do not have.
pub async fn list_versions(
    op: &mut Operation,
    id: &str,
    query: PageInPartner,
) -> Result<Page<TariffPlanVersionView>, Error> {
    let page = list::page(query.page, query.limit, query.cursor.as_deref())?;
    let parent = InParent { partner: query.partner, client: None };
    let row = op.tariff_plan(id, &parent).await?;
    let listed = queries::tariff_plan::version_page(op.conn(), row.partner_id, row.id, page.0).await?;
    let view = |row: &TariffPlanVersion| {
        Ok(TariffPlanVersionView {
            version: row.version,
            effective_at: row.effective_at,
            recorded_at: row.recorded_at,
            services: row.items.read().map_err(convert::stored)?,
        })
    };
    let views = listed.rows.iter().map(view).collect::<Result<_, Error>>()?;
    list::paged(&listed, views, page, |row| row.version)
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
        let latest =
            queries::tariff_plan::latest_versions(op.conn(), &[row.partner_id], &[row.id]).await?.pop();
        let number = latest.map_or(1, |latest| latest.version + 1);
        write_version(op, &row, number, &update.services).await?;
        let now = op.now;
        queries::contract::mark_all_due(op.tx()?, row.partner_id, Some(row.id), now).await?;
        op.signal(Signal::BalancesMoved);
    }
    let edit = TariffPlanEdit { name: update.name };
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
        uses.push(format!(
            "is the default plan of the partner \"{}\", which has {clients} client(s); change its default_plan first",
            owner.code
        ));
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
    match queries::tariff_plan::lock_by_code(op.tx()?, owner.id, code).await {
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
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("tariff plan", "no view"))
}

/// Many plans, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[TariffPlan]) -> Result<Vec<TariffPlanView>, Error> {
    let partner_ids = list::distinct(rows.iter().map(|row| row.partner_id));
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
    let partners: BTreeMap<i64, &Partner> = partners.iter().map(|row| (row.id, row)).collect();
    let versions = queries::tariff_plan::latest_versions(op.conn(), &partner_ids, &ids).await?;
    let versions: BTreeMap<i64, &TariffPlanVersion> = versions.iter().map(|row| (row.plan_id, row)).collect();
    let visible = op.visible();
    let contracts = queries::tariff_plan::contracts(op.conn(), &visible, &partner_ids, &ids).await?;
    let contracts: BTreeMap<i64, i64> = contracts.into_iter().collect();
    let view = |row: &TariffPlan| {
        let owner = partners.get(&row.partner_id);
        let items = versions.get(&row.id).map(|version| version.items.read());
        Ok(TariffPlanView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            code: row.code.to_string(),
            partner: partner::reference(
                owner.ok_or_else(|| Error::internal("tariff plan", "it has no partner"))?,
            ),
            name: row.name.clone(),
            services: items.transpose().map_err(convert::stored)?.unwrap_or_default(),
            contracts: contracts.get(&row.id).copied().unwrap_or(0),
        })
    };
    rows.iter().map(view).collect()
}
