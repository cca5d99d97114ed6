//! Promotions: the price of a whole machine of one configuration (6.2).

pub(crate) mod configuration;
pub(crate) mod grant;
pub(crate) mod offer;
mod view;

use super::{
    Created, Error, FieldErrors, Operation, audit::Change, convert, hypervisor, list, patch::patched,
    tariff_plan,
};
use billing::{
    observation::{Thing, services},
    period,
};
use jiff::{civil::Date, tz::TimeZone};
use schemas::{
    code::Code,
    endpoint::{InParent, Page, PageInPartner, Patch, promotion::PromotionQuery},
    error::Alias,
    id::PromotionId,
    resource::{
        Ref,
        hypervisor::HypervisorType,
        promotion::{PromotionGrantView, PromotionSpec, PromotionUpdate, PromotionView},
    },
    service::Service,
    time::Instant,
};
use std::collections::BTreeSet;
use store::{
    StoreError, Tx,
    model::{
        partner::Partner,
        promotion::{NewPromotion, Promotion, PromotionEdit, PromotionFilter, PromotionSort},
    },
    queries,
};
pub(crate) use view::price;
use view::{settings, view, views};

const KIND: &str = "promotion";

/// Lists the promotions that the caller sees, the last to start first (6.2-09).
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: PromotionQuery) -> Result<Page<PromotionView>, Error> {
    let fields = [
        ("starts_on", PromotionSort::StartsOn),
        ("ends_on", PromotionSort::EndsOn),
        ("price_per_day", PromotionSort::Price),
        ("name", PromotionSort::Name),
        ("code", PromotionSort::Code),
        ("ctime", PromotionSort::CreatedAt),
        ("partner", PromotionSort::Partner),
    ];
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let platform = query.platform.as_deref().map(platform_named).transpose()?;
    let filter = PromotionFilter {
        partner_id,
        code: query.code.clone(),
        platform: platform.map(hypervisor::stored_type),
        on: query.on.map(|day| day.date()),
    };
    let part = query.part().or_search(query.name.as_deref());
    let wanted = list::wanted(part, &fields, (PromotionSort::StartsOn, true), filter)?;
    let visible = op.visible();
    let listed = queries::promotion::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

fn platform_named(name: &str) -> Result<HypervisorType, Error> {
    let known = serde_json::from_value(name.into());
    known.map_err(|_| Error::field("platform", format!("\"{name}\" is not accepted; use one of kvm, vmware")))
}

/// Creates a promotion (6.2-01). A reseller's administrator may, too (INT-04).
///
/// # Errors
/// When the code is taken, the period is turned round, or the partner may not sell what it is for.
pub async fn create(op: &mut Operation, spec: PromotionSpec) -> Result<PromotionView, Error> {
    let owner = tariff_plan::owner(op, &spec.partner).await?;
    // Locked: its time zone is the promotion's.
    let owner = queries::partner::lock_settings(op.tx()?, owner.id).await?;
    check(&owner, &spec.settings)?;
    let new = NewPromotion {
        partner_id: owner.id,
        public_id: PromotionId::random(),
        code: spec.code.clone(),
        edit: edit(spec.settings, owner.time_zone),
        created_at: op.now,
    };
    let row =
        queries::promotion::insert(op.tx()?, &new).await.map_err(|error| code_taken(error, &spec.code))?;
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, None, Some(&view)).await?;
    Ok(view)
}

/// Reads one promotion.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, parent: &InParent) -> Result<PromotionView, Error> {
    let row = op.promotion(id, parent).await?;
    view(op, &row).await
}

/// Replaces what may change in a promotion (6.2.2-01). Machines that have its price keep it (A2).
///
/// # Errors
/// When it moved on, the period is turned round, or the partner may not sell what it is for.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    update: PromotionUpdate,
) -> Result<PromotionView, Error> {
    let (owner, row) = locked(op, id, parent).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    check(&owner, &update)?;
    let before = view(op, &row).await?;
    let zone = time_zone(&row)?;
    let runs_on =
        has_begun(row.starts_on, &zone, op.now) && has_begun(update.starts_on.date(), &zone, op.now);
    let edit = edit(update, if runs_on { row.time_zone } else { owner.time_zone });
    let row = queries::promotion::update(op.tx()?, row.partner_id, row.id, None, &edit).await?;
    let after = view(op, &row).await?;
    audit(op, &row, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Changes some fields of a promotion.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<PromotionUpdate>,
) -> Result<PromotionView, Error> {
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let (_, row) = locked(op, id, parent).await?;
    let update = patched(&settings(&row)?, patch)?;
    replace(op, id, parent, update).await
}

/// Lists the machines that were given a promotion's price, the first one first.
///
/// # Errors
/// When the promotion does not exist for the caller, or the query asks for what lists do not have.
pub async fn list_grants(
    op: &mut Operation,
    id: &str,
    query: PageInPartner,
) -> Result<Page<PromotionGrantView>, Error> {
    let page = list::page(query.page, query.limit, query.cursor.as_deref())?;
    let parent = InParent { partner: query.partner, client: None };
    let row = op.promotion(id, &parent).await?;
    let listed = queries::promotion::grant_page(op.conn(), row.partner_id, row.id, page.0).await?;
    let views = listed.rows.iter().map(view::grant).collect::<Result<_, Error>>()?;
    list::paged(&listed, views, page, |row| row.id)
}

/// Deletes a promotion, running or over (6.2.2-02). Machines that have its price keep it (A2).
///
/// # Errors
/// When it moved on.
pub async fn delete(op: &mut Operation, id: &str, parent: &InParent) -> Result<(), Error> {
    let (_, row) = locked(op, id, parent).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    queries::promotion::delete(op.tx()?, row.partner_id, row.id, None).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, Some(&before), None).await
}

