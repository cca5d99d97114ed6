//! Sources of observations.

use crate::{
    schema::source,
    types::{Sql, words},
};
use diesel::{Insertable, Queryable, Selectable};
use schemas::time::Instant;

words! {
    /// What kind of source it is.
    SourceKind {
        /// A hypervisor that is asked.
        Hypervisor = "hypervisor",
        /// Something else that tells by itself.
        External = "external",
        /// The control plane's own facts.
        ControlPlane = "control_plane",
    }

    /// How a source is doing.
    SourceState {
        /// Not heard yet.
        New = "new",
        /// Its last inventory was complete.
        Ok = "ok",
        /// It answers, and something is wrong with what it says.
        Degraded = "degraded",
        /// It does not answer.
        Down = "down",
    }
}

/// A source of observations.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = source)]
pub struct Source {
    /// The internal id.
    pub id: i64,
    /// Its name, unique.
    pub code: String,
    /// What kind of source.
    pub kind: SourceKind,
    /// The hypervisor; none for others, and once the hypervisor is deleted.
    pub hypervisor_id: Option<i64>,
    /// Its present connection's number, from 1; 0 before the first.
    pub epoch: i64,
    /// Seconds of silence after which its things are unknown, once it is heard again.
    pub hold_s: i64,
    /// How it is doing.
    pub state: SourceState,
    /// Since when.
    pub state_since: Instant,
    /// When it last gave a complete inventory.
    pub last_ok_at: Option<Instant>,
    /// What was last wrong with it.
    pub last_error: Option<String>,
    /// Inventories that were tried, failed ones too.
    pub attempts: i64,
    /// Machines in its last inventory.
    pub machines: i64,
    /// Those of them that belong to no one.
    pub unowned: i64,
    /// Those of them whose tag contradicts the owner that was assigned.
    pub mismatched: i64,
    /// The disks of its last inventory that are in places without a tier.
    pub unmapped_disks: i64,
    /// When it was first known.
    pub created_at: Instant,
    /// The seconds of silence that it is allowed now: those in force when it was last heard; none before.
    pub heard_hold_s: Option<i64>,
    /// The state that people were last told of.
    pub told_state: SourceState,
}

impl Source {
    /// What its last inventory had.
    pub fn counts(&self) -> Counts {
        Counts {
            machines: self.machines,
            unowned: self.unowned,
            mismatched: self.mismatched,
            unmapped_disks: self.unmapped_disks,
        }
    }

    /// The seconds of silence that it is allowed now.
    pub fn allowed_s(&self) -> i64 {
        self.heard_hold_s.unwrap_or(self.hold_s)
    }
}

/// A source to make known.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = source)]
pub struct NewSource {
    /// Its name.
    pub code: String,
    /// What kind of source.
    pub kind: SourceKind,
    /// The hypervisor.
    pub hypervisor_id: Option<i64>,
    /// Seconds of silence after which its things are unknown.
    pub hold_s: i64,
    /// When it is first known.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// How a source is found to be doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceReport {
    /// How it is doing.
    pub state: SourceState,
    /// When that was found.
    pub at: Instant,
    /// What is wrong with it; none keeps nothing.
    pub error: Option<String>,
    /// What a complete inventory had; none where there was none.
    pub counts: Option<Counts>,
}

/// What an inventory had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Machines.
    pub machines: i64,
    /// Machines that belong to no one.
    pub unowned: i64,
    /// Machines whose tag contradicts the owner that was assigned.
    pub mismatched: i64,
    /// Disks of somebody's machines that are in places without a tier.
    pub unmapped_disks: i64,
}
