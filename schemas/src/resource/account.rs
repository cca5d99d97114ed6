//! Accounts: who calls the API.

use super::{Ref, Secret, user::Notify};
use crate::id::AccountId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Role {
    /// Everything on the platform.
    PlatformAdmin,
    /// Everything of one or several partners.
    PartnerAdmin,
    /// Everything of a client that is its own to do: its projects and its users' access.
    ClientAdmin,
    /// What is in the projects of a client that are assigned.
    ClientUser,
    /// To see everything of a client.
    ClientSupport,
}

/// One role of an account, over one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct HeldRole {
    /// The role.
    pub role: Role,
    /// The partner it is over, or whose client it is over; null for the whole platform.
    pub partner: Option<Ref>,
    /// The client it is over; null for a whole partner, and for the whole platform.
    pub client: Option<Ref>,
}

/// The account that a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountView {
    /// Id of the account.
    pub id: AccountId,
    /// Login.
    pub login: String,
    /// Full name.
    pub username: String,
    /// What it may do.
    pub access: Vec<HeldRole>,
    /// Which messages it gets by mail, where its login is an e-mail address.
    #[serde(default)]
    pub notify: Notify,
    /// Login of who acts for the account in its place (8.4-02); null for the account itself.
    #[serde(default)]
    pub impersonator: Option<String>,
}

/// A new password in the place of the old one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct PasswordChange {
    /// The password until now.
    #[schemars(length(max = 128))]
    pub old: Secret,
    /// The password from now on: 8 to 128 characters.
    #[schemars(length(min = 8, max = 128))]
    pub new: Secret,
}
