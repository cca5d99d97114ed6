//! Operations on projects.

use super::{ById, InParent, ListQuery, Page, endpoint};
use crate::resource::project::ProjectView;

endpoint! {
    /// Lists the projects that the caller may see.
    List = "project.list" GET "/v1/project" Partner query ListQuery, answer Page<ProjectView>
}

endpoint! {
    /// Reads one project by id or code.
    Read = "project.read" GET "/v1/project/{id}" Partner path ById, query InParent, answer ProjectView
}
