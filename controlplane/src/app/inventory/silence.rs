//! What an inventory after a silence tells, and what it leaves open (P7).
//!
//! A silence is over when everything that was known before it was found, or has ended. A machine that cannot be read, or
//! is not told to run or not, may have been anything meanwhile; so may what is missing while there is something that does
//! not show what it is. A few inventories are waited for them. What is untold then stays so: nobody will know what it was.

use super::{
    super::{
        Error,
        outage::{self, Silence},
        recording::Recorded,
    },
    absence::Verdict,
    arrival::{off, said},
};
use collect::{Machine, Power, Snapshot};
use schemas::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use store::{Tx, model::resource::Resource};
use uuid::Uuid;

/// Complete inventories in a row after a silence that may leave something untold before that is given up.
const INVENTORIES: i64 = 3;

/// What was known before a silence and was not told of since.
pub(super) struct Untold<'a> {
    rows: Vec<&'a Resource>,
}

impl<'a> Untold<'a> {
    /// Of what is known, what an inventory does not tell of: neither that it is there, in some shape, nor that it ended or
    /// may have. Of what is `settled` all is told otherwise; what is `present` is there, in whatever shape.
    pub(super) fn of(
        known: &'a BTreeMap<Uuid, Resource>,
        present: &BTreeSet<Uuid>,
        settled: [&BTreeSet<Uuid>; 2],
        (snapshot, verdict): (&Snapshot, &Verdict<'_>),
    ) -> Self {
        let is_mute = |machine: &&Machine| !matches!(&machine.shape, Ok(it) if it.power != Power::Unknown);
        let mute: BTreeSet<Uuid> = snapshot.machines.iter().filter(is_mute).map(|it| it.uuid).collect();
        let ended = verdict.ended.iter().map(|row| row.id);
        let judged: BTreeSet<i64> = ended.chain(verdict.missed.iter().copied()).collect();
        let is_untold = |row: &&Resource| {
            let is_told = present.contains(&row.uuid) && !mute.contains(&row.uuid);
            let is_settled = settled.iter().any(|all| all.contains(&row.uuid));
            !is_told && !is_settled && !judged.contains(&row.id)
        };
        Self { rows: known.values().filter(is_untold).collect() }
    }

    /// Ends a silence when nothing is missing or awaited any more, with what is recorded of what is given up. Answers the
    /// contracts that may cost something else now; none where it lasts, and what is untold is missed.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(super) async fn end(
        &self,
        tx: &mut Tx,
        (source_id, silence): (i64, Silence),
        verdict: &mut Verdict<'_>,
        facts: &mut Vec<Recorded>,
        now: Instant,
    ) -> Result<Option<BTreeSet<(i64, i64)>>, Error> {
        let is_awaited = self.rows.iter().any(|row| row.missed + 1 < INVENTORIES);
        if is_awaited || !verdict.missed.is_empty() {
            verdict.missed.extend(self.rows.iter().map(|row| row.id));
            return Ok(None);
        }
        facts.splice(..0, self.rows.iter().filter_map(|row| given_up(row, now)).flatten());
        Ok(Some(outage::end(tx, source_id, silence, now, now).await?))
    }
}

/// What is recorded of a thing that is waited for no longer: it counts on as it was last known, and the time of the silence
/// is not charged, as that of what is found otherwise is not. What was off is not charged anyway.
fn given_up(row: &Resource, now: Instant) -> Option<[Recorded; 2]> {
    let fact = row.fact.read().ok()?;
    let (_, off) = off(row).filter(|(_, off)| off.fact != fact)?;
    Some([off, said(row, now, fact)])
}
