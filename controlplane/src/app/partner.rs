//! Partners: resellers and white-label operators (INT-01 to INT-06, section 4).

use super::{
    Created, Error, Operation, Signal, access, audit::Change, convert, limits, list, patch::patched,
    promotion,
};
use schemas::{
    code::Code,
    endpoint::{InParent, Page, Patch, partner::PartnerQuery},
    error::Alias,
    id::PartnerId,
    resource::{
        Ref,
        partner::{DefaultPlan, PartnerModel, PartnerSpec, PartnerUpdate, PartnerView},
    },
    span::Span,
    time::WireTime,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Json, StoreError,
    model::{
        hypervisor::Hypervisor,
        partner::{NewPartner, Partner, PartnerEdit, PartnerFilter, PartnerModel as Model, PartnerSort},
        tariff_plan::TariffPlan,
    },
    queries,
};

const KIND: &str = "partner";

/// A reference to a partner.
pub(crate) fn reference(row: &Partner) -> Ref {
    Ref { id: row.public_id.0, code: row.code.to_string(), name: row.name.clone() }
}

/// Lists the partners that the caller sees.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: PartnerQuery) -> Result<Page<PartnerView>, Error> {
    let fields =
        [("name", PartnerSort::Name), ("code", PartnerSort::Code), ("ctime", PartnerSort::CreatedAt)];
    let part = query.part().or_search(query.name.as_deref());
    let filter = PartnerFilter { code: query.code.clone() };
    let wanted = list::wanted(part, &fields, (PartnerSort::Name, false), filter)?;
    let visible = op.visible();
    let listed = queries::partner::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Creates a partner.
///
/// # Errors
/// When the code is taken or a hypervisor does not exist.
pub async fn create(op: &mut Operation, spec: PartnerSpec) -> Result<PartnerView, Error> {
    let settings = &spec.settings;
    let hypervisors = hypervisors(op, &spec.code, settings).await?;
    let new = NewPartner {
        public_id: PartnerId::random(),
        code: spec.code.clone(),
        name: settings.name.clone(),
        model: model(settings.model),
        time_zone: settings.time_zone.clone(),
        default_plan: settings.default_plan.clone(),
        grace_s: i64::from(settings.grace.as_s()),
        dns_ns: convert::json(&settings.dns_ns)?,
        dns_admin_email: settings.dns_admin_email.clone(),
        services: settings.services.as_ref().map(convert::json).transpose()?,
        limits: Some(convert::json(&settings.limits)?),
        created_at: op.now,
    };
    let row =
        queries::partner::insert(op.tx()?, &new).await.map_err(|error| code_taken(error, &spec.code))?;
    queries::partner::set_hypervisors(op.tx()?, row.id, &hypervisors).await?;
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, None, Some(&view)).await?;
    Ok(view)
}

/// Reads one partner.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<PartnerView, Error> {
    let row = op.partner(id).await?;
    view(op, &row).await
}

