//! Operations on contracts.

use super::{ById, InParent, Page, endpoint, list_query};
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

list_query! {
    /// Which contracts, in which order.
    ContractQuery, sorted by "`name`, `ctime`, `client`, `balance`, `tariff_plan` or `partner`", searched by "name" {
        /// Part of the name, as `q`: the platform's public clients compare the whole name themselves.
        name: String,
        /// Code or id of the partner.
        partner: String,
        /// Code or id of the client; that of a client who is gone finds no contract, the contract's own id does.
        client: String,
        /// Code or id of the tariff plan that they are on.
        tariff_plan: String,
        /// `true` for contracts that ended, `false` for those in force.
        inactive: bool,
    }
}

endpoint! {
    /// Lists the contracts that the caller may see, those of deleted clients too. Name and tariff plan of a contract are changed through its client (7.1-08).
    List = "contract.list" GET "/v1/contract" Partner query ContractQuery, answer Page<ContractView>
}

endpoint! {
    /// Reads one contract by id, or by the code of its client.
    Read = "contract.read" GET "/v1/contract/{id}" Partner path ById, query InParent, answer ContractView
}

endpoint! {
    /// Reports what was consumed under a contract, day by day (7.8-03).
    Report = "contract.report" GET "/v1/contract/{id}/report" Partner path ById, query ReportQuery, answer ReportView
}
