//! Resource types, one file per noun: what it is created from (`Spec`), what may change (`Update`), what comes back
//! (`View`). The doc comments are the users' reference; `x-tf` hints say where Terraform differs from the API.

pub mod account;
pub mod client;
pub mod clients;
pub mod contract;
pub mod event;
pub mod hypervisor;
pub mod machine;
pub mod observation;
pub mod partner;
pub mod project;
pub mod report;
pub mod tariff_plan;

use crate::endpoint::Endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An object that Terraform manages: everything the generic adapter needs to know about it.
pub trait Resource: JsonSchema {
    /// The noun, which names the file in every layer: `esu_<noun>`, `/v1/<noun>`.
    const NOUN: &'static str;
    /// The attributes that make its import key, joined by `/`; none of them can be changed.
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
    /// Creates one.
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
#[schemars(inline)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
