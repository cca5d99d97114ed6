//! Partners: resellers and white-label operators of the cloud (INT-01).

use super::{Computed, Ref, Resource, limits::LimitsByHypervisor};
use crate::{
    code::Code,
    endpoint,
    id::{PartnerId, TariffPlanId},
    service::Service,
    span::Span,
    time::WireTime,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a partner sells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PartnerModel {
    /// Under its own brand, with its own tariff plans (INT-02).
    #[default]
    WhiteLabel,
    /// With plans that the provider makes (INT-03).
    Reseller,
}

fn time_zone_default() -> String {
    "Europe/Moscow".to_owned()
}

const fn grace_default() -> Span {
    Span::from_s(0)
}

/// What may change in a partner. Its own administrator may change the name only; the rest is the platform's (4-02 to 4-06).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct PartnerUpdate {
    /// Name of the partner, shown to people.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// How the partner sells: `white_label` under its own brand with its own plans, `reseller` with plans that the platform makes.
    #[serde(default)]
    pub model: PartnerModel,
    /// Codes of the hypervisors that the partner's clients may use.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/hypervisors/*/code"}))]
    pub hypervisors: BTreeSet<Code>,
    /// Ids of the services that the partner may offer; without it, all of them (INT-06).
    #[serde(default)]
    pub services: Option<BTreeSet<Service>>,
    /// Code of the partner's tariff plan that clients are on which are created without one. The plan may be created later than the partner: the code waits for it.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/default_plan/code"}))]
    pub default_plan: Option<Code>,
    /// Limits of the partner by hypervisor code, for all its clients together, on hypervisors that it has. Its own administrator may only see them (4-10).
    #[serde(default)]
    pub limits: LimitsByHypervisor,
    /// Time zone of the partner's days, a name of the IANA database such as `Europe/Moscow`. A contract copies it when it is made; an edit reaches new contracts only.
    #[serde(default = "time_zone_default")]
    #[schemars(extend("format" = "time-zone"))]
    pub time_zone: String,
    /// How long a prepaid client's machines go on after its money is used up, such as `24h`.
    #[serde(default = "grace_default")]
    pub grace: Span,
    /// Names of the DNS servers; the first is the SOA's MNAME (4-07).
    #[serde(default)]
    #[schemars(length(max = 13), inner(length(min = 1, max = 253)))]
    pub dns_ns: Vec<String>,
    /// E-mail address of the DNS administrator, written with `@` (4-08).
    #[serde(default)]
    #[schemars(extend("format" = "e-mail"))]
    pub dns_admin_email: Option<String>,
}

/// What a partner is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct PartnerSpec {
    /// Code of the partner, unique on the platform.
    pub code: Code,
    /// What may change later.
    #[serde(flatten)]
    pub settings: PartnerUpdate,
}

/// The plan of a partner's clients that are created without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct DefaultPlan {
    /// Id of the plan; null as long as the partner has no plan of this code.
    pub id: Option<TariffPlanId>,
    /// Code of the plan.
    pub code: String,
    /// Name of the plan; null as long as the partner has no plan of this code.
    pub name: Option<String>,
}

/// A partner as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartnerView {
    /// Id of the partner.
    pub id: PartnerId,
    /// When it was created.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Code, unique on the platform.
    pub code: String,
    /// Name.
    pub name: String,
    /// How the partner sells.
    pub model: PartnerModel,
    /// Hypervisors that its clients may use, by code.
    pub hypervisors: Vec<Ref>,
    /// Services it may offer; null is all of them.
    pub services: Option<BTreeSet<Service>>,
    /// The plan of its clients that are created without one.
    pub default_plan: Option<DefaultPlan>,
    /// Its limits by hypervisor code, for all its clients together.
    pub limits: LimitsByHypervisor,
    /// Time zone of its days.
    pub time_zone: String,
    /// How long a prepaid client's machines go on without money.
    pub grace: Span,
    /// Names of the DNS servers.
    pub dns_ns: Vec<String>,
    /// E-mail address of the DNS administrator.
    pub dns_admin_email: Option<String>,
}

/// A partner sells the cloud to clients of its own, under its own brand or as a reseller. Platform administrators create partners; a partner's administrator may change its name.
#[derive(JsonSchema)]
pub struct Partner;

impl Resource for Partner {
    const NOUN: &'static str = "partner";
    const KEY: &'static [&'static str] = &["code"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = PartnerSpec;
    type Update = PartnerUpdate;
    type View = PartnerView;
    type List = endpoint::partner::List;
    type Create = endpoint::partner::Create;
    type Read = endpoint::partner::Read;
    type Replace = endpoint::partner::Replace;
    type Delete = endpoint::partner::Delete;
}
