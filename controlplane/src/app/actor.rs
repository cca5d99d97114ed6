//! Who calls: an account with its roles, known by a token.

use super::{
    App, Error, Request,
    role::{self, Act},
    token,
};
use schemas::{
    id::{AccessId, AccountId},
    time::Instant,
};
use secrecy::SecretString;
use std::net::{IpAddr, Ipv4Addr};
use store::{
    Visible,
    model::{
        access::{Access, Held},
        account::{Account, Role},
    },
    queries,
};
use uuid::Uuid;

/// An account that is known by its token, and what it may do.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The internal id of the token that it came with.
    pub token_id: i64,
    /// Its internal id.
    pub account_id: i64,
    /// Its public id.
    pub public_id: AccountId,
    /// Its login, as the audit log names it.
    pub login: String,
    /// Its full name.
    pub name: String,
    /// What it may do.
    pub access: Vec<Access>,
    /// The projects that are assigned to it: internal ids of the access and of the project.
    pub projects: Vec<(i64, i64)>,
    /// Who acts for it in its place (8.4).
    pub impersonator: Option<Box<Actor>>,
}

impl Actor {
    /// An account that is known otherwise than by a token.
    pub(crate) fn of(account: Account, held: Held) -> Self {
        Self {
            token_id: 0,
            account_id: account.id,
            public_id: account.public_id,
            login: account.login,
            name: account.name,
            access: held.accesses,
            projects: held.projects,
            impersonator: None,
        }
    }

    /// Refuses who acts for somebody else what would outlast that.
    ///
    /// # Errors
    /// When somebody acts in the account's place.
    pub(crate) fn require_self(&self, what: &str) -> Result<(), Error> {
        if self.impersonator.is_none() {
            return Ok(());
        }
        Err(Error::Forbidden(format!("Who acts for somebody else may not {what}.")))
    }

    /// Whether it administers the platform.
    pub fn is_platform_admin(&self) -> bool {
        role::is_platform_admin(&self.access)
    }

    /// Whether its roles reach a call at all.
    pub(crate) fn may_call(&self, act: Act) -> bool {
        role::reaches(&self.access, act)
    }

    /// Whose objects a call of it may be about; everything else does not exist for it.
    pub(crate) fn visible(&self, act: Act) -> Visible {
        role::visible(&self.access, &self.projects, act)
    }

    /// Whether it gives and takes access over a partner, or a client of that partner.
    pub(crate) fn manages_access(&self, partner_id: Option<i64>, client_id: Option<i64>) -> bool {
        role::manages_access(&self.access, (partner_id, client_id))
    }

    /// Whether it gives and takes what this access is over.
    pub(crate) fn manages(&self, access: &Access) -> bool {
        self.manages_access(access.partner_id, access.client_id)
    }

    /// Refuses those who do not administer the platform.
    ///
    /// # Errors
    /// When the caller is not a platform administrator.
    pub fn require_platform_admin(&self, what: &str) -> Result<(), Error> {
        if self.is_platform_admin() {
            return Ok(());
        }
        Err(Error::Forbidden(format!("Only platform administrators may {what}.")))
    }
}

impl App {
    /// A call of whoever runs a command beside the database: that is a platform administrator.
    pub(crate) fn local_request(&self) -> Request {
        let login = "controlplane".to_owned();
        let actor = Actor {
            token_id: 0,
            account_id: 0,
            public_id: AccountId(Uuid::nil()),
            name: login.clone(),
            login,
            access: vec![self.all_access()],
            projects: Vec::new(),
            impersonator: None,
        };
        let agent = "controlplane".to_owned();
        Request { actor, request_id: Uuid::new_v4(), agent, address: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    /// What lets a call do everything.
    pub(crate) fn all_access(&self) -> Access {
        Access {
            id: 0,
            public_id: AccessId(Uuid::nil()),
            version: 0,
            account_id: None,
            login: String::new(),
            role: Role::PlatformAdmin,
            partner_id: None,
            client_id: None,
            created_at: self.clock.now(),
        }
    }

    /// A call of somebody without a token.
    pub(crate) fn nobodys_request(request_id: Uuid, agent: String, address: IpAddr) -> Request {
        let actor = Actor {
            token_id: 0,
            account_id: 0,
            public_id: AccountId(Uuid::nil()),
            login: "nobody".to_owned(),
            name: String::new(),
            access: Vec::new(),
            projects: Vec::new(),
            impersonator: None,
        };
        Request { actor, request_id, agent, address }
    }

    /// The account that a token belongs to.
    ///
    /// # Errors
    /// When the token is unknown, expired or revoked, or its account blocked or not active (3.3.1-07); the caller is not
    /// told which.
    pub async fn authenticate(&self, token: &SecretString) -> Result<Actor, Error> {
        let now = self.clock.now();
        let mut reader = self.store.read().await?;
        let bearer = queries::account::find_bearer(&mut reader, &token::hash(token)).await?;
        drop(reader);
        let Some(bearer) = bearer else {
            return Err(Error::Unauthorized("The token is not valid."));
        };
        let ended = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let is_shut_out = bearer.account.blocked || !bearer.account.active;
        if is_shut_out || ended(bearer.token.revoked_at) || ended(bearer.token.expires_at) {
            return Err(Error::Unauthorized("The token is not valid."));
        }
        if queries::account::touch_is_due(&bearer.token, now) {
            let mut tx = self.store.begin().await?;
            queries::account::touch_token(&mut tx, bearer.token.id, now).await?;
            tx.commit().await?;
        }
        let mut actor = Actor { token_id: bearer.token.id, ..Actor::of(bearer.account, bearer.held) };
        if let Some((account, held)) = bearer.impersonator {
            let is_shut_out = account.blocked || !account.active;
            let impersonator = Actor::of(account, held);
            let mut accesses = actor.access.iter();
            // It is never a way to more, whatever was granted or taken since it began.
            if is_shut_out || !accesses.all(|access| impersonator.manages(access)) {
                return Err(Error::Unauthorized("The token is not valid."));
            }
            actor.impersonator = Some(Box::new(impersonator));
        }
        Ok(actor)
    }
}
