//! Access objects: what a user may do with a partner or a client (3.3.1, 3.3.2, 7.6).

use super::{Computed, Ref, Resource};
use crate::{
    code::{Code, ProjectCode},
    endpoint,
    id::AccessId,
    time::WireTime,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, str::FromStr};

/// What may be given over a partner or a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum GrantedRole {
    /// Everything of a partner.
    PartnerAdmin,
    /// Everything of a client that is its own to do: its projects and its users' access (7.6-04).
    ClientAdmin,
    /// What is in the projects of a client that are assigned (7.6-05).
    ClientUser,
    /// To see everything of a client (7.6-03).
    ClientSupport,
}

impl FromStr for GrantedRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        serde_json::from_value(text.into()).map_err(|_| {
            format!("\"{text}\" is no role; use partner_admin, client_admin, client_user or client_support")
        })
    }
}

/// How far access is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AccessStatus {
    /// Somebody is invited, and has not yet taken it up.
    Pending,
    /// It is the user's.
    Accepted,
    /// The invitation ended before it was taken up.
    Expired,
}

/// What may change in an access object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct AccessUpdate {
    /// Codes of the projects of the client that are assigned to a `client_user` (7.6-07). Without any it enters none (7.6-06). The other roles have all projects and take none here.
    #[serde(default)]
    #[schemars(length(max = 1000), extend("x-tf" = {"path": "/projects/*/code"}))]
    pub projects: BTreeSet<ProjectCode>,
}

/// What an access object is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct AccessSpec {
    /// Login of the user. Where there is none that the caller may see and it is an e-mail address, it is invited there: access is `pending` until the link in the message is followed.
    #[schemars(extend("format" = "login"))]
    pub user: String,
    /// What the user may do: `partner_admin`, `client_admin`, `client_user` or `client_support`. A user has one role at a client, and may have others at other clients (3.3.1-13, 3.3.1-14).
    pub role: GrantedRole,
    /// Code of the client; left out for `partner_admin`.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/client/code"}))]
    pub client: Option<Code>,
    /// Code of the partner for `partner_admin`; for the other roles, that of the client's partner, where the client's code alone is ambiguous.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/partner/code", "computed": true}))]
    pub partner: Option<Code>,
    /// What may change later.
    #[serde(flatten)]
    pub settings: AccessUpdate,
}

/// An access object as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessView {
    /// Id of the access object.
    pub id: AccessId,
    /// When it was given.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Login of the user.
    pub user: String,
    /// Full name of the user.
    pub name: String,
    /// What the user may do.
    pub role: GrantedRole,
    /// The partner that it is over, or whose client it is over.
    pub partner: Ref,
    /// The client that it is over; null for a `partner_admin`.
    pub client: Option<Ref>,
    /// The projects that are assigned.
    pub projects: Vec<Ref>,
    /// Whether it is the user's, or somebody is invited still.
    pub status: AccessStatus,
}

/// An access object is what a user may do with one partner or one client: a role. Without one a user may do nothing. Taken back, it ends at once.
#[derive(JsonSchema)]
pub struct Access;

impl Resource for Access {
    const NOUN: &'static str = "access";
    const KEY: &'static [&'static str] = &[];
    const COMPUTED: &'static [Computed] = &[Computed {
        name: "status",
        path: "/status",
        description: "`pending` while somebody is invited, `accepted` once it is the user's, `expired` where an invitation ended before it was taken up.",
    }];
    type Spec = AccessSpec;
    type Update = AccessUpdate;
    type View = AccessView;
    type List = endpoint::access::List;
    type Create = endpoint::access::Create;
    type Read = endpoint::access::Read;
    type Replace = endpoint::access::Replace;
    type Delete = endpoint::access::Delete;
}
