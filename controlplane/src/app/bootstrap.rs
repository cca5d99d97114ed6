//! Accounts and tokens from the command line, before there is anybody to call the API.

use super::{App, Error, convert, token::TokenText};
use schemas::{id::AccountId, span::Span, time::Instant};
use secrecy::SecretString;
use serde::Serialize;
use store::{
    Visible,
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
    /// The partner that the role is over; none for the platform.
    pub partner: Option<String>,
    /// How long the token is valid; without it, until it is revoked.
    pub valid_for: Option<Span>,
}

/// What the audit log keeps of a grant: never the token.
#[derive(Serialize)]
struct Granted<'a> {
    login: &'a str,
    role: &'a str,
    partner: Option<&'a str>,
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
        self.issue_token(&TokenRequest { login, role: Role::PlatformAdmin, partner: None, valid_for: None })
            .await
    }

    /// Grants an account a role and makes a token for it. The token is shown this once; only its hash is stored.
    ///
    /// # Errors
    /// When the partner does not exist, or the role and the partner do not go together.
    pub async fn issue_token(&self, request: &TokenRequest) -> Result<SecretString, Error> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let partner = match (request.role, request.partner.as_deref()) {
            (Role::PlatformAdmin, None) => None,
            (Role::PlatformAdmin, Some(_)) => {
                return Err(Error::BadRequest("a platform administrator has no partner".to_owned()));
            }
            (Role::PartnerAdmin, None) => {
                return Err(Error::BadRequest("say which partner with --partner CODE".to_owned()));
            }
            (Role::PartnerAdmin, Some(code)) => {
                let row = queries::partner::find_by_code(&mut tx, &Visible::All, code).await?;
                let missing = || Error::BadRequest(format!("there is no partner \"{code}\""));
                Some(row.ok_or_else(missing)?)
            }
        };
        let login = request.login.clone();
        let new = NewAccount { public_id: AccountId::random(), name: login.clone(), login, created_at: now };
        let account = queries::account::find_or_insert(&mut tx, &new).await?;
        let partner_id = partner.map(|partner| partner.id);
        queries::account::grant(&mut tx, account.id, request.role, partner_id).await?;
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
