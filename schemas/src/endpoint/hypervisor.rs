//! Operations on hypervisors.

use super::{ById, InParent, Page, Patch, endpoint, list_query};
use crate::resource::hypervisor::{HypervisorSpec, HypervisorUpdate, HypervisorView};

list_query! {
    /// Which hypervisors, in which order.
    HypervisorQuery, sorted by "`name`, `code` or `ctime`", searched by "name" {
        /// Part of the name, as `q`: the platform's public clients compare the whole name themselves.
        name: String,
        /// Exactly this code.
        code: String,
        /// Code or id of a partner that may use them.
        partner: String,
    }
}

endpoint! {
    /// Lists the hypervisors that the caller may see.
    List = "hypervisor.list" GET "/v1/hypervisor" Partner query HypervisorQuery, answer Page<HypervisorView>
}

endpoint! {
    /// Creates a hypervisor.
    Create = "hypervisor.create" POST "/v1/hypervisor" Platform body HypervisorSpec, answer HypervisorView
}

endpoint! {
    /// Reads one hypervisor by id or code.
    Read = "hypervisor.read" GET "/v1/hypervisor/{id}" Partner path ById, query InParent, answer HypervisorView
}

endpoint! {
    /// Replaces everything that may change in a hypervisor; what is left out goes back to its default.
    Replace = "hypervisor.replace" PUT "/v1/hypervisor/{id}" Platform path ById, query InParent, body HypervisorUpdate, answer HypervisorView
}

endpoint! {
    /// Changes some fields of a hypervisor.
    Modify = "hypervisor.modify" PATCH "/v1/hypervisor/{id}" Platform path ById, query InParent, body Patch<HypervisorUpdate>, answer HypervisorView
}

endpoint! {
    /// Deletes a hypervisor.
    Delete = "hypervisor.delete" DELETE "/v1/hypervisor/{id}" Platform path ById, query InParent, answer ()
}

endpoint! {
    /// Has an inventory taken now, beside the regular ones, and answers how the collection goes so far: `collector.attempts` moves when the inventory ends, and `collector.last_error` tells whether it failed.
    Collect = "hypervisor.collect" POST "/v1/hypervisor/{id}/collect" Platform path ById, query InParent, answer HypervisorView
}
