//! Access objects: what users may do with partners and clients (3.3.1-10 to 3.3.1-14, 7.6).

use super::{
    Created, Error, Operation, audit::Change, client, invitation, list, mail, partner, patch::patched,
};
use schemas::{
    code::{Code, ProjectCode},
    endpoint::{InParent, Page, Patch, access::AccessQuery},
    error::Alias,
    id::AccessId,
    resource::{
        Ref,
        access::{AccessSpec, AccessStatus, AccessUpdate, AccessView, GrantedRole},
    },
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    StoreError, Visible,
    model::{
        access::{Access, AccessFilter, AccessSort, NewAccess},
        account::Role,
        invitation::Invitation,
        project::Project,
        user::User,
    },
    queries,
};

const KIND: &str = "access";

/// Lists the access that the caller manages.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: AccessQuery) -> Result<Page<AccessView>, Error> {
    let fields = [("user", AccessSort::Login), ("ctime", AccessSort::CreatedAt)];
    let (partner_id, client_id) = op.parents_named(query.partner.as_deref(), query.client.as_deref()).await?;
    let filter =
        AccessFilter { login: query.user.clone(), role: query.role.map(stored), partner_id, client_id };
    let wanted = list::wanted(query.part(), &fields, (AccessSort::Login, false), filter)?;
    let visible = op.visible();
    let listed = queries::access::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Gives a user access, at once (3.3.2-05). An e-mail address whose user the caller does not see is invited there: who
/// follows the link proves to be its reader.
///
/// # Errors
/// When the user, the partner or the client does not exist for the caller, when the user has a role there already
/// (3.3.1-13), or when projects are assigned to a role that has them all.
pub async fn create(op: &mut Operation, spec: AccessSpec) -> Result<AccessView, Error> {
    let (partner_id, client_id) = object(op, &spec).await?;
    let projects = projects(op, spec.role, (partner_id, client_id), &spec.settings).await?;
    let user = user(op, &spec.user, partner_id).await?;
    let new = NewAccess {
        public_id: AccessId::random(),
        account_id: user.map(|user| user.id),
        login: spec.user.clone(),
        role: stored(spec.role),
        partner_id: Some(partner_id),
        client_id,
        created_at: op.now,
    };
    let row = queries::access::insert(op.tx()?, &new).await.map_err(|error| match error {
        StoreError::Unique { .. } => {
            let over = if client_id.is_some() { "client" } else { "partner" };
            let text = format!("\"{}\" has a role at this {over} already; take it back first", spec.user);
            Error::conflict_at(Alias::CodeTaken, "user", text)
        }
        error => error.into(),
    })?;
    queries::access::set_projects(op.tx()?, row.id, partner_id, &projects).await?;
    if row.account_id.is_none() {
        invitation::send(op, &row).await?;
    }
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, None, Some(&view)).await?;
    Ok(view)
}

/// Gives access to a client that was made a moment ago.
pub(super) async fn give(op: &mut Operation, new: &NewAccess) -> Result<(), Error> {
    let row = queries::access::insert(op.tx()?, new).await?;
    let view = view(op, &row).await?;
    audit(op, &row, None, Some(&view)).await
}

/// Reads one access object.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<AccessView, Error> {
    let row = op.access(id).await?;
    view(op, &row).await
}

