//! Operations on tariff plans.

use super::{ById, InParent, ListQuery, Page, Patch, endpoint};
use crate::resource::tariff_plan::{TariffPlanSpec, TariffPlanUpdate, TariffPlanView};

endpoint! {
    /// Lists the tariff plans that the caller may see.
    List = "tariff_plan.list" GET "/v1/tariff_plan" Partner query ListQuery, answer Page<TariffPlanView>
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
