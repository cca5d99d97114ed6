//! Users: people and programs that a partner lets in (3.3.1, 7.5).

mod view;

use self::view::{editable, view, views};
use super::{
    Created, Error, Operation, access, audit::Change, list, note, notification, password, patch::patched,
};
use schemas::{
    endpoint::{InParent, Page, Patch, user::UserQuery},
    error::Alias,
    id::AccountId,
    resource::{
        Secret,
        user::{Notify, PasswordView, UserSpec, UserUpdate, UserView},
    },
};
use serde::Serialize;
use store::{
    StoreError,
    model::{
        domain::Domain,
        user::{NewUser, User, UserEdit, UserFilter, UserSort},
    },
    queries,
};

const KIND: &str = "user";

/// Which messages an account gets, as the audit log shows it: those of the platform are no users.
#[derive(Serialize)]
struct Switches {
    notify: Notify,
}

/// Lists the users that the caller sees: a partner's administrator those of its partners' domains.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: UserQuery) -> Result<Page<UserView>, Error> {
    let fields = [("login", UserSort::Login), ("name", UserSort::Name), ("ctime", UserSort::CreatedAt)];
    let domain_id = match query.domain.as_deref() {
        Some(name) => Some(domain_named(op, name).await?.id),
        None => None,
    };
    let filter = UserFilter {
        login: query.login.clone(),
        domain_id,
        partner_id: op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id),
        active: query.active,
        blocked: query.blocked,
    };
    let wanted = list::wanted(query.part(), &fields, (UserSort::Login, false), filter)?;
    let visible = op.visible();
    let listed = queries::user::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Creates a user in a domain that is linked to a partner of the caller's (3.3.1-06). It may do nothing yet (3.3.1-09).
///
/// # Errors
/// When the login is taken, or the domain does not exist for the caller.
pub async fn create(op: &mut Operation, spec: UserSpec) -> Result<UserView, Error> {
    let home = domain_named(op, &spec.domain.0).await?;
    if spec.login == note::SYSTEM {
        return Err(Error::field("login", format!("\"{}\" is the system itself", note::SYSTEM)));
    }
    let settings = &spec.settings;
    let new = NewUser {
        public_id: AccountId::random(),
        login: spec.login.clone(),
        name: settings.name.clone(),
        domain_id: home.id,
        phone: settings.phone.clone(),
        active: settings.active,
        blocked: settings.blocked,
        password_version: settings.password_version,
        created_at: op.now,
        notify: notification::stored(settings.notify.unwrap_or_default()),
    };
    let row = insert(op, &new).await?;
    if let Some(password) = &settings.password {
        let hash = password::hash(password).await?;
        queries::user::set_password_hash(op.tx()?, row.id, &hash).await?;
    }
    let view = view(op, &row).await?;
    op.created = Some(Created { kind: KIND, id: row.public_id.0 });
    audit(op, &row, "create", None, Some(&view)).await?;
    Ok(view)
}

/// Makes a user who makes itself, with the password that it chose.
pub(super) async fn register(op: &mut Operation, new: &NewUser, password: &Secret) -> Result<User, Error> {
    let row = insert(op, new).await?;
    let hash = password::hash(password).await?;
    queries::user::set_password_hash(op.tx()?, row.id, &hash).await?;
    op.request.actor.account_id = row.id;
    op.request.actor.login.clone_from(&row.login);
    let view = view(op, &row).await?;
    audit(op, &row, "register", None, Some(&view)).await?;
    Ok(row)
}

async fn insert(op: &mut Operation, new: &NewUser) -> Result<User, Error> {
    queries::user::insert(op.tx()?, new).await.map_err(|error| match error {
        StoreError::Unique { .. } => {
            let text = format!("the login \"{}\" is taken", new.login);
            Error::conflict_at(Alias::CodeTaken, "login", text)
        }
        error => error.into(),
    })
}

/// Reads one user.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, _: &InParent) -> Result<UserView, Error> {
    let row = op.user(id).await?;
    view(op, &row).await
}

/// Replaces what may change in a user. Which messages it gets stays as it is where that is left out; so does a password,
/// and also where one comes with the version that is known: what the user has made of it since is its own.
///
/// # Errors
/// When it moved on, or may do more than the caller.
pub async fn replace(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    mut update: UserUpdate,
) -> Result<UserView, Error> {
    let row = op.user(id).await?;
    let row = queries::user::lock(op.tx()?, row.id).await?;
    if update.password_version.is_some() && update.password_version == row.password_version {
        update.password = None;
    }
    write(op, &row, update).await
}

/// Changes some fields of a user.
///
/// # Errors
/// As [`replace`].
pub async fn modify(
    op: &mut Operation,
    id: &str,
    _: &InParent,
    patch: Patch<UserUpdate>,
) -> Result<UserView, Error> {
    let row = op.user(id).await?;
    // Locked before it is read: what others change meanwhile must be in what the patch is merged into.
    let row = queries::user::lock(op.tx()?, row.id).await?;
    let current = editable(view(op, &row).await?);
    write(op, &row, patched(&current, patch)?).await
}