/// Replaces what may change in a partner. Its own administrator may change the name (4-02 to 4-06).
///
/// # Errors
/// When it moved on, a hypervisor does not exist, or the caller may not change what differs.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    update: PartnerUpdate,
) -> Result<PartnerView, Error> {
    let row = op.partner(id).await?;
    let row = queries::partner::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    let only_renamed = editable(&before)? == PartnerUpdate { name: before.name.clone(), ..update.clone() };
    if !only_renamed {
        op.request.actor.require_platform_admin("change more than a partner's name")?;
    }
    let hypervisors = hypervisors(op, &row.code, &update).await?;
    let now = op.now;
    promotion::follow_zone(op.tx()?, &row, &update.time_zone, now).await?;
    let edit = PartnerEdit {
        name: update.name,
        model: model(update.model),
        time_zone: update.time_zone,
        default_plan: update.default_plan,
        grace_s: i64::from(update.grace.as_s()),
        dns_ns: convert::json(&update.dns_ns)?,
        dns_admin_email: update.dns_admin_email,
        services: update.services.as_ref().map(convert::json).transpose()?,
        limits: Some(convert::json(&update.limits)?),
    };
    queries::partner::set_hypervisors(op.tx()?, row.id, &hypervisors).await?;
    let grace_s = row.grace_s;
    let row = queries::partner::update(op.tx()?, row.id, None, &edit).await?;
    if row.grace_s != grace_s {
        let now = op.now;
        queries::contract::mark_all_due(op.tx()?, row.id, None, now).await?;
        op.signal(Signal::BalancesMoved);
    }
    let after = view(op, &row).await?;
    audit(op, &row, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Changes some fields of a partner.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<PartnerUpdate>,
) -> Result<PartnerView, Error> {
    let row = op.partner(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::partner::lock(op.tx()?, row.id).await?;
    let update = patched(&editable(&view(op, &row).await?)?, patch)?;
    replace(op, id, parent, update).await
}

/// Deletes a partner that nothing belongs to any more.
///
/// # Errors
/// When it moved on, or has plans, promotions or clients.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let row = op.partner(id).await?;
    let row = queries::partner::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    let given = queries::access::over(op.conn(), row.id, None).await?;
    access::forget(op, &given).await?;
    queries::partner::set_hypervisors(op.tx()?, row.id, &[]).await?;
    queries::partner::delete(op.tx()?, row.id, None).await.map_err(|error| match error {
        StoreError::ForeignKey { .. } => Error::conflict(
            Alias::HasDependents,
            format!(
                "The partner \"{}\" still has clients, tariff plans, promotions or domains; it cannot be deleted.",
                row.code
            ),
        ),
        error => error.into(),
    })?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, Some(&before), None).await
}

async fn audit(
    op: &mut Operation,
    row: &Partner,
    before: Option<&PartnerView>,
    after: Option<&PartnerView>,
) -> Result<(), Error> {
    let name = row.code.as_str();
    op.audit(Change { partner_id: Some(row.id), kind: KIND, id: row.public_id.0, name, before, after }).await
}

/// The ids of the hypervisors that an update names. Its limits can name no others (5.2-02).
async fn hypervisors(op: &mut Operation, owner: &Code, update: &PartnerUpdate) -> Result<Vec<i64>, Error> {
    let mut ids = Vec::new();
    let mut missing = limits::strangers(owner, &update.limits, |code| {
        update.hypervisors.iter().any(|known| known.as_str() == code)
    });
    for code in &update.hypervisors {
        match queries::hypervisor::find_by_code(op.conn(), code.as_str()).await? {
            Some(row) => ids.push(row.id),
            None => {
                missing
                    .entry("hypervisors".to_owned())
                    .or_default()
                    .push(format!("there is no hypervisor \"{code}\""));
            }
        }
    }
    if missing.is_empty() { Ok(ids) } else { Err(Error::Fields(missing)) }
}

const fn model(model: PartnerModel) -> Model {
    match model {
        PartnerModel::WhiteLabel => Model::WhiteLabel,
        PartnerModel::Reseller => Model::Reseller,
    }
}

fn code_taken(error: StoreError, code: &Code) -> Error {
    match error {
        StoreError::Unique { .. } => {
            Error::conflict_at(Alias::CodeTaken, "code", format!("a partner with the code \"{code}\" exists"))
        }
        error => error.into(),
    }
}

/// What may change, as it stands.
fn editable(view: &PartnerView) -> Result<PartnerUpdate, Error> {
    let codes = view.hypervisors.iter().map(|hypervisor| Code::trusted(hypervisor.code.clone()));
    Ok(PartnerUpdate {
        name: view.name.clone(),
        model: view.model,
        hypervisors: codes.collect(),
        services: view.services.clone(),
        default_plan: view.default_plan.as_ref().map(|plan| Code::trusted(plan.code.clone())),
        limits: view.limits.clone(),
        time_zone: view.time_zone.clone(),
        grace: view.grace,
        dns_ns: view.dns_ns.clone(),
        dns_admin_email: view.dns_admin_email.clone(),
    })
}

/// The hypervisors of a partner, by code.
pub(crate) async fn assigned(op: &mut Operation, partner_id: i64) -> Result<Vec<Hypervisor>, Error> {
    Ok(assigned_to(op, &[partner_id]).await?.remove(&partner_id).unwrap_or_default())
}