/// Assigns other projects (7.6-07).
///
/// # Errors
/// When it moved on, or the projects are none of the client's.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    update: AccessUpdate,
) -> Result<AccessView, Error> {
    let row = op.access(id).await?;
    let row = queries::access::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let partner_id = row.partner_id.ok_or_else(|| Error::internal("access", "it has no partner"))?;
    let projects = projects(op, granted(row.role)?, (partner_id, row.client_id), &update).await?;
    let before = view(op, &row).await?;
    queries::access::set_projects(op.tx()?, row.id, partner_id, &projects).await?;
    let row = queries::access::touch(op.tx()?, row.id, None).await?;
    let after = view(op, &row).await?;
    audit(op, &row, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Changes some fields of an access object.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    parent: &InParent,
    patch: Patch<AccessUpdate>,
) -> Result<AccessView, Error> {
    let row = op.access(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::access::lock(op.tx()?, row.id).await?;
    let view = view(op, &row).await?;
    let projects =
        view.projects.into_iter().map(|project| ProjectCode(Code::trusted(project.code))).collect();
    replace(op, id, parent, patched(&AccessUpdate { projects }, patch)?).await
}

/// Sends an invitation again, with another link. What was accepted is left as it is.
///
/// # Errors
/// When it does not exist for the caller, or was sent just now.
pub async fn resend_invitation(op: &mut Operation, id: &str, _: &InParent) -> Result<AccessView, Error> {
    let row = op.access(id).await?;
    let row = queries::access::lock(op.tx()?, row.id).await?;
    let before = view(op, &row).await?;
    if row.account_id.is_some() {
        return Ok(before);
    }
    invitation::not_too_often(op, &row).await?;
    invitation::send(op, &row).await?;
    let after = view(op, &row).await?;
    audit_as(op, "resend_invitation", &row, (&before, &after)).await?;
    Ok(after)
}

/// Takes access back, at once and for good (7.6-08, 7.6-09).
///
/// # Errors
/// When it moved on.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let row = op.access(id).await?;
    let row = queries::access::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    let before = view(op, &row).await?;
    queries::access::delete(op.tx()?, row.id, None).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    audit(op, &row, Some(&before), None).await
}

/// Forgets the calls that gave access, which goes with its user, client or partner.
pub(super) async fn forget(op: &mut Operation, rows: &[Access]) -> Result<(), Error> {
    for row in rows {
        queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    }
    Ok(())
}

/// The internal ids of the partner and the client that a role is to be over.
async fn object(op: &mut Operation, spec: &AccessSpec) -> Result<(i64, Option<i64>), Error> {
    let named = |code: &Option<Code>| code.as_ref().map(ToString::to_string);
    match (spec.role, &spec.client) {
        (GrantedRole::PartnerAdmin, Some(_)) => {
            Err(Error::field("client", "A partner_admin is over a partner; leave the client out."))
        }
        (GrantedRole::PartnerAdmin, None) => {
            let Some(code) = named(&spec.partner) else {
                return Err(Error::field("partner", "Say over which partner."));
            };
            let row = op.partner_named(Some(&code)).await?.ok_or(Error::NotFound)?;
            if !op.request.actor.manages_access(Some(row.id), None) {
                return Err(Error::field("partner", format!("there is no partner \"{code}\"")));
            }
            Ok((row.id, None))
        }
        (_, None) => Err(Error::field("client", "Say over which client.")),
        (_, Some(code)) => {
            let client = op.client_of_spec(code, spec.partner.as_ref()).await?;
            Ok((client.partner_id, Some(client.id)))
        }
    }
}

/// The user of a login, where the caller sees it: one of the domains of the partner, or of any for the platform. None
/// for an e-mail address that is to be invited; the caller is not told whether there is an account that it does not see.
async fn user(op: &mut Operation, login: &str, partner_id: i64) -> Result<Option<User>, Error> {
    let visible = match op.visible() {
        Visible::All => Visible::All,
        Visible::Only(_) => Visible::partners(vec![partner_id]),
    };
    let found = queries::user::find_by_login(op.conn(), &visible, login).await?;
    if found.is_some() {
        return Ok(found);
    }
    if !mail::is_address(login) {
        let text = format!("there is no user \"{login}\", and it is no e-mail address that could be invited");
        return Err(Error::field("user", text));
    }
    match queries::domain::first_of_partner(op.conn(), partner_id).await? {
        Some(_) => Ok(None),
        None => Err(invitation::no_domain()),
    }
}

/// The internal ids of the projects that are assigned.
async fn projects(
    op: &mut Operation,
    role: GrantedRole,
    (partner_id, client_id): (i64, Option<i64>),
    update: &AccessUpdate,
) -> Result<Vec<i64>, Error> {
    let (GrantedRole::ClientUser, Some(client_id)) = (role, client_id) else {
        if update.projects.is_empty() {
            return Ok(Vec::new());
        }
        return Err(Error::field(
            "projects",
            "Projects are assigned to a client_user; the other roles have all.",
        ));
    };
    let known = queries::project::of_clients(op.conn(), &[partner_id], &[client_id]).await?;
    let id =
        |code: &ProjectCode| known.iter().find(|project| project.code == code.0).map(|project| project.id);
    let missing = |code: &&ProjectCode| id(code).is_none();
    let unknown: Vec<&str> = update.projects.iter().filter(missing).map(|code| code.0.as_str()).collect();
    if unknown.is_empty() {
        return Ok(update.projects.iter().filter_map(id).collect());
    }
    Err(Error::field("projects", format!("the client has no project {}", unknown.join(", "))))
}

const fn stored(role: GrantedRole) -> Role {
    match role {
        GrantedRole::PartnerAdmin => Role::PartnerAdmin,
        GrantedRole::ClientAdmin => Role::ClientAdmin,
        GrantedRole::ClientUser => Role::ClientUser,
        GrantedRole::ClientSupport => Role::ClientSupport,
    }
}

pub(super) fn granted(role: Role) -> Result<GrantedRole, Error> {
    match role {
        Role::PlatformAdmin => Err(Error::internal("access", "that of the platform is no object")),
        Role::PartnerAdmin => Ok(GrantedRole::PartnerAdmin),
        Role::ClientAdmin => Ok(GrantedRole::ClientAdmin),
        Role::ClientUser => Ok(GrantedRole::ClientUser),
        Role::ClientSupport => Ok(GrantedRole::ClientSupport),
    }
}

async fn audit(
    op: &mut Operation,
    row: &Access,
    before: Option<&AccessView>,
    after: Option<&AccessView>,
) -> Result<(), Error> {
    let (id, name, partner_id) = (row.public_id.0, row.login.as_str(), row.partner_id);
    op.audit(Change { partner_id, kind: KIND, id, name, before, after }).await
}

/// Tells of what has a name of its own.
pub(super) async fn audit_as(
    op: &mut Operation,
    action: &'static str,
    row: &Access,
    (before, after): (&AccessView, &AccessView),
) -> Result<(), Error> {
    let (id, name, partner_id) = (row.public_id.0, row.login.as_str(), row.partner_id);
    let (before, after) = (Some(before), Some(after));
    op.audit_as(action, Change { partner_id, kind: KIND, id, name, before, after }).await
}

pub(super) async fn view(op: &mut Operation, row: &Access) -> Result<AccessView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("access", "no view"))
}

