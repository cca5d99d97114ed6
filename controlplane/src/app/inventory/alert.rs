//! What an operator should know of an inventory: why some of it may not be so, or is not billed.

use super::shape::Seen;
use collect::{Counters, Machine, Power, Snapshot};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is in doubt in an inventory, beside what is missing from it.
pub(super) struct Doubts<'a> {
    /// The inventory.
    pub snapshot: &'a Snapshot,
    /// What the counters of its machines show, where they could be read.
    pub counters: Option<&'a [Counters]>,
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
            "something is missing after a silence, or not told of; it lasts until that is known or given up".to_owned()
        });
        let of_it = [self.unread(), self.untold(), self.unsized_disks(), self.uncounted()];
        let all = [missing].into_iter().chain(of_it).chain([elsewhere, unsettled]);
        let all: Vec<String> = all.flatten().collect();
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

    /// Traffic is told late or, where the hypervisor does not keep it for so long, never.
    fn uncounted(&self) -> Option<String> {
        let Some(counters) = self.counters else {
            return Some("the counters of traffic cannot be read".to_owned());
        };
        let uncounted = counters.iter().filter_map(|one| one.traffic.as_ref().err());
        let first = uncounted.clone().next()?;
        Some(format!("the traffic of {} machine(s) cannot be read: {first}", uncounted.count()))
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
