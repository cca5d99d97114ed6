//! What an inventory after a silence tells, and what it leaves open (P7).
//!
//! A silence is over when everything that was known before it was found, or has ended. What is missing once may have
//! ended; a machine that cannot be read, or is not told to run or not, may have been anything meanwhile; so may what is
//! missing while there is something that does not show what it is. They are waited for, while what was found counts
//! already. What is open after that stays so: nobody will know what it was.

use super::{
    super::{
        outage::{Silence, after},
        recording::Recorded,
    },
    absence::Verdict,
    arrival::said,
};
use billing::observation::{Fact, Power, Shape};
use collect::{Machine, Snapshot};
use schemas::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use store::model::resource::Resource;
use uuid::Uuid;

/// How long is waited for what an inventory after a silence leaves open, where three inventories do not take longer: hosts
/// come back to their vCenter one by one.
const PATIENCE_MICROS: i64 = 10 * 60 * 1_000_000;

/// What is known to a collector, and what is there.
pub(super) struct Things<'a, 'b> {
    /// Everything that was known before the inventory.
    pub known: &'a BTreeMap<Uuid, Resource>,
    /// What is there, in whatever shape.
    pub present: &'b BTreeSet<Uuid>,
    /// That of which all is told otherwise.
    pub settled: [&'b BTreeSet<Uuid>; 2],
}

/// A silence, and what an inventory after it leaves open.
pub(super) struct Settling<'a> {
    /// When the source was last heard before it.
    pub from_at: Instant,
    /// What was known then, and may have been anything since.
    open: BTreeMap<Uuid, &'a Resource>,
    /// Whether it lasts on.
    pub lasts: bool,
}

impl<'a> Settling<'a> {
    /// What an inventory leaves open of what was known before a silence, which lasts while that is waited for.
    pub(super) fn of(
        silence: Silence,
        things: &Things<'a, '_>,
        (snapshot, verdict): (&Snapshot, &Verdict<'_>),
        has_waited: bool,
    ) -> Self {
        let is_mute =
            |machine: &&Machine| !matches!(&machine.shape, Ok(it) if it.power != collect::Power::Unknown);
        let mute: BTreeSet<Uuid> = snapshot.machines.iter().filter(is_mute).map(|it| it.uuid).collect();
        let ended: BTreeSet<i64> = verdict.ended.iter().map(|row| row.id).collect();
        let is_open = |row: &&Resource| {
            let is_told = things.present.contains(&row.uuid) && !mute.contains(&row.uuid);
            let is_settled = things.settled.iter().any(|all| all.contains(&row.uuid));
            row.last_seen_at <= silence.from_at && !is_told && !is_settled && !ended.contains(&row.id)
        };
        let open: BTreeMap<Uuid, &Resource> =
            things.known.values().filter(is_open).map(|row| (row.uuid, row)).collect();
        Self { from_at: silence.from_at, lasts: !open.is_empty() && !has_waited, open }
    }

    /// Whether a thing is waited for.
    pub(super) fn awaits(&self, thing: Uuid) -> bool {
        self.lasts && self.open.contains_key(&thing)
    }

    /// Whether a thing is to be told to be as it was: what becomes of it while the silence lasts for others leaves the time
    /// until now as known as it is.
    pub(super) fn confirms(&self, row: &Resource) -> bool {
        self.lasts && row.last_seen_at <= self.from_at
    }

    /// What is recorded of what is waited for no longer: it counts on as it was last known, and the time of the silence is
    /// not charged, as that of what is found otherwise is not.
    pub(super) fn given_up(&self, now: Instant) -> Vec<Recorded> {
        let of_one = |row: &&Resource| {
            let Fact::Present(shape) = row.fact.read().ok()? else { return None };
            // Any other shape, of which no instant is known: nothing is charged for it.
            let power = if shape.power == Power::Off { Power::Paused } else { Power::Off };
            let other = Fact::Present(Shape { power, ..shape.clone() });
            let from = after(row.last_seen_at.max(self.from_at));
            Some([said(row, from, other), said(row, now, Fact::Present(shape))])
        };
        let is_over = !self.lasts;
        self.open.values().filter(|_| is_over).filter_map(of_one).flatten().collect()
    }
}

/// Whether what is open since an inventory after a silence was waited for long enough.
pub(super) fn has_waited(since: Option<Instant>, poll_interval_s: i64, now: Instant) -> bool {
    let patience = poll_interval_s.saturating_mul(2 * 1_000_000).max(PATIENCE_MICROS);
    since.is_some_and(|since| now.micros().saturating_sub(since.micros()) >= patience)
}
