//! Invitations: links by which somebody takes up access (3.3.2).

use super::{Ref, Secret, access::GrantedRole};
use crate::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an invitation is taken up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Acceptance {
    /// Full name, for a new account; without it, the e-mail address.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Password of the account, 8 to 128 characters: a new one for a new account, else the one that it has.
    #[schemars(length(min = 8, max = 128))]
    pub password: Secret,
}

/// An invitation, to who has its link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationView {
    /// The e-mail address that was invited, which is or becomes the login.
    pub user: String,
    /// What is given.
    pub role: GrantedRole,
    /// The partner that it is over, or whose client it is over.
    pub partner: Ref,
    /// The client that it is over; null for a `partner_admin`.
    pub client: Option<Ref>,
    /// When the invitation ends.
    pub expires_at: Instant,
}
