//! Hypervisors: what is collected from, and how that goes.

use super::{App, Created, Error, Key, Operation, Signal, audit::Change, convert, list, patch::patched};
use collect::vmware::{Account, Options, Trust, Vmware};
use schemas::{
    code::Code,
    endpoint::{InParent, Page, Patch, hypervisor::HypervisorQuery},
    error::Alias,
    id::HypervisorId,
    resource::{
        Ref,
        hypervisor::{
            CollectorState, CollectorView, CpuClass, HypervisorSpec, HypervisorType, HypervisorUpdate,
            HypervisorView, check_pace, check_uri,
        },
    },
    span::Span,
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    ListQuery, StoreError,
    model::{
        hypervisor::{
            Hypervisor, HypervisorEdit, HypervisorFilter, HypervisorSort, HypervisorType as Type,
            NewHypervisor,
        },
        source::{Source, SourceState},
    },
    queries,
};

const KIND: &str = "hypervisor";

/// A reference to a hypervisor.
pub(crate) fn reference(row: &Hypervisor) -> Ref {
    Ref { id: row.public_id.0, code: row.code.to_string(), name: row.name.clone() }
}

/// What virtualizes on a hypervisor, as the API names it.
pub(crate) const fn kind(row: &Hypervisor) -> HypervisorType {
    platform(row.type_)
}

/// What virtualizes, as the API names it.
pub(crate) const fn platform(stored: Type) -> HypervisorType {
    match stored {
        Type::Kvm => HypervisorType::Kvm,
        Type::Vmware => HypervisorType::Vmware,
    }
}

/// What virtualizes, as it is stored.
pub(crate) const fn stored_type(platform: HypervisorType) -> Type {
    match platform {
        HypervisorType::Kvm => Type::Kvm,
        HypervisorType::Vmware => Type::Vmware,
    }
}

/// Lists the hypervisors that the caller sees: a partner's administrator those of its partners.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: HypervisorQuery) -> Result<Page<HypervisorView>, Error> {
    let fields = [
        ("name", HypervisorSort::Name),
        ("code", HypervisorSort::Code),
        ("ctime", HypervisorSort::CreatedAt),
    ];
    let mut ids = op.hypervisors_seen().await?;
    if let Some(partner) = op.partner_named(query.partner.as_deref()).await? {
        let pairs = queries::partner::hypervisors(op.conn(), &[partner.id]).await?;
        ids = Some(pairs.into_iter().map(|(_, hypervisor)| hypervisor).collect());
    }
    let filter = HypervisorFilter { ids, code: query.code.clone() };
    let part = query.part().or_search(query.name.as_deref());
    let wanted = list::wanted(part, &fields, (HypervisorSort::Name, false), filter)?;
    let listed = queries::hypervisor::list(op.conn(), &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Registers a hypervisor; its machines are collected from then on.
///
/// # Errors
/// When the code is taken, or a field does not fit the type.
pub async fn create(op: &mut Operation, spec: HypervisorSpec) -> Result<HypervisorView, Error> {
    let settings = &spec.settings;
    check(spec.kind, settings)?;
    let new = NewHypervisor {
        public_id: HypervisorId::random(),
        code: spec.code.clone(),
        name: settings.name.clone(),
        type_: stored_type(spec.kind),
        uri: settings.uri.clone(),
        username: settings.username.clone(),
        password_sealed: sealed(op, settings)?,
        password_version: settings.password_version,
        disk_types: convert::json(&settings.disk_types)?,
        external_networks: convert::json(&settings.external_networks)?,
        ca_certificate: settings.ca_certificate.clone(),
        certificate_thumbprint: settings.certificate_thumbprint.clone(),
        cpu_class: settings.cpu_class.map(cpu_class_text),
        cpu_per_vm: settings.cpu_per_vm.map(i64::from),
        ram_gb_per_vm: settings.ram_per_vm.map(i64::from),
        poll_interval_s: i64::from(settings.poll_interval.as_s()),
        inventory_timeout_s: i64::from(settings.inventory_timeout.as_s()),
        hold_s: i64::from(settings.hold.as_s()),
        created_at: op.now,
    };
    let row =
        queries::hypervisor::insert(op.tx()?, &new).await.map_err(|error| code_taken(error, &spec.code))?;
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, None, Some(&view)).await?;
    op.signal(Signal::HypervisorsChanged);
    Ok(view)
}

