//! Operations on tokens.

use super::{ById, Page, PageQuery, endpoint};
use crate::resource::token::{NewTokenView, TokenSpec, TokenView};
use serde::{Deserialize, Serialize};

/// One of an account's tokens or login sessions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OfAccount {
    /// The account: its id, its login, or `me`.
    pub id: String,
    /// The number of the token or of the session.
    pub number: String,
}

endpoint! {
    /// Lists the tokens of an account that are neither revoked nor expired, the newest first; `me` is the account that calls. Login sessions are listed by themselves.
    List = "token.list" GET "/v1/account/{id}/token" Account path ById, query PageQuery, answer Page<TokenView>
}

endpoint! {
    /// Creates a token for an account (7.9-01) and shows it this once. An administrator does so for users who may do no more than the administrator. A repetition creates another one: the answer is not kept under its idempotency key.
    Create = "token.create" POST "/v1/account/{id}/token" Account path ById, body TokenSpec, answer NewTokenView
}

endpoint! {
    /// Revokes a token: it is refused from now on.
    Delete = "token.delete" DELETE "/v1/account/{id}/token/{number}" Account path OfAccount, answer ()
}
