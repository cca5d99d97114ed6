//! Attempts to log in.

use crate::types::Micros;
use diesel::{QueryableByName, sql_types::BigInt};
use schemas::time::Instant;

/// How many attempts there were in the time that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct LoginAttempts {
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// When the next time begins.
    #[diesel(sql_type = Micros)]
    pub ends_at: Instant,
}
