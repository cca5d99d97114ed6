//! Leases: which server does a task.

use crate::schema::lease;
use diesel::{Queryable, Selectable};
use schemas::time::Instant;

/// A task and who does it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = lease)]
pub struct Lease {
    /// The task.
    pub name: String,
    /// The server that does it.
    pub holder: String,
    /// Until when, unless it is renewed.
    pub expires_at: Instant,
}
