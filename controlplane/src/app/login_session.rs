//! Login sessions: begun by a password or in somebody's place, listed and ended (8.4, 8.8).
//!
//! A login goes in steps, so that another factor has its place between the second and the third:
//!
//! 1. [`App::count_attempt`]: whether this login and this address may try at all;
//! 2. [`App::known_by_password`]: who it is;
//! 3. [`begin`]: the session, which is a token that ends.

use super::{
    Actor, App, Error, Operation, Request, account,
    audit::Change,
    list, password,
    token::{self, TokenText, end, owner},
};
use schemas::{
    endpoint::{Page, PageQuery},
    resource::login_session::{LoginSessionView, LoginSpec, NewLoginSessionView},
    span::Span,
    time::{Instant, WireTime},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, net::IpAddr};
use store::{
    Optional,
    model::account::{Account, NewToken, Token, TokenKind},
    queries,
};

const KIND: &str = "login_session";

/// How long attempts are counted together, in microseconds.
const ATTEMPTS_MICROS: i64 = 15 * 60 * 1_000_000;

/// The most attempts of one login, or by one link, in that time.
const MOST_OF_LOGIN: i64 = 10;

/// The most attempts from one address in that time: many people may be behind one.
const MOST_OF_ADDRESS: i64 = 100;

/// How long a session lasts at most, in seconds, and unless less is asked for.
const MAX_LIFE_S: u32 = 30 * 24 * 3600;

/// How long an impersonation lasts that nobody ends, in seconds.
const IMPERSONATION_S: u32 = 12 * 3600;

/// The session that the request comes by.
const CURRENT: &str = "current";

fn subject(kind: &str, text: &str) -> [u8; 32] {
    Sha256::digest(format!("{kind}\0{text}").as_bytes()).into()
}

fn of_login(login: &str) -> [u8; 32] {
    subject("login", &login.to_lowercase())
}

impl App {
    /// Counts an attempt to log in, which stays counted whatever becomes of it.
    ///
    /// # Errors
    /// When there were too many of the login or from the address; also where there is no such login.
    pub async fn count_attempt(&self, login: &str, address: IpAddr) -> Result<(), Error> {
        let address = subject("address", &address.to_string());
        self.count([(of_login(login), MOST_OF_LOGIN), (address, MOST_OF_ADDRESS)].to_vec()).await
    }

    /// Counts a call that anybody may make, by the link that it comes by and by its address.
    ///
    /// # Errors
    /// When there were too many by the link or from the address.
    pub(crate) async fn count_open(&self, link: Option<&str>, address: IpAddr) -> Result<(), Error> {
        let address = subject("open", &address.to_string());
        let link = link.map(|link| (subject("link", link), MOST_OF_LOGIN));
        self.count(link.into_iter().chain([(address, MOST_OF_ADDRESS)]).collect()).await
    }

    async fn count(&self, mut subjects: Vec<([u8; 32], i64)>) -> Result<(), Error> {
        let now = self.clock.now();
        let ends_at = Instant::from_micros(now.micros().saturating_add(ATTEMPTS_MICROS));
        // In one order, so that two attempts at once do not wait for each other.
        subjects.sort_unstable();
        let mut wait_micros = 0;
        let mut tx = self.store.begin().await?;
        for (subject, most) in &subjects {
            let attempts = queries::login_attempt::count(&mut tx, subject, now, ends_at).await?;
            if attempts.count > *most {
                wait_micros = wait_micros.max(attempts.ends_at.micros().saturating_sub(now.micros()));
            }
        }
        tx.commit().await?;
        if wait_micros > 0 {
            return Err(Error::TooMany { retry_after_s: wait_micros.saturating_add(999_999) / 1_000_000 });
        }
        Ok(())
    }

    /// Who has a login and its password. It takes as long where there is no such account, and for one that is shut out.
    ///
    /// # Errors
    /// When it is nobody who may come in; the caller is not told why.
    pub async fn known_by_password(&self, spec: &LoginSpec) -> Result<Actor, Error> {
        let mut reader = self.store.read().await?;
        let account = queries::account::find_by_login(&mut reader, &spec.login).await?;
        let account_id = account.as_ref().map_or(0, |account| account.id);
        let stored = queries::user::password_hash(&mut reader, account_id).await.optional()?.flatten();
        let held = queries::access::held(&mut reader, account_id).await?;
        drop(reader);
        let is_right = password::is_right(&spec.password, stored).await?;
        let account = account.filter(|account| is_right && account.active && !account.blocked);
        let account = account.ok_or(Error::Unauthorized("The login or the password is wrong."))?;
        Ok(Actor::of(account, held))
    }

    /// Begins a session of the account that the request is by; the attempts that led to it are forgotten.
    ///
    /// # Errors
    /// When it is to last too long, or the database fails.
    pub async fn log_in(
        &self,
        request: Request,
        spec: &LoginSpec,
        dry_run: bool,
    ) -> Result<(Operation, NewLoginSessionView), Error> {
        let mut op = Operation::writing(self.clone(), request, dry_run).await?;
        let life = spec.valid_for.unwrap_or(Span::from_s(MAX_LIFE_S));
        let account_id = op.request.actor.account_id;
        let account = queries::account::get(op.conn(), account_id).await?;
        let view = begin(&mut op, &account, None, life).await?;
        queries::login_attempt::forget(op.tx()?, &of_login(&spec.login)).await?;
        Ok((op, view))
    }
}

