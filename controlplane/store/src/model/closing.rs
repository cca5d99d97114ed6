//! Days that have closed.

use crate::{schema::closing, types::Sql};
use diesel::{Insertable, Queryable, Selectable};
use jiff::civil::Date;
use schemas::time::Instant;

/// Civil days of a contract that closed together, and what was known then.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = closing)]
pub struct Closing {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The contract.
    pub contract_id: i64,
    /// The last day.
    #[diesel(serialize_as = Sql<Date>)]
    pub last_day: Date,
    /// The first day.
    #[diesel(serialize_as = Sql<Date>)]
    pub first_day: Date,
    /// The run that closed them.
    pub run_id: i64,
    /// Facts that were recorded before this instant were taken into account.
    #[diesel(serialize_as = Sql<Instant>)]
    pub cutoff_at: Instant,
    /// How many observations and facts of the contract that were.
    pub evidence: i64,
}