/// Many access objects, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Access]) -> Result<Vec<AccessView>, Error> {
    let partner_ids = list::distinct(rows.iter().filter_map(|row| row.partner_id));
    let client_ids = list::distinct(rows.iter().filter_map(|row| row.client_id));
    let account_ids = list::distinct(rows.iter().filter_map(|row| row.account_id));
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
    let partners: BTreeMap<i64, Ref> = partners.iter().map(|row| (row.id, partner::reference(row))).collect();
    let clients = queries::client::get_many(op.conn(), &partner_ids, &client_ids).await?;
    let clients: BTreeMap<i64, Ref> = clients.iter().map(|row| (row.id, client::reference(row))).collect();
    let names: BTreeMap<i64, String> =
        queries::account::names(op.conn(), &account_ids).await?.into_iter().collect();
    let mut assigned: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (access_id, project_id) in queries::access::projects(op.conn(), &ids).await? {
        assigned.entry(access_id).or_default().push(project_id);
    }
    let project_ids = list::distinct(assigned.values().flatten().copied());
    let projects = queries::project::get_many(op.conn(), &partner_ids, &project_ids).await?;
    let projects: BTreeMap<i64, Ref> = projects.iter().map(|row| (row.id, reference(row))).collect();
    let invitations = queries::invitation::of_access(op.conn(), &ids).await?;
    let invitations: BTreeMap<i64, &Invitation> =
        invitations.iter().map(|row| (row.access_id, row)).collect();
    let now = op.now;
    let missing = || Error::internal("access", "it is over nothing");
    let view = |row: &Access| {
        let of_row = assigned.get(&row.id).into_iter().flatten();
        let owner = row.partner_id.and_then(|id| partners.get(&id));
        let client = row.client_id.and_then(|id| clients.get(&id));
        let invited = invitations.get(&row.id);
        let status = match (row.account_id, invited) {
            (Some(_), _) => AccessStatus::Accepted,
            (None, Some(invitation)) if invitation.expires_at > now => AccessStatus::Pending,
            (None, _) => AccessStatus::Expired,
        };
        let name = row.account_id.and_then(|id| names.get(&id)).unwrap_or(&row.login);
        Ok(AccessView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            user: row.login.clone(),
            name: name.clone(),
            role: granted(row.role)?,
            partner: owner.cloned().ok_or_else(missing)?,
            client: client.cloned(),
            projects: of_row.filter_map(|id| projects.get(id)).cloned().collect(),
            status,
        })
    };
    rows.iter().map(view).collect()
}

fn reference(row: &Project) -> Ref {
    Ref { id: row.public_id.0, code: row.code.to_string(), name: row.name.clone() }
}