/// Begins a session: a token that ends, whose text is in this answer and nowhere else.
async fn begin(
    op: &mut Operation,
    account: &Account,
    impersonator: Option<&Actor>,
    life: Span,
) -> Result<NewLoginSessionView, Error> {
    let text = TokenText::random()?;
    let new = NewToken {
        kind: TokenKind::LoginSession,
        device: op.request.agent.clone(),
        address: op.request.address.to_string(),
        impersonator_id: impersonator.map(|actor| actor.account_id),
        expires_at: end(op.now, Some(life), Span::from_s(MAX_LIFE_S))?,
        ..text.row(account.id, "", op.now)
    };
    let row = queries::account::insert_token(op.tx()?, &new).await?;
    let partner_id = super::user::partner_of(op, account.id).await?;
    let view = view(op, &row, impersonator.map(|actor| actor.login.clone()));
    audit(op, account, partner_id, None, Some(&view)).await?;
    let held = queries::access::held(op.conn(), account.id).await?;
    let mut came_in = Actor::of(account.clone(), held);
    came_in.impersonator = impersonator.cloned().map(Box::new);
    op.answer_is_secret();
    Ok(NewLoginSessionView { view, token: text.shown(), account: account::view_of(op, &came_in).await? })
}

/// Begins a session in the place of a user who may do no more than the caller (8.4-01).
///
/// # Errors
/// When the user does not exist for the caller, may do more, is shut out, or is the caller; and when the caller acts for
/// another already.
pub async fn impersonate(op: &mut Operation, id: &str) -> Result<NewLoginSessionView, Error> {
    op.request.actor.require_self("act for somebody else")?;
    let (account, _) = owner(op, id).await?;
    if account.id == op.request.actor.account_id {
        return Err(Error::Forbidden("You are this account.".to_owned()));
    }
    if account.blocked || !account.active {
        return Err(Error::Forbidden("The account is shut out; nobody acts for it.".to_owned()));
    }
    let actor = op.request.actor.clone();
    begin(op, &account, Some(&actor), Span::from_s(IMPERSONATION_S)).await
}

/// Lists the sessions of an account that have not ended (8.8-01).
///
/// # Errors
/// When the account does not exist for the caller.
pub async fn list(op: &mut Operation, id: &str, query: &PageQuery) -> Result<Page<LoginSessionView>, Error> {
    let (account, _) = owner(op, id).await?;
    let (wanted, now) = (token::wanted(query)?, op.now);
    let listed = queries::token::list(op.conn(), account.id, TokenKind::LoginSession, now, &wanted).await?;
    let ids: Vec<i64> = listed.rows.iter().filter_map(|row| row.impersonator_id).collect();
    let logins: BTreeMap<i64, String> = queries::token::logins(op.conn(), &ids).await?.into_iter().collect();
    let login = |row: &Token| row.impersonator_id.and_then(|id| logins.get(&id).cloned());
    let views = listed.rows.iter().map(|row| view(op, row, login(row))).collect();
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Ends a session (8.8-04); that of the request is the caller's logging out (8.8-05), or its leaving (8.4-03).
///
/// # Errors
/// When there is none of this number.
pub async fn delete(op: &mut Operation, id: &str, number: &str) -> Result<(), Error> {
    let (account, partner_id) = owner(op, id).await?;
    let number = match number {
        CURRENT => op.request.actor.token_id,
        number => number.parse().map_err(|_| Error::NotFound)?,
    };
    let found = queries::token::find(op.conn(), account.id, TokenKind::LoginSession, number).await?;
    let row = found.filter(|row| row.revoked_at.is_none()).ok_or(Error::NotFound)?;
    let ids: Vec<i64> = row.impersonator_id.into_iter().collect();
    let login = queries::token::logins(op.conn(), &ids).await?.pop().map(|(_, login)| login);
    let now = op.now;
    queries::account::revoke_token(op.tx()?, row.id, now).await?;
    let view = view(op, &row, login);
    audit(op, &account, partner_id, Some(&view), None).await
}

async fn audit(
    op: &mut Operation,
    account: &Account,
    partner_id: Option<i64>,
    before: Option<&LoginSessionView>,
    after: Option<&LoginSessionView>,
) -> Result<(), Error> {
    let (id, name) = (account.public_id.0, account.login.as_str());
    op.audit(Change { partner_id, kind: KIND, id, name, before, after }).await
}

fn view(op: &Operation, row: &Token, impersonator: Option<String>) -> LoginSessionView {
    LoginSessionView {
        id: row.id,
        ctime: WireTime(row.created_at),
        device: row.device.clone(),
        address: row.address.clone(),
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        current: row.id == op.request.actor.token_id,
        impersonator,
    }
}
