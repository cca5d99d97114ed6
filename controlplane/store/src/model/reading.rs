//! Readings of traffic counters.

use crate::schema::reading;
use diesel::{Queryable, Selectable};
use schemas::time::Instant;

/// What one counter of a thing showed. Its key is (source, epoch, sequence), and it is never changed once written.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = reading)]
pub struct Reading {
    /// Who read it.
    pub source_id: i64,
    /// In which of its connections.
    pub epoch: i64,
    /// Its number among the readings of the connection.
    pub sequence: i64,
    /// The thing that it is about.
    pub resource_id: i64,
    /// Which of the thing's counters.
    pub counter: String,
    /// Which life of the counter.
    pub incarnation: i64,
    /// Bytes since that life began.
    pub bytes: i64,
    /// When the source says it was so.
    pub observed_at: Instant,
    /// When it was received.
    pub received_at: Instant,
}
