//! Accounts and tokens from the command line, before there is anybody to call the API.

use super::{App, Error, convert, token::TokenText};
use schemas::{id::AccountId, span::Span, time::Instant};
use secrecy::SecretString;
use serde::Serialize;
use store::{
    StoreError, Tx, Visible,
    model::{
        account::{Account, NewAccount, NewToken, Role},
        event::NewEvent,
    },
    queries,
};
use uuid::Uuid;

/// A token to make: for whom, to do what.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// Login of the account, which is made where there is none.
    pub login: String,
    /// The role that it is granted.
    pub role: Role,
    /// The partner that the role is over, or whose client it is over; none for the platform.
    pub partner: Option<String>,
    /// The client that the role is over; none for the platform and for partners.
    pub client: Option<String>,
    /// How long the token is valid; without it, until it is revoked.
    pub valid_for: Option<Span>,
}

/// What the audit log keeps of a grant: never the token.
#[derive(Serialize)]
struct Granted<'a> {
    login: &'a str,
    role: &'a str,
    partner: Option<&'a str>,
    client: Option<&'a str>,
    expires_at: Option<Instant>,
}

impl App {
    /// Makes the first platform administrator and a token for it.
    ///
    /// # Errors
    /// When there is a platform administrator already.
    pub async fn bootstrap(&self, login: &str) -> Result<SecretString, Error> {
        let mut reader = self.store.read().await?;
        if queries::account::any_platform_admin_exists(&mut reader).await? {
            return Err(Error::BadRequest(
                "there is a platform administrator already; make further tokens with: controlplane admin token"
                    .to_owned(),
            ));
        }
        drop(reader);
        let login = login.to_owned();
        self.issue_token(&TokenRequest {
            login,
            role: Role::PlatformAdmin,
            partner: None,
            client: None,
            valid_for: None,
        })
        .await
    }

    /// Grants an account a role and makes a token for it. The token is shown this once; only its hash is stored.
    ///
    /// # Errors
    /// When the partner does not exist, or the role and the partner do not go together.
    pub async fn issue_token(&self, request: &TokenRequest) -> Result<SecretString, Error> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let (partner_id, client_id) = object(&mut tx, request).await?;
        let login = request.login.clone();
        let new = NewAccount { public_id: AccountId::random(), name: login.clone(), login, created_at: now };
        let account = queries::account::find_or_insert(&mut tx, &new).await?;
        let granted =
            queries::account::grant(&mut tx, &account, request.role, (partner_id, client_id), now).await;
        granted.map_err(|error| match error {
            StoreError::Unique { .. } => Error::BadRequest(format!(
                "\"{}\" has another role over it; take that back first",
                account.login
            )),
            error => error.into(),
        })?;
        let text = TokenText::random()?;
        let expires_at =
            request.valid_for.map(|span| Instant::from_micros(now.micros().saturating_add(span.as_micros())));
        let new = NewToken { expires_at, ..text.row(account.id, "command line", now) };
        queries::account::insert_token(&mut tx, &new).await?;
        let event = event(&account, request, partner_id, expires_at, now)?;
        queries::event::insert(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(text.into_secret())
    }
}

/// The internal ids of the partner and the client that a role is to be over.
async fn object(tx: &mut Tx, request: &TokenRequest) -> Result<(Option<i64>, Option<i64>), Error> {
    let (partner, client) = (request.partner.as_deref(), request.client.as_deref());
    let refused = |text: &str| Err(Error::BadRequest(text.to_owned()));
    let partner = match (request.role, partner) {
        (Role::PlatformAdmin, None) if client.is_none() => return Ok((None, None)),
        (Role::PlatformAdmin, _) => return refused("a platform administrator has no partner and no client"),
        (_, None) => return refused("say which partner with --partner CODE"),
        (_, Some(code)) => {
            let row = queries::partner::find_by_code(tx, &Visible::All, code).await?;
            row.ok_or_else(|| Error::BadRequest(format!("there is no partner \"{code}\"")))?
        }
    };
    match (request.role, client) {
        (Role::PartnerAdmin, None) => Ok((Some(partner.id), None)),
        (Role::PartnerAdmin, Some(_)) => refused("a partner_admin is over a partner, not over a client"),
        (_, None) => refused("say which client with --client CODE"),
        (_, Some(code)) => {
            let visible = Visible::partners(vec![partner.id]);
            let rows = queries::client::find_by_code(tx, &visible, code).await?;
            let missing = || Error::BadRequest(format!("the partner has no client \"{code}\""));
            Ok((Some(partner.id), Some(rows.first().ok_or_else(missing)?.id)))
        }
    }
}

fn event(
    account: &Account,
    request: &TokenRequest,
    partner_id: Option<i64>,
    expires_at: Option<Instant>,
    now: Instant,
) -> Result<NewEvent, Error> {
    let granted = Granted {
        login: &account.login,
        role: request.role.as_str(),
        partner: request.partner.as_deref(),
        client: request.client.as_deref(),
        expires_at,
    };
    Ok(NewEvent {
        partner_id,
        at: now,
        request_id: Uuid::new_v4(),
        account_id: None,
        actor: "command line".to_owned(),
        action: "create".to_owned(),
        object_kind: "token".to_owned(),
        object_id: account.public_id.0,
        object_name: account.login.clone(),
        before: None,
        after: Some(convert::json(&granted)?),
        client: concat!("controlplane/", env!("CARGO_PKG_VERSION")).to_owned(),
        impersonator: None,
    })
}