/// Writes what may change in a user that is locked.
async fn write(op: &mut Operation, row: &User, update: UserUpdate) -> Result<UserView, Error> {
    op.check_version(KIND, row.public_id.0, row.version).await?;
    may_manage(op, row).await?;
    if row.id == op.request.actor.account_id && (update.blocked || !update.active) {
        return Err(Error::Forbidden("You cannot shut out the account that you call with.".to_owned()));
    }
    let before = view(op, row).await?;
    if let Some(password) = &update.password {
        let hash = password::hash(password).await?;
        queries::user::set_password_hash(op.tx()?, row.id, &hash).await?;
    }
    let edit = UserEdit {
        name: update.name,
        phone: update.phone,
        active: update.active,
        blocked: update.blocked,
        password_version: update.password_version,
        notify: update.notify.map_or(row.notify, notification::stored),
    };
    let row = queries::user::update(op.tx()?, row.id, None, &edit).await?;
    let after = view(op, &row).await?;
    audit(op, &row, "update", Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Gives a user a password that is generated, and shown this once (3.3.1-04, 7.5-03).
///
/// # Errors
/// When the user may do more than the caller.
pub async fn reset_password(op: &mut Operation, id: &str, _: &InParent) -> Result<PasswordView, Error> {
    let row = op.user(id).await?;
    let row = queries::user::lock(op.tx()?, row.id).await?;
    may_manage(op, &row).await?;
    let password = password::generate()?;
    set_password(op, &row, &password, "reset_password").await?;
    op.answer_is_secret();
    Ok(PasswordView { password })
}

/// Sets the password of an account that is locked, and tells in the audit log that it was done.
pub(super) async fn set_password(
    op: &mut Operation,
    row: &User,
    password: &Secret,
    action: &'static str,
) -> Result<(), Error> {
    let hash = password::hash(password).await?;
    queries::user::set_password_hash(op.tx()?, row.id, &hash).await?;
    let view = view(op, row).await?;
    audit(op, row, action, Some(&view), Some(&view)).await
}

/// Says which messages an account that is locked gets by mail.
pub(super) async fn set_notify(op: &mut Operation, row: &User, notify: Notify) -> Result<Notify, Error> {
    let edit = UserEdit { notify: notification::stored(notify), ..UserEdit::of(row) };
    let after = queries::user::update(op.tx()?, row.id, None, &edit).await?;
    let [before, after] = [row, &after].map(|row| Switches { notify: notification::shown(row.notify) });
    let change = Change {
        partner_id: partner_of_domain(op, row.domain_id).await?,
        kind: KIND,
        id: row.public_id.0,
        name: &row.login,
        before: Some(&before),
        after: Some(&after),
    };
    op.audit_as("change_notify", change).await?;
    Ok(after.notify)
}

/// Deletes a user with its access and its tokens.
///
/// # Errors
/// When it moved on, may do more than the caller, or is the caller.
pub async fn delete(op: &mut Operation, id: &str, _: &InParent) -> Result<(), Error> {
    let row = op.user(id).await?;
    let row = queries::user::lock(op.tx()?, row.id).await?;
    op.check_version(KIND, row.public_id.0, row.version).await?;
    may_manage(op, &row).await?;
    if row.id == op.request.actor.account_id {
        return Err(Error::Forbidden("You cannot delete the account that you call with.".to_owned()));
    }
    let before = view(op, &row).await?;
    // While the domain is still known whose log it is in.
    audit(op, &row, "delete", Some(&before), None).await?;
    let held = queries::access::of_accounts(op.conn(), &[row.id]).await?;
    access::forget(op, &held).await?;
    queries::user::delete(op.tx()?, row.id, None).await?;
    queries::idempotency::delete_by_object(op.tx()?, KIND, row.public_id.0).await?;
    Ok(())
}

/// Who manages a user may do all that the user may: else a new password would be a way to more.
pub(super) async fn may_manage(op: &mut Operation, row: &User) -> Result<(), Error> {
    let held = queries::access::of_accounts(op.conn(), &[row.id]).await?;
    if held.iter().all(|access| op.request.actor.manages(access)) {
        return Ok(());
    }
    let text = "The user has access to more than you administer; who administers that manages it.";
    Err(Error::Forbidden(text.to_owned()))
}

/// The domain that is named; its users are the caller's to see.
async fn domain_named(op: &mut Operation, name: &str) -> Result<Domain, Error> {
    match op.domain(name).await {
        Err(Error::NotFound) => Err(Error::field("domain", format!("there is no domain \"{name}\""))),
        found => found,
    }
}

/// The partner whose user an account is, in whose log it is told of; none for those of the platform.
pub(super) async fn partner_of(op: &mut Operation, account_id: i64) -> Result<Option<i64>, Error> {
    let domain_id = queries::user::domain_of(op.conn(), account_id).await?;
    partner_of_domain(op, domain_id).await
}

async fn partner_of_domain(op: &mut Operation, domain_id: Option<i64>) -> Result<Option<i64>, Error> {
    let domain_ids: Vec<i64> = domain_id.into_iter().collect();
    let homes = queries::domain::get_many(op.conn(), &domain_ids).await?;
    Ok(homes.first().map(|home| home.partner_id))
}

/// Tells of a user in the log of the partner that its domain is linked to.
async fn audit(
    op: &mut Operation,
    row: &User,
    action: &'static str,
    before: Option<&UserView>,
    after: Option<&UserView>,
) -> Result<(), Error> {
    let partner_id = partner_of_domain(op, row.domain_id).await?;
    let (id, name) = (row.public_id.0, row.login.as_str());
    op.audit_as(action, Change { partner_id, kind: KIND, id, name, before, after }).await
}