/// The code of a hypervisor's source. External sources have no slash in theirs.
pub(crate) fn source_code(row: &Hypervisor) -> String {
    format!("hypervisor/{}", row.public_id)
}

/// How many seconds a hypervisor may be silent: its `hold`, two of its intervals at least, since nobody asks it in between,
/// and an interval with the longest inventory.
pub(crate) fn hold_s(row: &Hypervisor) -> i64 {
    let next = row.poll_interval_s.saturating_add(row.inventory_timeout_s.max(row.poll_interval_s));
    row.hold_s.max(next)
}

/// Reads one hypervisor.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<HypervisorView, Error> {
    let row = op.hypervisor(id).await?;
    view(op, &row).await
}

/// Replaces what may change in a hypervisor. A password that is left out stays as it is.
///
/// # Errors
/// When it moved on, or a field does not fit the type.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    update: HypervisorUpdate,
) -> Result<HypervisorView, Error> {
    let row = op.hypervisor(id).await?;
    let row = queries::hypervisor::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    check(kind(&row), &update)?;
    let before = view(op, &row).await?;
    let edit = HypervisorEdit {
        name: update.name.clone(),
        uri: update.uri.clone(),
        username: update.username.clone(),
        password_sealed: sealed(op, &update)?.or_else(|| row.password_sealed.clone()),
        password_version: update.password_version,
        disk_types: convert::json(&update.disk_types)?,
        external_networks: convert::json(&update.external_networks)?,
        ca_certificate: update.ca_certificate.clone(),
        certificate_thumbprint: update.certificate_thumbprint.clone(),
        cpu_class: update.cpu_class.map(cpu_class_text),
        cpu_per_vm: update.cpu_per_vm.map(i64::from),
        ram_gb_per_vm: update.ram_per_vm.map(i64::from),
        poll_interval_s: i64::from(update.poll_interval.as_s()),
        inventory_timeout_s: i64::from(update.inventory_timeout.as_s()),
        hold_s: i64::from(update.hold.as_s()),
    };
    let row = queries::hypervisor::update(op.tx()?, row.id, None, &edit).await?;
    let after = view(op, &row).await?;
    audit(op, &row, Some(&before), Some(&after)).await?;
    op.signal(Signal::HypervisorsChanged);
    Ok(after)
}

/// Changes some fields of a hypervisor.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<HypervisorUpdate>,
) -> Result<HypervisorView, Error> {
    let row = op.hypervisor(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::hypervisor::lock(op.tx()?, row.id).await?;
    let current = editable(&view(op, &row).await?);
    replace(op, id, parent, patched(&current, patch)?).await
}

/// Has an inventory taken now, beside the regular ones, by whichever server collects from the hypervisor.
///
/// # Errors
/// When the hypervisor does not exist for the caller.
pub async fn collect(op: &mut Operation, id: &str, _: &InParent) -> Result<HypervisorView, Error> {
    let row = op.hypervisor(id).await?;
    let now = op.now;
    let row = queries::hypervisor::ask_collect(op.tx()?, row.id, now).await?;
    let (id, name) = (row.public_id.0, row.code.as_str());
    let change =
        Change::<HypervisorView> { partner_id: None, kind: KIND, id, name, before: None, after: None };
    op.audit_as("collect", change).await?;
    op.signal(Signal::HypervisorsChanged);
    view(op, &row).await
}

/// Removes a hypervisor that no partner uses and that has no billed machines any more.
///
/// # Errors
/// When it moved on, or is in use.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let row = op.hypervisor(id).await?;
    // Its collector is waited for first: what that records refers to the hypervisor.
    if let Some(source) = queries::source::find_by_hypervisor(op.conn(), row.id).await? {
        queries::source::lock(op.tx()?, source.id).await?;
    }
    let row = queries::hypervisor::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    let in_use = |why: &str| {
        let text = format!("The hypervisor \"{}\" {why}; it cannot be deleted.", row.code);
        Error::conflict(Alias::HasDependents, text)
    };
    if queries::resource::count_billed_on_hypervisor(op.conn(), row.id).await? > 0 {
        return Err(in_use("still has machines of clients"));
    }
    let now = op.now;
    queries::resource::end_all_on_hypervisor(op.tx()?, row.id, now).await?;
    queries::hypervisor::delete(op.tx()?, row.id, None).await.map_err(|error| match error {
        StoreError::ForeignKey { .. } => in_use("is still assigned to a partner"),
        error => error.into(),
    })?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, Some(&before), None).await?;
    op.signal(Signal::HypervisorsChanged);
    Ok(())
}