/// The hypervisors of some partners, each by code; a partner without any is left out.
pub(crate) async fn assigned_to(
    op: &mut Operation,
    partner_ids: &[i64],
) -> Result<BTreeMap<i64, Vec<Hypervisor>>, Error> {
    let pairs = queries::partner::hypervisors(op.conn(), partner_ids).await?;
    if pairs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = list::distinct(pairs.iter().map(|(_, hypervisor)| *hypervisor));
    let rows = queries::hypervisor::get_many(op.conn(), &ids).await?;
    let rows: BTreeMap<i64, Hypervisor> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut assigned: BTreeMap<i64, Vec<Hypervisor>> = BTreeMap::new();
    for (partner, hypervisor) in pairs {
        assigned.entry(partner).or_default().extend(rows.get(&hypervisor).cloned());
    }
    assigned.values_mut().for_each(|rows| rows.sort_by(|a, b| a.code.cmp(&b.code)));
    Ok(assigned)
}

/// The default plans of some partners, by internal id of the partner.
async fn default_plans(op: &mut Operation, rows: &[Partner]) -> Result<BTreeMap<i64, TariffPlan>, Error> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let codes: BTreeSet<&Code> = rows.iter().filter_map(|row| row.default_plan.as_ref()).collect();
    let codes: Vec<Code> = codes.into_iter().cloned().collect();
    let plans = queries::tariff_plan::of_codes(op.conn(), &ids, &codes).await?;
    let wanted: BTreeMap<i64, Option<&Code>> =
        rows.iter().map(|row| (row.id, row.default_plan.as_ref())).collect();
    let is_default = |plan: &TariffPlan| wanted.get(&plan.partner_id) == Some(&Some(&plan.code));
    Ok(plans.into_iter().filter(is_default).map(|plan| (plan.partner_id, plan)).collect())
}

/// The default plan of a partner, which may be still to come.
fn default_plan(row: &Partner, plan: Option<&TariffPlan>) -> Option<DefaultPlan> {
    let code = row.default_plan.as_ref()?;
    Some(DefaultPlan {
        id: plan.map(|plan| plan.public_id),
        code: code.to_string(),
        name: plan.map(|plan| plan.name.clone()),
    })
}

async fn view(op: &mut Operation, row: &Partner) -> Result<PartnerView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("partner", "no view"))
}

/// Many partners, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Partner]) -> Result<Vec<PartnerView>, Error> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let assigned = assigned_to(op, &ids).await?;
    let hypervisors = |row: &Partner| assigned.get(&row.id).map_or(&[][..], Vec::as_slice);
    let plans = default_plans(op, rows).await?;
    rows.iter().map(|row| shown(row, hypervisors(row), plans.get(&row.id))).collect()
}

fn shown(row: &Partner, hypervisors: &[Hypervisor], plan: Option<&TariffPlan>) -> Result<PartnerView, Error> {
    Ok(PartnerView {
        id: row.public_id,
        ctime: WireTime(row.created_at),
        version: row.version,
        code: row.code.to_string(),
        name: row.name.clone(),
        model: match row.model {
            Model::WhiteLabel => PartnerModel::WhiteLabel,
            Model::Reseller => PartnerModel::Reseller,
        },
        hypervisors: hypervisors.iter().map(super::hypervisor::reference).collect(),
        services: row.services.as_ref().map(Json::read).transpose().map_err(convert::stored)?,
        default_plan: default_plan(row, plan),
        limits: limits::stored(row.limits.as_ref())?,
        time_zone: row.time_zone.clone(),
        grace: Span::from_s(convert::unsigned(row.grace_s)?),
        dns_ns: row.dns_ns.read().map_err(convert::stored)?,
        dns_admin_email: row.dns_admin_email.clone(),
    })
}

/// The partners of these internal ids, each once.
pub(crate) async fn by_id(
    op: &mut Operation,
    ids: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, Partner>, Error> {
    let ids: BTreeSet<i64> = ids.collect();
    let rows = queries::partner::get_many(op.conn(), &ids.into_iter().collect::<Vec<_>>()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// One of the partners that [`by_id`] found.
pub(crate) fn one_of(partners: &BTreeMap<i64, Partner>, id: i64) -> Result<&Partner, Error> {
    partners.get(&id).ok_or_else(|| Error::internal("partner", "it is gone"))
}
