//! Operations on accounts.

use super::endpoint;
use crate::resource::account::AccountView;

endpoint! {
    /// Reads the account that the token belongs to.
    Me = "account.me" GET "/v1/account/me" Account answer AccountView
}
