//! Operations on projects.

use super::{ById, InParent, Page, Patch, endpoint, list_query};
use crate::resource::project::{ProjectSpec, ProjectUpdate, ProjectView};

list_query! {
    /// Which projects, in which order.
    ProjectQuery, sorted by "`name`, `code`, `ctime`, `client` or `partner`", searched by "name" {
        /// Part of the name, as `q`: the platform's public clients compare the whole name themselves.
        name: String,
        /// Exactly this code.
        code: String,
        /// Code or id of the partner.
        partner: String,
        /// Code or id of the client.
        client: String,
    }
}

endpoint! {
    /// Lists the projects that the caller may see, the automatic ones too.
    List = "project.list" GET "/v1/project" Partner query ProjectQuery, answer Page<ProjectView>
}

endpoint! {
    /// Creates a project of a client.
    Create = "project.create" POST "/v1/project" Partner body ProjectSpec, answer ProjectView
}

endpoint! {
    /// Reads one project by id or code.
    Read = "project.read" GET "/v1/project/{id}" Partner path ById, query InParent, answer ProjectView
}

endpoint! {
    /// Replaces everything that may change in a project. The automatic one is its client's and cannot be changed.
    Replace = "project.replace" PUT "/v1/project/{id}" Partner path ById, query InParent, body ProjectUpdate, answer ProjectView
}

endpoint! {
    /// Changes some fields of a project.
    Modify = "project.modify" PATCH "/v1/project/{id}" Partner path ById, query InParent, body Patch<ProjectUpdate>, answer ProjectView
}

endpoint! {
    /// Deletes a project that has no machines. The automatic one goes with its client.
    Delete = "project.delete" DELETE "/v1/project/{id}" Partner path ById, query InParent, answer ()
}
