//! Tokens: by what programs are known to the API (7.9, 8.8-03).

use super::Secret;
use crate::{
    span::Span,
    time::{Instant, WireTime},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a token is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct TokenSpec {
    /// What the token is for, in its owner's words.
    #[schemars(length(min = 1, max = 255))]
    pub label: String,
    /// How long the token is valid, such as `30d`: 1 minute to 3650 days. Without it, until it is revoked.
    #[serde(default)]
    pub valid_for: Option<Span>,
}

/// A token as the API returns it, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenView {
    /// Number of the token.
    pub id: i64,
    /// When it was created.
    pub ctime: WireTime,
    /// What it is for.
    pub label: String,
    /// How its text begins, by which it is recognized.
    pub prefix: String,
    /// From when on it is refused; null for a token that is valid until it is revoked.
    pub expires_at: Option<Instant>,
    /// When it was last used, to the minute; null for one that was never used.
    pub last_used_at: Option<Instant>,
}

/// A token that was just created: its text is shown this once (7.9-02).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewTokenView {
    /// The token.
    #[serde(flatten)]
    pub view: TokenView,
    /// Its text, to be sent as `Authorization: Bearer ...`. Only its hash is kept: nobody can show it again.
    pub token: Secret,
}
