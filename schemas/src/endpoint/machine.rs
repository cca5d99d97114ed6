//! Operations on machines, as the collectors see them.

use super::{ById, Page, endpoint, list_query};
use crate::resource::machine::{MachineAssignment, MachineProblem, MachineView};

list_query! {
    /// Which machines, in which order.
    MachineQuery, sorted by "`name`, `first_seen_at` or `last_seen_at`", searched by "name" {
        /// Code or id of the hypervisor.
        hypervisor: String,
        /// Code or id of the partner.
        partner: String,
        /// Id of the project, or its code where only one project has it.
        project: String,
        /// `true` for machines that a project owns, `false` for those that none owns.
        owned: bool,
        /// `true` for machines that are there, `false` for those that ended.
        live: bool,
        /// What is wrong with it.
        problem: MachineProblem,
    }
}

endpoint! {
    /// Lists the machines that the caller may see; those without an owner are the platform's to see.
    List = "machine.list" GET "/v1/machine" Partner query MachineQuery, answer Page<MachineView>
}

endpoint! {
    /// Assigns a machine to a project, which is billed from the next inventory on, whatever its owner tag says. A partner's administrator moves machines among the projects of its partners; a platform's administrator assigns any.
    Assign = "machine.assign" PUT "/v1/machine/{id}/owner" Partner path ById, body MachineAssignment, answer MachineView
}

endpoint! {
    /// Has a machine follow its owner tag again, from the next inventory on.
    Release = "machine.release" DELETE "/v1/machine/{id}/owner" Platform path ById, answer ()
}
