//! What an operator should know of an inventory: why some of it may not be so, or is not billed.

use super::shape::Seen;
use collect::{Machine, Power, Snapshot};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is in doubt in an inventory, beside what is missing from it.
pub(super) struct Doubts<'a> {
    /// The inventory.
    pub snapshot: &'a Snapshot,
    /// Its machines and disks.
    pub seen: &'a [Seen],
    /// The machines that are another hypervisor's.
    pub left: &'a BTreeSet<Uuid>,
    /// Whether what ended in a silence is told from what did not.
    pub is_settled: bool,
}

impl Doubts<'_> {
    /// All of it, after what is missing; none where nothing is.
    pub(super) fn beside(&self, missing: Option<String>) -> Option<String> {
        let elsewhere = self.left.first().map(|machine| {
            format!("{} machine(s) are another hypervisor's already, such as {machine}", self.left.len())
        });
        let unsettled = (!self.is_settled).then(|| {
            "something is missing after a silence; it is over with an inventory that is equal".to_owned()
        });
        let all = [missing, self.unread(), self.untold(), self.unsized_disks(), elsewhere, unsettled];
        let all: Vec<String> = all.into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    fn unread(&self) -> Option<String> {
        let reason = |machine: &Machine| machine.shape.as_ref().err().map(ToString::to_string);
        let unread = self.snapshot.machines.iter().filter_map(|machine| Some((machine, reason(machine)?)));
        let (first, reason) = unread.clone().next()?;
        Some(format!("{} machine(s) cannot be read, such as {}: {reason}", unread.count(), first.name))
    }

    fn untold(&self) -> Option<String> {
        let is_untold =
            |machine: &&Machine| machine.shape.as_ref().is_ok_and(|shape| shape.power == Power::Unknown);
        let untold = self.snapshot.machines.iter().filter(is_untold);
        let first = untold.clone().next()?;
        Some(format!("{} machine(s) are not told to run or not, such as {}", untold.count(), first.name))
    }

    fn unsized_disks(&self) -> Option<String> {
        let with_any = self.seen.iter().filter_map(|seen| Some((seen, seen.unsized_disk.as_ref()?)));
        let (first, disk) = with_any.clone().next()?;
        Some(format!(
            "{} machine(s) have disks whose size was never told, which are not billed, such as {disk} of {}",
            with_any.count(),
            first.name
        ))
    }
}
