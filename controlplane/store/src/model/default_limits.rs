//! The limits that a partner's clients begin with that register themselves.

use crate::{schema::default_limits, types::Json};
use diesel::{Queryable, Selectable};
use schemas::time::Instant;

/// A partner's default limits.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = default_limits)]
pub struct DefaultLimits {
    /// The partner whose they are.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// Moved by every edit.
    pub version: i64,
    /// The limits by hypervisor code, as JSON.
    pub limits: Json,
    /// When they were first set.
    pub created_at: Instant,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DefaultLimitsSort {
    /// By the time of first setting.
    #[default]
    CreatedAt,
}

/// Which are wanted.
#[derive(Clone, Debug, Default)]
pub struct DefaultLimitsFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
}
