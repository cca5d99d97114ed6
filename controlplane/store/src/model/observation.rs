//! Observations: what a source said of a thing, once and for ever.

use crate::{schema::observation, types::Json};
use diesel::{Queryable, Selectable};
use schemas::time::Instant;

/// One fact from one source. Its key is (source, epoch, sequence).
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = observation)]
pub struct Observation {
    /// Who said it.
    pub source_id: i64,
    /// In which of its connections.
    pub epoch: i64,
    /// Its number within the connection.
    pub sequence: i64,
    /// The thing it is about.
    pub resource_id: i64,
    /// When the source says it was so.
    pub observed_at: Instant,
    /// When it was received.
    pub received_at: Instant,
    /// What was said, as JSON.
    pub fact: Json,
}

/// What became of an observation that was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is new and stored.
    New,
    /// It was delivered before, with the same content.
    Duplicate,
    /// Another content was delivered before under its key. That one stays.
    Conflict,
}
