//! Plan impact: what a past period would have cost under other prices.

use super::endpoint;
use crate::resource::plan_impact::PlanImpactView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which plan with which prices, over which days.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanImpactQuery {
    /// Code or id of the tariff plan.
    pub tariff_plan: String,
    /// Code or id of the partner, where the code alone is ambiguous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// First day, such as `2021-12-01`, in the time zone of each contract.
    pub from: String,
    /// Last day, included; at most 366 days after the first.
    pub to: String,
    /// The prices to try, as JSON: all `services` of the plan as they would be, such as `{"kvm_cpu":{"price":"1.5","period":"day"}}`.
    // All services with every field fit; escaped, it fits an address.
    #[schemars(length(max = 4000))]
    pub services: String,
    /// How many clients are told one by one: 0 to 10000, 1000 without it.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub limit: Option<i64>,
}

endpoint! {
    /// Tells what past days would have cost, client by client, if a plan had had other prices from the beginning.
    Read = "plan_impact.read" GET "/v1/plan_impact" Partner query PlanImpactQuery, answer PlanImpactView
}
