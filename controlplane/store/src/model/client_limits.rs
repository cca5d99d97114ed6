//! The limits of single clients.

use crate::{schema::client_limits, types::Json};
use diesel::{Queryable, Selectable};
use schemas::time::Instant;

/// A client's limits.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = client_limits)]
pub struct ClientLimits {
    /// The partner of the client.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// The client whose they are.
    pub client_id: i64,
    /// Moved by every edit.
    pub version: i64,
    /// The limits by hypervisor code, as JSON.
    pub limits: Json,
    /// When they were first set.
    pub created_at: Instant,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientLimitsSort {
    /// By the time of first setting.
    #[default]
    CreatedAt,
}

/// Which are wanted.
#[derive(Clone, Debug, Default)]
pub struct ClientLimitsFilter {
    /// Of clients of this partner.
    pub partner_id: Option<i64>,
    /// Of the client of this partner and internal id.
    pub client_id: Option<i64>,
}
