//! Quotes: what a configuration costs before it is ordered.

use super::endpoint;
use crate::{
    resource::{
        hypervisor::{DiskType, HypervisorType},
        quote::QuoteView,
    },
    time::Instant,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is quoted: machines, quantities of services, or both; without either, what the client has now.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteQuery {
    /// Code or id of the partner, where a code alone is ambiguous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// Code or id of the tariff plan; without it, the client's plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff_plan: Option<String>,
    /// Code or id of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// At which moment prices are asked for; without it, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// Platform of the machines: `kvm` or `vmware`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<HypervisorType>,
    /// vCPU of each machine.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1024))]
    pub vcpu: Option<u32>,
    /// RAM of each machine, in GB.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65_536))]
    pub ram_gb: Option<u64>,
    /// System disk of each machine, in GB.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_048_576))]
    pub hdd_gb: Option<u64>,
    /// Type of that disk: `sata`, `sas` or `ssd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_type: Option<DiskType>,
    /// Whether each machine runs Windows: `true` or `false`.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    pub windows: Option<bool>,
    /// How many such machines: 1 to 10000, 1 without it.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub machines: Option<u64>,
    /// Quantities of services in pieces or GB, such as `public_ip:2,s3_storage:0.5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub quantities: Option<String>,
}

endpoint! {
    /// Tells what a configuration costs by the hour, the day, the month and the year under a plan.
    Read = "quote.read" GET "/v1/quote" Partner query QuoteQuery, answer QuoteView
}
