//! Whose machines are, where that was said.

use crate::{schema::machine_owner, types::Sql};
use diesel::Insertable;
use schemas::time::Instant;
use uuid::Uuid;

/// That a machine is a project's, whatever its tag says.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = machine_owner)]
pub struct MachineOwner {
    /// The machine, by its UUID on its hypervisor.
    #[diesel(serialize_as = Sql<Uuid>)]
    pub machine: Uuid,
    /// The partner.
    pub partner_id: i64,
    /// The project.
    pub project_id: i64,
    /// When that was said.
    #[diesel(serialize_as = Sql<Instant>)]
    pub assigned_at: Instant,
}
