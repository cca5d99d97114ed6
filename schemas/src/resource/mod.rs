//! Resource types, one file per noun: what it is created from (`Spec`), what may change (`Update`), what comes back
//! (`View`). The doc comments are the users' reference; `x-tf` hints say where Terraform differs from the API.

pub mod access;
pub mod account;
pub mod balance_correction;
pub mod client;
pub mod client_defaults;
pub mod client_limits;
pub mod clients;
pub mod contract;
pub mod default_limits;
pub mod domain;
pub mod effective_limits;
pub mod event;
pub mod hypervisor;
pub mod invitation;
pub mod limits;
pub mod login_session;
pub mod machine;
pub mod note;
pub mod observation;
pub mod partner;
pub mod payment;
pub mod plan_impact;
pub mod project;
pub mod promotion;
pub mod public_key;
pub mod quote;
pub mod registration;
pub mod report;
pub mod tariff_plan;
pub mod token;
pub mod transaction;
pub mod user;

use crate::endpoint::Endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An object that Terraform manages: everything the generic adapter needs to know about it.
///
/// There are two shapes. A *collection* has many objects under `/v1/<noun>`, made by `POST` there. A *singleton* is the
/// one of its parent, under the parent's path (`/v1/partner/{id}/client_defaults`), and [`Create`](Self::Create) is
/// [`Replace`](Self::Replace), a `PUT`:
///
/// | | collection | singleton |
/// |---|---|---|
/// | path parameter `{id}` | its own id or code | id or code of the parent: the last attribute of [`KEY`](Self::KEY) |
/// | query | the other attributes of the key (`?partner=`), where the code alone is ambiguous | the same |
/// | `Spec` | parents, code, and `Update` flattened | parents, and `Update` flattened |
/// | body of `Create` | `Spec` | `Update` alone, as for `Replace`: the parents are in path and query |
/// | creation only | its code is taken: 409 | `If-None-Match: *`: 412 `already_set` where it is set |
/// | `Idempotency-Key` | of the body | with `If-None-Match: *`; the body does not name the parent, so the key must |
/// | `View` | `id` of its own | `id` of the parent, `version`, and a `Ref` for each parent |
/// | `Read` | 404 where it is not there | 404 where it is not set |
/// | `Delete` | 404 where it is not there | clears it; 404 only where the parent is not there |
/// | `List` | those the caller sees | those that are set, under `/v1/<noun>` |
pub trait Resource: JsonSchema {
    /// The noun, which names the file in every layer: `esu_<noun>`, `/v1/<noun>`.
    const NOUN: &'static str;
    /// The attributes that make its import key, joined by `/`, parents first; none of them can be changed. The last one
    /// goes into the path, the others into the query under their own names. Empty for what has an id only.
    const KEY: &'static [&'static str];
    /// Attributes that only the server gives, beside `id`.
    const COMPUTED: &'static [Computed];
    /// What it is created from.
    type Spec: JsonSchema;
    /// What may change: the rest of `Spec` forces a replacement.
    type Update: JsonSchema;
    /// What comes back.
    type View: JsonSchema;
    /// Lists the collection.
    type List: Endpoint;
    /// Creates one; the same as `Replace` for a singleton.
    type Create: Endpoint;
    /// Reads one by id, or by code with its parents in the query.
    type Read: Endpoint;
    /// Replaces the whole editable set.
    type Replace: Endpoint;
    /// Deletes one.
    type Delete: Endpoint;
}

/// An attribute that only the server gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Computed {
    /// Its name in Terraform.
    pub name: &'static str,
    /// Where the view holds it, as a JSON pointer.
    pub path: &'static str,
    /// What it is, for the reference.
    pub description: &'static str,
}

/// A reference to another object, as answers nest it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Ref {
    /// Id of the object.
    pub id: Uuid,
    /// Code of the object.
    pub code: String,
    /// Name of the object.
    pub name: String,
}

/// A secret that is sent and never comes back; its debug form is blank.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "password"))]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
