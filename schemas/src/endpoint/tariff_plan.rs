//! Operations on tariff plans.

use super::{ById, InParent, Page, PageInPartner, Patch, endpoint, list_query};
use crate::resource::tariff_plan::{
    TariffPlanClone, TariffPlanSpec, TariffPlanUpdate, TariffPlanVersionView, TariffPlanView,
};

list_query! {
    /// Which tariff plans, in which order.
    TariffPlanQuery, sorted by "`name`, `code`, `ctime` or `partner`", searched by "name" {
        /// Part of the name, as `q`: the platform's public clients compare the whole name themselves.
        name: String,
        /// Exactly this code.
        code: String,
        /// Code or id of the partner.
        partner: String,
    }
}

endpoint! {
    /// Lists the tariff plans that the caller may see.
    List = "tariff_plan.list" GET "/v1/tariff_plan" Partner query TariffPlanQuery, answer Page<TariffPlanView>
}

endpoint! {
    /// Creates a tariff plan.
    Create = "tariff_plan.create" POST "/v1/tariff_plan" Partner body TariffPlanSpec, answer TariffPlanView
}

endpoint! {
    /// Reads one tariff plan by id or code.
    Read = "tariff_plan.read" GET "/v1/tariff_plan/{id}" Partner path ById, query InParent, answer TariffPlanView
}

endpoint! {
    /// Replaces everything that may change in a tariff plan; what is left out goes back to its default.
    Replace = "tariff_plan.replace" PUT "/v1/tariff_plan/{id}" Partner path ById, query InParent, body TariffPlanUpdate, answer TariffPlanView
}

endpoint! {
    /// Changes some fields of a tariff plan.
    Modify = "tariff_plan.modify" PATCH "/v1/tariff_plan/{id}" Partner path ById, query InParent, body Patch<TariffPlanUpdate>, answer TariffPlanView
}

endpoint! {
    /// Deletes a tariff plan.
    Delete = "tariff_plan.delete" DELETE "/v1/tariff_plan/{id}" Partner path ById, query InParent, answer ()
}

endpoint! {
    /// Makes a new plan of the same partner with the prices that this one has now; this one stays as it is (6.1.2-01).
    Clone = "tariff_plan.clone" POST "/v1/tariff_plan/{id}/clone" Partner path ById, query InParent, body TariffPlanClone, answer TariffPlanView
}

endpoint! {
    /// Lists the versions of a plan, the first one first: which prices it had from when on.
    ListVersions = "tariff_plan.list_versions" GET "/v1/tariff_plan/{id}/version" Partner path ById, query PageInPartner, answer Page<TariffPlanVersionView>
}
