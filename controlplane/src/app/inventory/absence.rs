//! What it means that something is missing from an inventory (P4).

use super::super::recording::kind_text;
use billing::observation::Kind;
use collect::Snapshot;
use std::collections::{BTreeMap, BTreeSet};
use store::model::resource::Resource;
use uuid::Uuid;

/// Complete inventories in a row that something must be missing from to have ended.
const INVENTORIES: i64 = 2;

/// The same, where so much vanished at once that the inventory itself is in doubt.
const INVENTORIES_AFTER_MASS_LOSS: i64 = 3;

/// The fewest machines of which a mass loss can be told.
const MASS_LOSS_MACHINES: usize = 10;

/// The share of machines, in percent, above which their loss is a mass loss.
const MASS_LOSS_PERCENT: usize = 30;

/// What is missing, and what follows.
#[derive(Debug, Default)]
pub(super) struct Verdict<'a> {
    /// What ended, at its last sighting.
    pub ended: Vec<&'a Resource>,
    /// What is missing and may come back: the ids of the rows.
    pub missed: Vec<i64>,
    /// What an operator should know.
    pub alert: Option<String>,
}

/// The names of the machines that could not be read, as they are and as they were known.
pub(super) fn unread<'a>(snapshot: &'a Snapshot, known: &'a BTreeMap<Uuid, Resource>) -> BTreeSet<&'a str> {
    let unread = snapshot.machines.iter().filter(|machine| machine.shape.is_err());
    let names = unread.flat_map(|machine| {
        let known = known.get(&machine.uuid).map(|row| row.name.as_str());
        [Some(machine.name.as_str()), known].into_iter().flatten()
    });
    names.collect()
}

/// Whether a disk is of one of some machines, by its name: theirs, and its place, which may have spaces as theirs may.
pub(super) fn is_of(disk: &Resource, machines: &BTreeSet<&str>) -> bool {
    disk.name.match_indices(' ').any(|(end, _)| disk.name.get(..end).is_some_and(|it| machines.contains(it)))
}

/// Judges everything that is known and not present.
pub(super) fn verdict<'a>(
    known: &'a BTreeMap<Uuid, Resource>,
    present: &BTreeSet<Uuid>,
    snapshot: &Snapshot,
) -> Verdict<'a> {
    // A machine that could not be read still has its disks.
    let unread = unread(snapshot, known);
    let is_unread = |row: &Resource| row.kind == kind_text(Kind::Disk) && is_of(row, &unread);
    // Whatever is missing may be what does not show which it is.
    let all_in_doubt = !snapshot.unidentified.is_empty();
    let in_doubt = |row: &Resource| all_in_doubt || is_unread(row);
    let missing: Vec<&Resource> =
        known.values().filter(|row| !present.contains(&row.uuid) && !in_doubt(row)).collect();
    let machine = kind_text(Kind::Machine);
    let machines = known.values().filter(|row| row.kind == machine).count();
    let lost = missing.iter().filter(|row| row.kind == machine).count();
    let mass_loss = machines >= MASS_LOSS_MACHINES && lost * 100 > machines * MASS_LOSS_PERCENT;
    let needed = if mass_loss { INVENTORIES_AFTER_MASS_LOSS } else { INVENTORIES };
    let (ended, missed): (Vec<&Resource>, Vec<&Resource>) =
        missing.into_iter().partition(|row| row.missed + 1 >= needed);
    let alert = (mass_loss && !missed.is_empty()).then(|| {
        format!("{lost} of {machines} machines vanished at once; they end after {needed} equal inventories")
    });
    let alert = alert.or_else(|| {
        let first = snapshot.unidentified.first()?;
        let count = snapshot.unidentified.len();
        Some(format!(
            "{count} machine(s) are not told apart, and nothing that is missing ends meanwhile: {first}"
        ))
    });
    Verdict { ended, missed: missed.iter().map(|row| row.id).collect(), alert }
}