async fn audit(
    op: &mut Operation,
    row: &Hypervisor,
    before: Option<&HypervisorView>,
    after: Option<&HypervisorView>,
) -> Result<(), Error> {
    let name = row.code.as_str();
    // How its collection goes is no part of an edit.
    let edited = |view: &HypervisorView| HypervisorView { collector: None, ..view.clone() };
    let (before, after) = (before.map(edited), after.map(edited));
    let (before, after) = (before.as_ref(), after.as_ref());
    op.audit(Change { partner_id: None, kind: KIND, id: row.public_id.0, name, before, after }).await
}

/// What the type of a hypervisor decides about its fields.
fn check(kind: HypervisorType, settings: &HypervisorUpdate) -> Result<(), Error> {
    check_uri(kind, &settings.uri).map_err(|why| Error::field("uri", why))?;
    check_pace(settings.poll_interval, settings.inventory_timeout)
        .map_err(|(field, why)| Error::field(field, why))?;
    if kind == HypervisorType::Vmware {
        Vmware::check_address(&settings.uri).map_err(|error| Error::field("uri", error.to_string()))?;
    }
    trust(settings.ca_certificate.as_deref(), settings.certificate_thumbprint.as_deref()).map(|_| ())
}

/// Whose certificate an endpoint must show.
fn trust(authority: Option<&str>, thumbprint: Option<&str>) -> Result<Trust, Error> {
    let authority = authority.map(Trust::authority).transpose();
    let authority = authority.map_err(|error| Error::field("ca_certificate", error.to_string()))?;
    let pinned = thumbprint.map(Trust::thumbprint).transpose();
    let pinned = pinned.map_err(|error| Error::field("certificate_thumbprint", error.to_string()))?;
    Ok(pinned.or(authority).unwrap_or_default())
}

/// How a hypervisor of the type vmware is reached: its account and its certificate.
pub(crate) fn vmware(row: &Hypervisor, key: &Key) -> Result<Vmware, Error> {
    let trust = trust(row.ca_certificate.as_deref(), row.certificate_thumbprint.as_deref())?;
    let password = row.password_sealed.as_ref().map(|sealed| key.open(sealed)).transpose();
    let password = password.map_err(|error| Error::internal("seal", error))?.unwrap_or_default();
    let account = Account { user: row.username.clone().unwrap_or_default(), password: password.into() };
    Vmware::new(&row.uri, trust, account, Options::default())
        .map_err(|error| Error::field("uri", error.to_string()))
}

fn sealed(op: &Operation, settings: &HypervisorUpdate) -> Result<Option<Vec<u8>>, Error> {
    let seal = |secret: &schemas::resource::Secret| op.app.key.seal(&secret.0);
    settings.password.as_ref().map(seal).transpose().map_err(|error| Error::internal("seal", error))
}

fn cpu_class_text(class: CpuClass) -> String {
    match class {
        CpuClass::Ghz32 => "3.2".to_owned(),
    }
}

fn code_taken(error: StoreError, code: &Code) -> Error {
    match error {
        StoreError::Unique { .. } => Error::conflict_at(
            Alias::CodeTaken,
            "code",
            format!("a hypervisor with the code \"{code}\" exists"),
        ),
        error => error.into(),
    }
}

fn editable(view: &HypervisorView) -> HypervisorUpdate {
    HypervisorUpdate {
        name: view.name.clone(),
        uri: view.uri.clone().unwrap_or_default(),
        username: view.username.clone(),
        password: None,
        password_version: view.password_version,
        ca_certificate: view.ca_certificate.clone(),
        certificate_thumbprint: view.certificate_thumbprint.clone(),
        disk_types: view.disk_types.clone(),
        external_networks: view.external_networks.clone(),
        cpu_class: view.cpu_class,
        cpu_per_vm: view.cpu_per_vm,
        ram_per_vm: view.ram_per_vm,
        poll_interval: view.poll_interval,
        inventory_timeout: view.inventory_timeout,
        hold: view.hold,
    }
}

