//! Operations on users.

use super::{ById, InParent, Page, Patch, endpoint, list_query};
use crate::resource::user::{PasswordView, UserSpec, UserUpdate, UserView};

list_query! {
    /// Which users, in which order.
    UserQuery, sorted by "`login`, `name` or `ctime`", searched by "login and name" {
        /// Exactly this login.
        login: String,
        /// Name or id of the domain.
        domain: String,
        /// Code or id of the partner that the domain is linked to.
        partner: String,
        /// `true` for users that are active, `false` for the others.
        active: bool,
        /// `true` for users that are blocked, `false` for the others.
        blocked: bool,
    }
}

endpoint! {
    /// Lists the users that the caller may see.
    List = "user.list" GET "/v1/user" Partner query UserQuery, answer Page<UserView>
}

endpoint! {
    /// Creates a user, who may do nothing until it is given access.
    Create = "user.create" POST "/v1/user" Partner body UserSpec, answer UserView
}

endpoint! {
    /// Reads one user by id or login.
    Read = "user.read" GET "/v1/user/{id}" Partner path ById, query InParent, answer UserView
}

endpoint! {
    /// Replaces everything that may change in a user; what is left out goes back to its default, but for `notify`, which stays. A password that is left out stays, and so does one that comes with the `password_version` that is known.
    Replace = "user.replace" PUT "/v1/user/{id}" Partner path ById, query InParent, body UserUpdate, answer UserView
}

endpoint! {
    /// Changes some fields of a user.
    Modify = "user.modify" PATCH "/v1/user/{id}" Partner path ById, query InParent, body Patch<UserUpdate>, answer UserView
}

endpoint! {
    /// Gives a user another password, which is generated and shown this once. A repetition generates another one: the answer is not kept under its idempotency key.
    ResetPassword = "user.reset_password" POST "/v1/user/{id}/reset_password" Partner path ById, query InParent, answer PasswordView, status OK
}

endpoint! {
    /// Deletes a user with its access and its tokens.
    Delete = "user.delete" DELETE "/v1/user/{id}" Partner path ById, query InParent, answer ()
}
