//! Login sessions: who came in by password, from where, and by which device (8.8).

use super::{Secret, account::AccountView};
use crate::{
    span::Span,
    time::{Instant, WireTime},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A login and its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct LoginSpec {
    /// Login of the account.
    #[schemars(length(min = 1, max = 254))]
    pub login: String,
    /// Its password.
    #[schemars(length(min = 1, max = 128), extend("format" = "password"))]
    pub password: Secret,
    /// How long the session lasts, such as `1h`: 1 minute to 30 days, which it lasts without it.
    #[serde(default)]
    pub valid_for: Option<Span>,
}

/// A login session as the API returns it, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoginSessionView {
    /// Number of the session.
    pub id: i64,
    /// When it began.
    pub ctime: WireTime,
    /// The program that it was begun with.
    pub device: String,
    /// The address that it was begun from.
    pub address: String,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// When it was last used, to the minute; null for one that was never used.
    pub last_used_at: Option<Instant>,
    /// Whether it is the one that this request came by.
    pub current: bool,
    /// Login of who acts for the account in this session; null for the account itself (8.4-02).
    pub impersonator: Option<String>,
}

/// A session that just began: its token is shown this once (8.8-03).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewLoginSessionView {
    /// The session.
    #[serde(flatten)]
    pub view: LoginSessionView,
    /// Its token, to be sent as `Authorization: Bearer ...`: it does what the account may do, for Terraform and for the API.
    pub token: Secret,
    /// The account that came in.
    pub account: AccountView,
}
