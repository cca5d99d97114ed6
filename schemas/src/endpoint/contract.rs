//! Operations on contracts.

use super::{ById, InParent, ListQuery, Page, endpoint};
use crate::resource::{contract::ContractView, report::ReportView};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which days a report covers.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// First day, such as `2021-12-20`.
    pub from: String,
    /// Last day, included; at most 366 days after the first.
    pub to: String,
}

endpoint! {
    /// Lists the contracts that the caller may see.
    List = "contract.list" GET "/v1/contract" Partner query ListQuery, answer Page<ContractView>
}

endpoint! {
    /// Reads one contract by id, or by the code of its client.
    Read = "contract.read" GET "/v1/contract/{id}" Partner path ById, query InParent, answer ContractView
}

endpoint! {
    /// Reports what was consumed under a contract, day by day (7.8-03).
    Report = "contract.report" GET "/v1/contract/{id}/report" Partner path ById, query ReportQuery, answer ReportView
}
