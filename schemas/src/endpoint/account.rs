//! Operations on accounts.

use super::endpoint;
use crate::resource::{
    account::{AccountView, PasswordChange},
    user::Notify,
};

endpoint! {
    /// Reads the account that the token belongs to.
    Me = "account.me" GET "/v1/account/me" Account answer AccountView
}

endpoint! {
    /// Changes the password of the account that the token belongs to, which takes the old one.
    ChangePassword = "account.change_password" PUT "/v1/account/password" Account body PasswordChange, answer ()
}

endpoint! {
    /// Says which messages the account that the token belongs to gets by mail; what is left out is on.
    ChangeNotify = "account.change_notify" PUT "/v1/account/notify" Account body Notify, answer Notify
}
