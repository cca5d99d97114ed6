//! Projects: what the machines of a client belong to.

use crate::{schema::project, types::Sql};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use schemas::{code::Code, id::ProjectId, time::Instant};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = project)]
pub struct Project {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: ProjectId,
    /// The client it belongs to.
    pub client_id: i64,
    /// Moved by every edit.
    pub version: i64,
    /// The code, unique within its parent.
    pub code: Code,
    /// The name.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
}

/// A project to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = project, treat_none_as_default_value = false)]
pub struct NewProject {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The public id.
    #[diesel(serialize_as = Sql<ProjectId>)]
    pub public_id: ProjectId,
    /// The client it belongs to.
    pub client_id: i64,
    /// The code, unique within its parent.
    #[diesel(serialize_as = Sql<Code>)]
    pub code: Code,
    /// The name.
    pub name: String,
    /// When it was made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// What of a project may be changed.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = project, treat_none_as_null = true)]
pub struct ProjectEdit {
    /// The name.
    pub name: String,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProjectSort {
    /// By name.
    #[default]
    Name,
    /// By code.
    Code,
    /// By the time of making.
    CreatedAt,
    /// By the name of the client.
    Client,
    /// By the name of the partner.
    Partner,
}

/// Which projects are wanted.
#[derive(Clone, Debug, Default)]
pub struct ProjectFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this client.
    pub client_id: Option<i64>,
    /// Of this code.
    pub code: Option<String>,
}

/// Where a project is: the codes of its partner, its client and its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectPath {
    /// The partner's code.
    pub partner: String,
    /// The client's code.
    pub client: String,
    /// The project's code.
    pub project: String,
}

/// A project with everything that is billed for it, by internal ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct ProjectOwner {
    /// The partner.
    pub partner_id: i64,
    /// The client.
    pub client_id: i64,
    /// The client's contract.
    pub contract_id: i64,
    /// The project.
    pub project_id: i64,
}
