//! Tokens of accounts: made, listed and taken back (7.9).

use super::{App, Error, Operation, audit::Change, list, role::Act, secret, user};
use schemas::{
    endpoint::{Page, PageQuery},
    resource::{
        Secret,
        token::{NewTokenView, TokenSpec, TokenView},
    },
    span::Span,
    time::{Instant, WireTime},
};
use secrecy::{ExposeSecret, SecretString};
use store::{
    ListQuery as StoreList, Page as StorePage,
    model::account::{Account, NewToken, Token, TokenKind},
    queries,
};

const KIND: &str = "token";

/// What begins a token's text.
const PREFIX: &str = "esu_";

/// The most tokens of an account that a command lists.
const MOST_LISTED: i64 = 1_000;

/// How many characters of a token it is recognized by: the prefix that all have, and a few of its own.
const SHOWN_LENGTH: usize = 10;

/// The shortest life of a token, in seconds.
pub(super) const MIN_LIFE_S: u32 = 60;

/// A token's text, before it is sent and forgotten.
pub(crate) struct TokenText(SecretString);

impl TokenText {
    /// 256 random bits with the prefix by which leaked tokens are found.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(crate) fn random() -> Result<Self, Error> {
        Ok(Self(SecretString::from(secret::new(PREFIX)?)))
    }

    /// The row of a token of this text.
    pub(crate) fn row(&self, account_id: i64, label: &str, now: Instant) -> NewToken {
        NewToken {
            account_id,
            kind: TokenKind::Token,
            hash: hash(&self.0).to_vec(),
            prefix: self.0.expose_secret().chars().take(SHOWN_LENGTH).collect(),
            label: label.to_owned(),
            device: String::new(),
            address: String::new(),
            impersonator_id: None,
            created_at: now,
            expires_at: None,
        }
    }

    /// The text, for whoever is at the terminal.
    pub(crate) fn into_secret(self) -> SecretString {
        self.0
    }

    /// The text, for the one answer that it is in.
    pub(crate) fn shown(&self) -> Secret {
        Secret(self.0.expose_secret().to_owned())
    }
}

impl App {
    /// The tokens and login sessions of an account that are in force, for a command.
    ///
    /// # Errors
    /// When there is no such account.
    pub async fn tokens_of(&self, login: &str) -> Result<Vec<Token>, Error> {
        let mut reader = self.store.read().await?;
        let account = queries::account::find_by_login(&mut reader, login).await?;
        let missing = || Error::BadRequest(format!("there is no account \"{login}\""));
        let account_id = account.ok_or_else(missing)?.id;
        let page = StorePage::Keyset { after_id: 0, limit: MOST_LISTED };
        let (all, now) = (StoreList { page, ..StoreList::default() }, self.clock.now());
        let mut tokens = Vec::new();
        for kind in [TokenKind::Token, TokenKind::LoginSession] {
            tokens.extend(queries::token::list(&mut reader, account_id, kind, now, &all).await?.rows);
        }
        Ok(tokens)
    }

    /// Takes back the token or login session of a number, whoever has it. Answers whose it was.
    ///
    /// # Errors
    /// When there is none, or it was taken back before.
    pub async fn revoke(&self, number: i64) -> Result<String, Error> {
        let mut op = Operation::writing(self.clone(), self.local_request(), false).await?;
        let found = queries::token::find_any(op.conn(), number).await?;
        let (row, login) =
            found.ok_or_else(|| Error::BadRequest(format!("there is no token of the number {number}")))?;
        if row.revoked_at.is_some() {
            return Err(Error::BadRequest(format!("the token {number} was revoked before")));
        }
        let now = op.now;
        queries::account::revoke_token(op.tx()?, row.id, now).await?;
        let account = queries::account::get(op.conn(), row.account_id).await?;
        let partner_id = user::partner_of(&mut op, account.id).await?;
        audit(&mut op, &account, partner_id, Some(&view(&row)), None).await?;
        op.end().await?;
        Ok(login)
    }
}

/// The hash by which a token is stored and found.
pub(crate) fn hash(text: &SecretString) -> [u8; 32] {
    secret::hash(text.expose_secret())
}

