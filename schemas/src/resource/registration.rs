//! Registrations: people become clients of a partner by themselves (5-01).

use super::{Ref, Secret, domain::DnsName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody registers with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct RegistrationSpec {
    /// Name of a domain whose users may register themselves, or an alias of it.
    pub domain: DnsName,
    /// E-mail address, which becomes the login; lower case. A message with a link is sent there.
    #[schemars(extend("format" = "login"))]
    pub email: String,
    /// Name of the client, such as that of a company; without it, the e-mail address.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    pub client: Option<String>,
}

/// What is answered to whoever registers: the same, whether there is an account or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegistrationReceipt {
    /// Where a message is sent.
    pub email: String,
}

/// How a registration is confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Confirmation {
    /// Full name; without it, the e-mail address.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Password of the new account: 8 to 128 characters.
    #[schemars(length(min = 8, max = 128))]
    pub password: Secret,
}

/// What a registration came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Registered {
    /// Login of the user, who administers the client.
    pub user: String,
    /// The client.
    pub client: Ref,
    /// Its partner.
    pub partner: Ref,
}
