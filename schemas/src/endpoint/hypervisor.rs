//! Operations on hypervisors.

use super::{ById, InParent, ListQuery, Page, Patch, endpoint};
use crate::resource::hypervisor::{HypervisorSpec, HypervisorUpdate, HypervisorView};

endpoint! {
    /// Lists the hypervisors that the caller may see.
    List = "hypervisor.list" GET "/v1/hypervisor" Partner query ListQuery, answer Page<HypervisorView>
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
