//! Domains, to which users belong: linked to a partner, they may let its clients register themselves (5-02, 5-03).

use super::{Created, Error, Operation, audit::Change, list, partner, patch::patched, tariff_plan};
use schemas::{
    code::Code,
    endpoint::{InParent, Page, Patch, domain::DomainQuery},
    error::Alias,
    id::DomainId,
    resource::{
        Ref,
        domain::{DnsName, DomainSpec, DomainUpdate, DomainView},
    },
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    StoreError,
    model::{
        domain::{Domain, DomainEdit, DomainFilter, DomainSort, NewDomain},
        partner::Partner,
    },
    queries,
};

const KIND: &str = "domain";

/// A reference to a domain, whose code is its name.
pub(crate) fn reference(row: &Domain) -> Ref {
    Ref { id: row.public_id.0, code: row.name.clone(), name: row.name.clone() }
}

/// Lists the domains that the caller sees: a partner's administrator those of its partners.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: DomainQuery) -> Result<Page<DomainView>, Error> {
    let fields =
        [("name", DomainSort::Name), ("ctime", DomainSort::CreatedAt), ("partner", DomainSort::Partner)];
    let filter = DomainFilter {
        name: query.name.clone(),
        partner_id: op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id),
        registration_enabled: query.registration_enabled,
    };
    let wanted = list::wanted(query.part(), &fields, (DomainSort::Name, false), filter)?;
    let visible = op.visible();
    let listed = queries::domain::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Creates a domain.
///
/// # Errors
/// When one of its names is taken, or the partner does not exist.
pub async fn create(op: &mut Operation, spec: DomainSpec) -> Result<DomainView, Error> {
    let owner = tariff_plan::owner(op, &spec.settings.partner).await?;
    let names = names(op, &spec.name.0, None, &spec.settings).await?;
    let new = NewDomain {
        public_id: DomainId::random(),
        name: spec.name.0,
        partner_id: owner.id,
        registration_enabled: spec.settings.registration_enabled,
        created_at: op.now,
    };
    let row = queries::domain::insert(op.tx()?, &new).await.map_err(name_taken)?;
    queries::domain::set_names(op.tx()?, row.id, &names).await.map_err(name_taken)?;
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, Some(row.partner_id), None, Some(&view)).await?;
    Ok(view)
}

/// Reads one domain.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<DomainView, Error> {
    let row = op.domain(id).await?;
    view(op, &row).await
}

/// Replaces what may change in a domain.
///
/// # Errors
/// When it moved on, an alias is taken, or the partner does not exist.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    update: DomainUpdate,
) -> Result<DomainView, Error> {
    let row = op.domain(id).await?;
    let row = queries::domain::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let owner = tariff_plan::owner(op, &update.partner).await?;
    let names = names(op, &row.name, Some(row.id), &update).await?;
    let before = view(op, &row).await?;
    let partner_before = row.partner_id;
    let edit = DomainEdit { partner_id: owner.id, registration_enabled: update.registration_enabled };
    queries::domain::set_names(op.tx()?, row.id, &names).await.map_err(name_taken)?;
    let row = queries::domain::update(op.tx()?, row.id, None, &edit).await?;
    let after = view(op, &row).await?;
    // Who it is taken from and who it is given to know nothing of each other: then the event is the platform's alone.
    let log = Some(row.partner_id).filter(|id| *id == partner_before);
    audit(op, log, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Changes some fields of a domain.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<DomainUpdate>,
) -> Result<DomainView, Error> {
    let row = op.domain(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::domain::lock(op.tx()?, row.id).await?;
    let view = view(op, &row).await?;
    let current = DomainUpdate {
        partner: Code::trusted(view.partner.code),
        registration_enabled: view.registration_enabled,
        aliases: view.aliases,
    };
    replace(op, id, parent, patched(&current, patch)?).await
}

/// Deletes a domain.
///
/// # Errors
/// When it moved on, or has users.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let row = op.domain(id).await?;
    let row = queries::domain::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    if queries::user::any_of_domain(op.conn(), row.id).await? {
        let text = format!("The domain \"{}\" still has users; it cannot be deleted.", row.name);
        return Err(Error::conflict(Alias::HasDependents, text));
    }
    let before = view(op, &row).await?;
    queries::domain::delete(op.tx()?, row.id, None).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, Some(row.partner_id), Some(&before), None).await
}

/// All names of a domain, none of which another domain has.
async fn names(
    op: &mut Operation,
    name: &str,
    id: Option<i64>,
    settings: &DomainUpdate,
) -> Result<Vec<String>, Error> {
    let aliases = settings.aliases.iter().map(|alias| alias.0.clone());
    if settings.aliases.iter().any(|alias| alias.0 == name) {
        return Err(Error::field("aliases", format!("\"{name}\" is the domain's own name, not an alias")));
    }
    let names: Vec<String> = std::iter::once(name.to_owned()).chain(aliases).collect();
    let taken = queries::domain::taken(op.conn(), &names).await?;
    match taken.into_iter().find(|(owner, _)| Some(*owner) != id) {
        Some((_, taken)) => {
            let field = if taken == name { "name" } else { "aliases" };
            Err(Error::conflict_at(
                Alias::CodeTaken,
                field,
                format!("another domain has the name \"{taken}\""),
            ))
        }
        None => Ok(names),
    }
}

/// Another domain took a name at the same moment.
fn name_taken(error: StoreError) -> Error {
    match error {
        StoreError::Unique { .. } => {
            Error::conflict_at(Alias::CodeTaken, "name", "another domain has this name or one of the aliases")
        }
        error => error.into(),
    }
}

async fn audit(
    op: &mut Operation,
    partner_id: Option<i64>,
    before: Option<&DomainView>,
    after: Option<&DomainView>,
) -> Result<(), Error> {
    let Some(view) = after.or(before) else { return Ok(()) };
    let (id, name) = (view.id.0, view.name.as_str());
    op.audit(Change { partner_id, kind: KIND, id, name, before, after }).await
}

async fn view(op: &mut Operation, row: &Domain) -> Result<DomainView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("domain", "no view"))
}

/// Many domains, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Domain]) -> Result<Vec<DomainView>, Error> {
    let partner_ids = list::distinct(rows.iter().map(|row| row.partner_id));
    let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
    let partners: BTreeMap<i64, &Partner> = partners.iter().map(|row| (row.id, row)).collect();
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut names: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (id, name) in queries::domain::names(op.conn(), &ids).await? {
        names.entry(id).or_default().push(name);
    }
    let mut view = |row: &Domain| {
        let names = names.remove(&row.id).unwrap_or_default();
        let owner = partners.get(&row.partner_id);
        Ok(DomainView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            name: row.name.clone(),
            partner: partner::reference(owner.ok_or_else(|| Error::internal("domain", "it has no partner"))?),
            registration_enabled: row.registration_enabled,
            aliases: names.into_iter().filter(|name| *name != row.name).map(DnsName).collect(),
        })
    };
    rows.iter().map(&mut view).collect()
}
