//! Domains: where the users of a partner belong, and whether they may register themselves (5-02, 5-03).

use super::{Computed, Ref, Resource};
use crate::{code::Code, endpoint, id::DomainId, time::WireTime};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeSet};

/// A name of the DNS, lower case and in ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DnsName(pub String);

impl JsonSchema for DnsName {
    fn schema_name() -> Cow<'static, str> {
        "DnsName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "dns-name" })
    }
}

/// What may change in a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct DomainUpdate {
    /// Code of the partner that the domain is linked to; it may be moved to another one.
    #[schemars(extend("x-tf" = {"path": "/partner/code"}))]
    pub partner: Code,
    /// Whether users may register themselves in the domain, and so become clients of its partner.
    #[serde(default)]
    pub registration_enabled: bool,
    /// Other names of the domain. No name and no alias is used twice on the platform.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub aliases: BTreeSet<DnsName>,
}

/// What a domain is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct DomainSpec {
    /// Name of the domain, such as `cloud.example.org`: lower case, international names in their form of ASCII (`xn--`).
    pub name: DnsName,
    /// What may change later.
    #[serde(flatten)]
    pub settings: DomainUpdate,
}

/// A domain as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DomainView {
    /// Id of the domain.
    pub id: DomainId,
    /// When it was created.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Name, unique on the platform.
    pub name: String,
    /// The partner that it is linked to.
    pub partner: Ref,
    /// Whether users may register themselves in it.
    pub registration_enabled: bool,
    /// Other names of it.
    pub aliases: BTreeSet<DnsName>,
}

/// A domain is what users belong to, linked to a partner. With registration enabled, it lets people become clients of that partner by themselves. Only platform administrators manage domains; a partner's administrator sees those of its partner.
#[derive(JsonSchema)]
pub struct Domain;

impl Resource for Domain {
    const NOUN: &'static str = "domain";
    const KEY: &'static [&'static str] = &["name"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = DomainSpec;
    type Update = DomainUpdate;
    type View = DomainView;
    type List = endpoint::domain::List;
    type Create = endpoint::domain::Create;
    type Read = endpoint::domain::Read;
    type Replace = endpoint::domain::Replace;
    type Delete = endpoint::domain::Delete;
}
