//! Times in which sources were silent.

use crate::{schema::outage, types::Sql};
use diesel::{Insertable, Queryable, Selectable};
use schemas::time::Instant;

/// A source was silent for longer than its hold. Never changed once written.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = outage)]
pub struct Outage {
    /// The source.
    pub source_id: i64,
    /// When it had last looked at everything.
    #[diesel(serialize_as = Sql<Instant>)]
    pub from_at: Instant,
    /// When it had looked at everything again.
    #[diesel(serialize_as = Sql<Instant>)]
    pub to_at: Instant,
    /// The seconds of silence that it was allowed.
    pub hold_s: i64,
    /// When it was heard again; not before the end, which a source may tell of late.
    #[diesel(serialize_as = Sql<Instant>)]
    pub recorded_at: Instant,
}
