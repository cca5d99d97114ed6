//! Accounts, what they may do and by which tokens they are known.

use super::access::Held;
use crate::{
    schema::{account, token},
    types::{Sql, SqlOption, words},
};
use diesel::{Identifiable, Insertable, Queryable, Selectable};
use schemas::{id::AccountId, time::Instant};

words! {
    /// What an account may do.
    Role {
        /// Everything.
        PlatformAdmin = "platform_admin",
        /// Everything of one partner.
        PartnerAdmin = "partner_admin",
        /// Everything of one client that is the client's own to do.
        ClientAdmin = "client_admin",
        /// What is in some projects of one client.
        ClientUser = "client_user",
        /// To see all of one client.
        ClientSupport = "client_support",
    }
}

/// An account that may call the API.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Identifiable)]
#[diesel(table_name = account)]
pub struct Account {
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: AccountId,
    /// The login, unique.
    pub login: String,
    /// The person's or program's name.
    pub name: String,
    /// Whether its tokens are accepted.
    pub active: bool,
    /// Whether it is shut out, whatever it has.
    pub blocked: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// An account to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = account)]
pub struct NewAccount {
    /// The public id.
    #[diesel(serialize_as = Sql<AccountId>)]
    pub public_id: AccountId,
    /// The login.
    pub login: String,
    /// The name.
    pub name: String,
    /// When it is made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

words! {
    /// How a token came about.
    TokenKind {
        /// It was made as one.
        Token = "token",
        /// Somebody came in by password, or in somebody's place.
        LoginSession = "login_session",
    }
}

/// A token by which an account is known. Only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = token)]
pub struct Token {
    /// The internal id.
    pub id: i64,
    /// Whose it is.
    pub account_id: i64,
    /// SHA-256 of the token's text.
    pub hash: Vec<u8>,
    /// What it is for, in its owner's words.
    pub label: String,
    /// When it was made.
    pub created_at: Instant,
    /// From when on it is refused.
    pub expires_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
    /// How it came about.
    pub kind: TokenKind,
    /// How its text begins; empty for one from before that was kept.
    pub prefix: String,
    /// The program that a login session was begun with.
    pub device: String,
    /// The address that a login session was begun from.
    pub address: String,
    /// Who acts for the account in its place.
    pub impersonator_id: Option<i64>,
}

/// A token to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = token)]
pub struct NewToken {
    /// Whose it is.
    pub account_id: i64,
    /// SHA-256 of the token's text, 32 bytes.
    pub hash: Vec<u8>,
    /// What it is for.
    pub label: String,
    /// When it is made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
    /// From when on it is refused.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub expires_at: Option<Instant>,
    /// How it comes about.
    pub kind: TokenKind,
    /// How its text begins.
    pub prefix: String,
    /// The program that a login session is begun with.
    pub device: String,
    /// The address that a login session is begun from.
    pub address: String,
    /// Who acts for the account in its place.
    pub impersonator_id: Option<i64>,
}

/// Who calls with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The token. The caller checks that it is neither expired nor revoked.
    pub token: Token,
    /// The account.
    pub account: Account,
    /// What it may do.
    pub held: Held,
    /// Who acts for the account in its place, and what that may do by itself.
    pub impersonator: Option<(Account, Held)>,
}