async fn view(op: &mut Operation, row: &Hypervisor) -> Result<HypervisorView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("hypervisor", "no view"))
}

/// Many hypervisors, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Hypervisor]) -> Result<Vec<HypervisorView>, Error> {
    if !op.request.actor.is_platform_admin() {
        return rows.iter().map(|row| shown(row, None)).collect();
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut sources = sources(queries::source::of_hypervisors(op.conn(), &ids).await?);
    let mut state = |row| sources.remove(&row).map(collector);
    rows.iter().map(|row| shown(row, Some(state(row.id).unwrap_or_else(|| not_asked_yet(row))))).collect()
}

/// How the collection from every hypervisor goes, by code: what monitoring is told.
///
/// # Errors
/// When the database fails.
pub async fn collections(app: &App) -> Result<Vec<(String, CollectorView)>, Error> {
    let mut reader = app.store.read().await?;
    let rows = queries::hypervisor::list(&mut reader, &ListQuery::default()).await?.rows;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut sources = sources(queries::source::of_hypervisors(&mut reader, &ids).await?);
    let mut view = |row: &Hypervisor| sources.remove(&row.id).map_or_else(|| not_asked_yet(row), collector);
    Ok(rows.iter().map(|row| (row.code.to_string(), view(row))).collect())
}

/// Sources by the hypervisors that they are of.
fn sources(rows: Vec<Source>) -> BTreeMap<i64, Source> {
    rows.into_iter().filter_map(|row| Some((row.hypervisor_id?, row))).collect()
}

/// A hypervisor; how it is reached, and how its collection goes, are for those who administer the platform.
fn shown(row: &Hypervisor, collector: Option<CollectorView>) -> Result<HypervisorView, Error> {
    let inside = collector.is_some();
    Ok(HypervisorView {
        id: row.public_id,
        ctime: WireTime(row.created_at),
        version: row.version,
        code: row.code.to_string(),
        kind: kind(row),
        name: row.name.clone(),
        uri: inside.then(|| row.uri.clone()),
        username: row.username.clone().filter(|_| inside),
        password_version: row.password_version.filter(|_| inside),
        ca_certificate: row.ca_certificate.clone().filter(|_| inside),
        certificate_thumbprint: row.certificate_thumbprint.clone().filter(|_| inside),
        disk_types: row.disk_types.read().map_err(convert::stored)?,
        external_networks: row.external_networks.read().map_err(convert::stored)?,
        cpu_class: row.cpu_class.as_ref().map(|_| CpuClass::Ghz32),
        cpu_per_vm: row.cpu_per_vm.map(convert::unsigned).transpose()?,
        ram_per_vm: row.ram_gb_per_vm.map(convert::unsigned).transpose()?,
        poll_interval: Span::from_s(convert::unsigned(row.poll_interval_s)?),
        inventory_timeout: Span::from_s(convert::unsigned(row.inventory_timeout_s)?),
        hold: Span::from_s(convert::unsigned(row.hold_s)?),
        collector,
    })
}

/// The state of a hypervisor that no collector has asked yet.
fn not_asked_yet(row: &Hypervisor) -> CollectorView {
    CollectorView {
        state: CollectorState::New,
        since: row.created_at,
        last_ok_at: None,
        last_error: None,
        attempts: 0,
        machines: 0,
        unowned: 0,
        mismatched: 0,
        unmapped_disks: 0,
    }
}

fn collector(source: Source) -> CollectorView {
    CollectorView {
        state: match source.state {
            SourceState::New => CollectorState::New,
            SourceState::Ok => CollectorState::Ok,
            SourceState::Degraded => CollectorState::Degraded,
            SourceState::Down => CollectorState::Down,
        },
        since: source.state_since,
        last_ok_at: source.last_ok_at,
        last_error: source.last_error,
        attempts: source.attempts,
        machines: source.machines,
        unowned: source.unowned,
        mismatched: source.mismatched,
        unmapped_disks: source.unmapped_disks,
    }
}
