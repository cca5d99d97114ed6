//! Operations on accounts.

use super::endpoint;
use crate::resource::account::{AccountView, PasswordChange};

endpoint! {
    /// Reads the account that the token belongs to.
    Me = "account.me" GET "/v1/account/me" Account answer AccountView
}

endpoint! {
    /// Changes the password of the account that the token belongs to, which takes the old one.
    ChangePassword = "account.change_password" PUT "/v1/account/password" Account body PasswordChange, answer ()
}
