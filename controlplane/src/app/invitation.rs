//! Invitations: links by which somebody takes up access (3.3.2-01, 3.3.2-02, 3.3.2-04).

use super::{
    Error, Operation, access, client,
    mail::{self, Message},
    partner, password, secret, user,
};
use schemas::{
    id::AccountId,
    resource::invitation::{Acceptance, InvitationView},
    time::Instant,
};
use store::{
    model::{
        access::Access,
        invitation::{Invitation, NewInvitation},
        user::{NewUser, Notify},
    },
    queries,
};

/// How long an invitation can be taken up, in microseconds: seven days.
const VALID: i64 = 7 * 86_400_000_000;
/// How long it takes until an invitation can be sent again, in microseconds: nobody's mailbox is flooded.
const PAUSE: i64 = 60_000_000;
/// What begins the secret of a link.
const PREFIX: &str = "esi_";

/// Invites who has been given access and has no account: a message with a link is sent once the call is committed. An
/// earlier link ends.
pub(super) async fn send(op: &mut Operation, access: &Access) -> Result<(), Error> {
    let made = secret::new(PREFIX)?;
    let expires_at = Instant::from_micros(op.now.micros().saturating_add(VALID));
    let new = NewInvitation { access_id: access.id, hash: secret::hash(&made).to_vec(), expires_at };
    queries::invitation::replace(op.tx()?, &new).await?;
    let view = view(op, access, expires_at).await?;
    let over = view.client.as_ref().map_or(&view.partner.name, |client| &client.name);
    let body = format!(
        "You are invited to work with \"{over}\".\n\nFollow this link to accept, until {expires_at}:\n\n{}\n\n\
         If you do not know what this is about, do nothing: nothing happens without the link.\n",
        mail::link_place()
    );
    let subject = format!("Invitation to {over}");
    let link = format!("{}/v1/invitation/{made}", op.app.public_url);
    mail::post_link(op, Message { recipient: access.login.clone(), subject, body }, &link).await
}

/// Refuses to send an invitation that was sent just now.
pub(super) async fn not_too_often(op: &mut Operation, access: &Access) -> Result<(), Error> {
    let invitations = queries::invitation::of_access(op.conn(), &[access.id]).await?;
    let sent_at = invitations.first().map(|invitation| invitation.expires_at.micros().saturating_sub(VALID));
    let left = sent_at.map_or(0, |at| at.saturating_add(PAUSE).saturating_sub(op.now.micros()));
    if left <= 0 {
        return Ok(());
    }
    Err(Error::TooMany { retry_after_s: left.saturating_add(999_999) / 1_000_000 })
}

/// Reads an invitation.
///
/// # Errors
/// When there is none of this link, or it has ended.
pub async fn read(op: &mut Operation, secret: &str) -> Result<InvitationView, Error> {
    let (invitation, access) = find(op, secret).await?;
    view(op, &access, invitation.expires_at).await
}

/// Takes an invitation up: the access is the account's from now on, which is made where there is none.
///
/// # Errors
/// When the invitation has ended, or the password is not that of the account.
pub async fn accept(
    op: &mut Operation,
    secret: &str,
    acceptance: Acceptance,
) -> Result<InvitationView, Error> {
    let (invitation, access) = find(op, secret).await?;
    let access = queries::access::lock(op.tx()?, access.id).await?;
    if access.account_id.is_some() {
        return Err(Error::NotFound);
    }
    let before = access::view(op, &access).await?;
    let account_id = match queries::account::find_by_login(op.conn(), &access.login).await? {
        Some(account) => {
            let stored = queries::user::password_hash(op.conn(), account.id).await?;
            let is_right = password::is_right(&acceptance.password, stored).await?;
            if !is_right || account.blocked || !account.active {
                return Err(Error::field(
                    "password",
                    "This is not the password of the account that there is.",
                ));
            }
            op.request.actor.account_id = account.id;
            account.id
        }
        None => register(op, &access, acceptance).await?,
    };
    op.request.actor.login.clone_from(&access.login);
    queries::invitation::take_up(op.tx()?, access.id, account_id).await?;
    let row = queries::access::get(op.conn(), access.id).await?;
    let after = access::view(op, &row).await?;
    access::audit_as(op, "accept", &row, (&before, &after)).await?;
    view(op, &row, invitation.expires_at).await
}

/// Makes the account of who was invited, in the first domain of the partner.
async fn register(op: &mut Operation, access: &Access, acceptance: Acceptance) -> Result<i64, Error> {
    let Acceptance { name, password } = acceptance;
    let partner_id = access.partner_id.ok_or_else(|| Error::internal("invitation", "it has no partner"))?;
    let home = queries::domain::first_of_partner(op.conn(), partner_id).await?;
    let home = home.ok_or_else(no_domain)?;
    let new = NewUser {
        public_id: AccountId::random(),
        login: access.login.clone(),
        name: name.unwrap_or_else(|| access.login.clone()),
        domain_id: home.id,
        phone: None,
        active: true,
        blocked: false,
        password_version: None,
        created_at: op.now,
        notify: Notify::default(),
    };
    let row = user::register(op, &new, &password).await?;
    Ok(row.id)
}

/// Nobody new can be invited where there is no domain to belong to.
pub(super) fn no_domain() -> Error {
    Error::field("user", "The partner has no domain that a new user could belong to.")
}

async fn find(op: &mut Operation, secret: &str) -> Result<(Invitation, Access), Error> {
    let found = queries::invitation::find(op.conn(), &secret::hash(secret)).await?.ok_or(Error::NotFound)?;
    if found.expires_at <= op.now {
        let text = "The invitation has ended; ask whoever sent it for another one.";
        return Err(Error::BadRequest(text.to_owned()));
    }
    let access = queries::access::get(op.conn(), found.access_id).await?;
    Ok((found, access))
}

async fn view(op: &mut Operation, access: &Access, expires_at: Instant) -> Result<InvitationView, Error> {
    let partner_ids: Vec<i64> = access.partner_id.into_iter().collect();
    let client_ids: Vec<i64> = access.client_id.into_iter().collect();
    let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
    let clients = queries::client::get_many(op.conn(), &partner_ids, &client_ids).await?;
    let owner = partners.first().ok_or_else(|| Error::internal("invitation", "it is over nothing"))?;
    Ok(InvitationView {
        user: access.login.clone(),
        role: access::granted(access.role)?,
        partner: partner::reference(owner),
        client: clients.first().map(client::reference),
        expires_at,
    })
}