/// Takes the promotions of a partner that have not begun to its new time zone; those that have stay in theirs (A3).
pub(crate) async fn follow_zone(
    tx: &mut Tx,
    partner: &Partner,
    time_zone: &str,
    now: Instant,
) -> Result<(), Error> {
    if partner.time_zone == time_zone {
        return Ok(());
    }
    let zone = TimeZone::get(&partner.time_zone).map_err(convert::stored)?;
    let today = period::civil_day(now, &zone);
    Ok(queries::promotion::move_zone(tx, partner.id, today, time_zone).await?)
}

/// What a promotion's line is called in reports and quotes.
pub(crate) fn line_name(promotion: &str) -> String {
    format!("Promotion \"{promotion}\"")
}

/// A promotion as others refer to it.
pub(crate) fn reference(row: &Promotion) -> Ref {
    Ref { id: row.public_id.0, code: row.code.to_string(), name: row.name.clone() }
}

/// A promotion with its partner, both kept from others; the partner first, as whoever locks both does.
async fn locked(op: &mut Operation, id: &str, parent: &InParent) -> Result<(Partner, Promotion), Error> {
    let row = op.promotion(id, parent).await?;
    let owner = queries::partner::lock_settings(op.tx()?, row.partner_id).await?;
    let row = queries::promotion::lock(op.tx()?, row.partner_id, row.id).await?;
    Ok((owner, row))
}

/// The time zone of a promotion's days.
fn time_zone(row: &Promotion) -> Result<TimeZone, Error> {
    TimeZone::get(&row.time_zone).map_err(convert::stored)
}

/// Whether a promotion that starts on this day has begun: at its 00:00.
fn has_begun(starts_on: Date, zone: &TimeZone, now: Instant) -> bool {
    starts_on <= period::civil_day(now, zone)
}

/// A promotion lasts a day at least (6.2.1-01), and is for what its partner may sell: which disk types there are
/// depends on the platform (6.2.1-08, INT-06).
fn check(owner: &Partner, update: &PromotionUpdate) -> Result<(), Error> {
    let mut errors = FieldErrors::new();
    if update.ends_on < update.starts_on {
        let text = format!(
            "{} is before starts_on, {}; a promotion lasts one day or longer",
            update.ends_on, update.starts_on
        );
        errors.insert("ends_on".to_owned(), vec![text]);
    }
    if let Some(allowed) = &owner.services {
        let allowed: BTreeSet<Service> = allowed.read().map_err(convert::stored)?;
        let refused = |service: Service| {
            vec![format!("the partner \"{}\" does not offer the service \"{service}\"", owner.code)]
        };
        let [slow, fast] =
            [false, true].map(|cpu_class_3_2| missing(&machine(update, cpu_class_3_2), &allowed));
        if let (Some(service), Some(_)) = (slow, fast) {
            errors.insert("platform".to_owned(), refused(service));
        }
        if let Some(service) = missing(&disk(update), &allowed) {
            errors.insert("disk_type".to_owned(), refused(service));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Fields(errors)) }
}

/// The first service of a thing that is not allowed.
fn missing(thing: &Thing, allowed: &BTreeSet<Service>) -> Option<Service> {
    services(thing).map(|(service, _)| service).find(|service| !allowed.contains(service))
}

fn machine(update: &PromotionUpdate, cpu_class_3_2: bool) -> Thing {
    let (platform, vcpu, ram_mib) = (update.platform, update.vcpu, mib(update.ram_gb));
    Thing::Machine { platform, cpu_class_3_2, vcpu, ram_mib, windows: false }
}

fn disk(update: &PromotionUpdate) -> Thing {
    Thing::Disk { platform: update.platform, disk_type: Some(update.disk_type), size_mib: mib(update.hdd_gb) }
}

/// GB in MiB, in which promotions compare.
fn mib(gb: impl Into<u64>) -> u64 {
    gb.into().saturating_mul(1024)
}

fn edit(update: PromotionUpdate, time_zone: String) -> PromotionEdit {
    PromotionEdit {
        name: update.name,
        starts_on: update.starts_on.date(),
        ends_on: update.ends_on.date(),
        time_zone,
        price_per_day: view::money(update.price_per_day),
        platform: hypervisor::stored_type(update.platform),
        max_count: update.max_count.map(i64::from),
        vcpu: i64::from(update.vcpu),
        ram_gb: i64::from(update.ram_gb),
        hdd_gb: i64::from(update.hdd_gb),
        disk_type: view::stored_disk_type(update.disk_type),
        note: update.note,
    }
}

async fn audit(
    op: &mut Operation,
    row: &Promotion,
    before: Option<&PromotionView>,
    after: Option<&PromotionView>,
) -> Result<(), Error> {
    let name = row.code.as_str();
    let partner_id = Some(row.partner_id);
    op.audit(Change { partner_id, kind: KIND, id: row.public_id.0, name, before, after }).await
}

fn code_taken(error: StoreError, code: &Code) -> Error {
    match error {
        StoreError::Unique { .. } => {
            let text = format!("the partner has a promotion with the code \"{code}\" already");
            Error::conflict_at(Alias::CodeTaken, "code", text)
        }
        error => error.into(),
    }
}