/// When what is valid for so long from `now` on ends.
///
/// # Errors
/// When that is less than a minute or more than `most`.
pub(super) fn end(now: Instant, valid_for: Option<Span>, most: Span) -> Result<Option<Instant>, Error> {
    let Some(span) = valid_for else { return Ok(None) };
    if !(MIN_LIFE_S..=most.as_s()).contains(&span.as_s()) {
        return Err(Error::field("valid_for", format!("{span} is not accepted; use 1m to {most}")));
    }
    Ok(Some(Instant::from_micros(now.micros().saturating_add(span.as_micros()))))
}

/// Whether an id, a login or `me` is the caller's.
pub(super) fn is_own(op: &Operation, id: &str) -> bool {
    let actor = &op.request.actor;
    id == "me" || id == actor.login || id == actor.public_id.to_string()
}

/// The account of an id, a login or `me`, if the caller is it or manages it.
///
/// # Errors
/// When it does not exist for the caller, or may do more than the caller.
pub(super) async fn owner(op: &mut Operation, id: &str) -> Result<(Account, Option<i64>), Error> {
    let account_id = if is_own(op, id) {
        op.request.actor.account_id
    } else {
        // Of somebody else's, who manages the user is asked.
        op.enter(Act::USER);
        let row = op.user(id).await?;
        user::may_manage(op, &row).await?;
        row.id
    };
    let account = queries::account::get(op.conn(), account_id).await?;
    let partner_id = user::partner_of(op, account_id).await?;
    Ok((account, partner_id))
}

/// The part of what an account has that is asked for, the newest first.
pub(super) fn wanted(query: &PageQuery) -> Result<StoreList<()>, Error> {
    let (page, _) = list::page(query.page, query.limit, query.cursor.as_deref())?;
    Ok(StoreList { sort: (), descending: true, search: None, filter: (), page })
}

/// Lists the tokens of an account that are neither revoked nor expired.
///
/// # Errors
/// When the account does not exist for the caller.
pub async fn list(op: &mut Operation, id: &str, query: &PageQuery) -> Result<Page<TokenView>, Error> {
    let (account, _) = owner(op, id).await?;
    let (wanted, now) = (wanted(query)?, op.now);
    let listed = queries::token::list(op.conn(), account.id, TokenKind::Token, now, &wanted).await?;
    let views = listed.rows.iter().map(view).collect();
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Makes a token for an account (7.9-01). Its text is in this answer and nowhere else.
///
/// # Errors
/// When the account may do more than the caller, or the caller acts for another: a token would outlast that.
pub async fn create(op: &mut Operation, id: &str, spec: &TokenSpec) -> Result<NewTokenView, Error> {
    op.request.actor.require_self("create a token")?;
    let (account, partner_id) = owner(op, id).await?;
    let expires_at = end(op.now, spec.valid_for, Span::from_s(Span::MAX_S))?;
    let text = TokenText::random()?;
    let new = NewToken { expires_at, ..text.row(account.id, &spec.label, op.now) };
    let row = queries::account::insert_token(op.tx()?, &new).await?;
    let view = view(&row);
    audit(op, &account, partner_id, None, Some(&view)).await?;
    op.answer_is_secret();
    Ok(NewTokenView { view, token: text.shown() })
}

/// Takes a token back.
///
/// # Errors
/// When there is none of this number.
pub async fn delete(op: &mut Operation, id: &str, number: &str) -> Result<(), Error> {
    let (account, partner_id) = owner(op, id).await?;
    let number = number.parse().map_err(|_| Error::NotFound)?;
    let found = queries::token::find(op.conn(), account.id, TokenKind::Token, number).await?;
    let row = found.filter(|row| row.revoked_at.is_none()).ok_or(Error::NotFound)?;
    let now = op.now;
    queries::account::revoke_token(op.tx()?, row.id, now).await?;
    audit(op, &account, partner_id, Some(&view(&row)), None).await
}

async fn audit(
    op: &mut Operation,
    account: &Account,
    partner_id: Option<i64>,
    before: Option<&TokenView>,
    after: Option<&TokenView>,
) -> Result<(), Error> {
    let (id, name) = (account.public_id.0, account.login.as_str());
    op.audit(Change { partner_id, kind: KIND, id, name, before, after }).await
}

/// A token as the API shows it.
pub(super) fn view(row: &Token) -> TokenView {
    TokenView {
        id: row.id,
        ctime: WireTime(row.created_at),
        label: row.label.clone(),
        prefix: row.prefix.clone(),
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }
}
