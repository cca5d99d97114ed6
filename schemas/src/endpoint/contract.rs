//! Operations on contracts.

use super::{ById, InParent, Page, endpoint, list_query};
use crate::{
    resource::{
        contract::ContractView,
        payment::{CorrectionSpec, PaymentView},
        report::{ReportDetail, ReportGrouping, ReportView},
    },
    service::Service,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a report covers and how it is put together (7.8-04).
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// First day, such as `2021-12-20`.
    pub from: String,
    /// Last day, included; at most 366 days after the first.
    pub to: String,
    /// How long a date of the report is: `day` without it.
    #[serde(default)]
    pub detail: ReportDetail,
    /// What there is a total for: each `date` without it.
    #[serde(default)]
    pub group_by: ReportGrouping,
    /// Code or id of the only project that is reported; without it, all of them, and what belongs to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Id of the only service that is reported; without it, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
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

endpoint! {
    /// Corrects the balance of a contract by an amount (7.7-01). It is listed among the payments with its author (7.7-03).
    Correct = "contract.correct" POST "/v1/contract/{id}/correction" Partner path ById, query InParent, body CorrectionSpec, answer PaymentView
}
