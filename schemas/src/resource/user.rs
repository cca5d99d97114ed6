//! Users: people and programs that a partner lets in (3.3.1).

use super::{Computed, Ref, Resource, Secret, account::HeldRole, domain::DnsName};
use crate::{endpoint, id::AccountId, time::WireTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const fn active_default() -> bool {
    true
}

const fn notify_default() -> bool {
    true
}

/// Which messages a user gets by mail, where its login is an e-mail address. Invitations and what a registration asks for come in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub struct Notify {
    /// Whether the administrator of a prepaid client is told that its balance fell to the client's `min_balance` (8.5.1-05).
    #[serde(default = "notify_default")]
    pub low_balance: bool,
    /// Whether the administrator of a partner is told of a note on one of its clients when the note's notification is due (7.4-10).
    #[serde(default = "notify_default")]
    pub note: bool,
    /// Whether an administrator of the platform is told that the usage of a hypervisor is not collected, and that it is again.
    #[serde(default = "notify_default")]
    pub collector: bool,
}

impl Default for Notify {
    fn default() -> Self {
        let on = notify_default();
        Self { low_balance: on, note: on, collector: on }
    }
}

/// What may change in a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct UserUpdate {
    /// Full name.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Phone number with its country, such as `+79001234567`.
    #[serde(default)]
    #[schemars(extend("format" = "phone"))]
    pub phone: Option<String>,
    /// Whether the user may come in; a user that is not active is refused with every token (3.3.1-07).
    #[serde(default = "active_default")]
    pub active: bool,
    /// Whether the user is shut out, with every token that it has (3.3.1-07).
    #[serde(default)]
    pub blocked: bool,
    /// Password, 8 to 128 characters. It is sent and never stored in the state; change `password_version` to have a new one set. Without one the user cannot log in until a password is generated for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 8, max = 128), extend("x-tf" = {"write_only": true}))]
    pub password: Option<Secret>,
    /// Any number; a new one has the password set again, and the same one leaves alone what the user has made of it since.
    #[serde(default)]
    pub password_version: Option<i64>,
    /// Which messages the user gets by mail; what is not named in it is on. Without it, that is for the user to say: a choice of its own is no difference.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"computed": true}))]
    pub notify: Option<Notify>,
}

/// What a user is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct UserSpec {
    /// Login of the user, unique on the platform, such as `ada@example.org`. Where it is an e-mail address, the user gets its messages there.
    #[schemars(extend("format" = "login"))]
    pub login: String,
    /// Name of the domain that the user belongs to: one that is linked to the partner.
    #[schemars(extend("x-tf" = {"path": "/domain/code"}))]
    pub domain: DnsName,
    /// What may change later.
    #[serde(flatten)]
    pub settings: UserUpdate,
}

/// A user as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserView {
    /// Id of the user.
    pub id: AccountId,
    /// When it was created.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Login, unique on the platform.
    pub login: String,
    /// Full name.
    pub name: String,
    /// The domain that it belongs to; its code is its name.
    pub domain: Ref,
    /// The partner that the domain is linked to.
    pub partner: Ref,
    /// Phone number with its country.
    pub phone: Option<String>,
    /// Whether the user may come in.
    pub active: bool,
    /// Whether the user is shut out.
    pub blocked: bool,
    /// Which password was last sent.
    pub password_version: Option<i64>,
    /// Which messages the user gets by mail.
    pub notify: Notify,
    /// What the user may do, as far as the caller may know of it.
    pub access: Vec<HeldRole>,
}

/// A password that was generated: it is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PasswordView {
    /// The password.
    pub password: Secret,
}

/// A user is a person or a program that a partner lets in. It belongs to a domain that is linked to the partner, and may do nothing until it is given access.
#[derive(JsonSchema)]
pub struct User;

impl Resource for User {
    const NOUN: &'static str = "user";
    const KEY: &'static [&'static str] = &["login"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = UserSpec;
    type Update = UserUpdate;
    type View = UserView;
    type List = endpoint::user::List;
    type Create = endpoint::user::Create;
    type Read = endpoint::user::Read;
    type Replace = endpoint::user::Replace;
    type Delete = endpoint::user::Delete;
}
