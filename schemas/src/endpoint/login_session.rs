//! Operations on login sessions.

use super::{ById, Page, PageQuery, endpoint, token::OfAccount};
use crate::resource::login_session::{LoginSessionView, LoginSpec, NewLoginSessionView};

endpoint! {
    /// Begins a login session by a login and its password (8.8-02), without a token. Attempts are counted by login and by address; too many are 429 for a while.
    Create = "login_session.create" POST "/v1/account/session" Nobody body LoginSpec, answer NewLoginSessionView
}

endpoint! {
    /// Lists the login sessions of an account that have not ended, the newest first (8.8-01); `me` is the account that calls.
    List = "login_session.list" GET "/v1/account/{id}/session" Account path ById, query PageQuery, answer Page<LoginSessionView>
}

endpoint! {
    /// Ends a login session (8.8-04). The number `current` is the session that the request comes by: to end it is to log out (8.8-05), and to leave an impersonation (8.4-03).
    Delete = "login_session.delete" DELETE "/v1/account/{id}/session/{number}" Account path OfAccount, answer ()
}

endpoint! {
    /// Begins a login session as a user who may do no more than the caller (8.4-01). The audit log names both; it lasts 12 hours, or until it is ended. A repetition begins another one: the answer is not kept under its idempotency key.
    Impersonate = "login_session.impersonate" POST "/v1/account/{id}/impersonate" Account path ById, answer NewLoginSessionView
}
