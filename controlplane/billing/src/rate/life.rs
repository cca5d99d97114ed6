//! What one service sees of a resource's life.

use super::{Hold, RateError, Resource, Window};
use crate::{
    fold::Interval,
    observation::{Kind, Power, Thing, is_owned, services},
};
use schemas::{service::Service, time::Instant};
use std::collections::BTreeSet;

/// A stretch of a resource's life in which a service's quantity stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The first instant.
    pub(super) from: Instant,
    /// The first instant after it.
    pub(super) to: Instant,
    /// Whether periods begun before go on here. They do not after the resource was gone, or while a disk is of another
    /// type (V2).
    pub(super) goes_on: bool,
    /// Quantity in base units; 0 while the resource belongs to somebody else (T3), is held, or is not known (Q2).
    pub(super) quantity: u64,
    /// Whether the machine runs; everything else always does (Q2).
    pub(super) power: Power,
}

/// Checks that intervals follow one another.
///
/// # Errors
/// When one is empty, overlaps the next, or lasts on although it is not the last.
pub(super) fn check(resource: &Resource) -> Result<(), RateError> {
    let mut free = Some(Instant::MIN);
    for interval in &resource.intervals {
        let is_free = free.is_some_and(|free| free <= interval.from);
        // What begins at the last instant of all lasts, like everything else that has not ended.
        if !is_free || interval.to.is_some_and(|to| to <= interval.from) {
            return Err(RateError::Intervals { resource: resource.id });
        }
        free = interval.to;
    }
    Ok(())
}

/// The services that a resource ever used under `contract`.
pub(super) fn used(resource: &Resource, contract: i64) -> BTreeSet<Service> {
    let owned = resource.intervals.iter().filter(|interval| is_owned(&interval.shape, contract));
    owned.flat_map(|interval| services(&interval.shape.thing)).map(|(service, _)| service).collect()
}

/// What a contract's facts take from an item.
#[derive(Clone, Debug)]
pub(super) struct Cover<'a> {
    /// Times in which its quantity is 0, while its periods run on (Q2): in order, apart from one another.
    pub(super) held: &'a [Window],
    /// Times that are not its own: its periods end with their beginning, and begin anew after them (A1, A2).
    pub(super) out: Vec<Window>,
}

impl Cover<'_> {
    /// When anything changes next after `instant`, `end` at the latest.
    fn change_after(&self, instant: Instant, end: Instant) -> Instant {
        let all = self.held.iter().chain(&self.out).flat_map(|window| [window.from, window.to]);
        all.filter(|at| *at > instant).fold(end, Instant::min)
    }
}

/// Whether one of `windows` holds `instant`.
fn any_holds(windows: &[Window], instant: Instant) -> bool {
    windows.iter().any(|window| (window.from..window.to).contains(&instant))
}

/// The times of `holds`, in order, those that touch as one.
pub(super) fn merged(holds: &[Hold]) -> Vec<Window> {
    let windows = holds.iter().map(|hold| Window { from: hold.from, to: hold.to.unwrap_or(Instant::MAX) });
    let mut sorted: Vec<Window> = windows.filter(|window| window.from < window.to).collect();
    sorted.sort_by_key(|window| (window.from, window.to));
    let mut merged: Vec<Window> = Vec::with_capacity(sorted.len());
    for window in sorted {
        match merged.last_mut().filter(|last| window.from <= last.to) {
            Some(last) => last.to = last.to.max(window.to),
            None => merged.push(window),
        }
    }
    merged
}

/// What `service` sees of the intervals that begin before `end`.
pub(super) fn stretches(
    intervals: &[Interval],
    service: Service,
    contract: i64,
    end: Instant,
    cover: &Cover<'_>,
) -> Vec<Stretch> {
    stretches_of(intervals, end, cover, |interval| {
        let thing = &interval.shape.thing;
        let here = services(thing).find(|(other, _)| *other == service).map(|(_, quantity)| quantity);
        let owned = is_owned(&interval.shape, contract);
        Use { quantity: here.filter(|_| owned).unwrap_or(0), ends: here.is_none() && is_typed_disk(thing) }
    })
}

/// What the line of a promotion sees of a machine's intervals that begin before `end` (A1).
pub(super) fn promoted(
    intervals: &[Interval],
    contract: i64,
    end: Instant,
    cover: &Cover<'_>,
) -> Vec<Stretch> {
    stretches_of(intervals, end, cover, |interval| Use {
        quantity: u64::from(is_owned(&interval.shape, contract)),
        ends: false,
    })
}

/// What an item finds in an interval.
struct Use {
    /// Quantity in base units.
    quantity: u64,
    /// Whether the item's periods end here.
    ends: bool,
}

fn stretches_of(
    intervals: &[Interval],
    end: Instant,
    cover: &Cover<'_>,
    uses: impl Fn(&Interval) -> Use,
) -> Vec<Stretch> {
    let mut stretches = Vec::with_capacity(intervals.len());
    let mut seen = None;
    for interval in intervals.iter().take_while(|interval| interval.from < end) {
        let Use { quantity, ends } = uses(interval);
        let is_machine = interval.shape.thing.kind() == Kind::Machine;
        let power = if is_machine { interval.shape.power } else { Power::Running };
        let until = interval.to.unwrap_or(end).min(end);
        let mut from = interval.from;
        while from < until {
            let to = cover.change_after(from, until);
            if any_holds(&cover.out, from) {
                seen = None;
            } else {
                let goes_on = seen == Some(from) && !ends;
                let quantity = if interval.unknown || any_holds(cover.held, from) { 0 } else { quantity };
                stretches.push(Stretch { from, to, goes_on, quantity, power });
                seen = Some(to);
            }
            from = to;
        }
    }
    stretches
}

/// Whether this is a disk whose type is known.
const fn is_typed_disk(thing: &Thing) -> bool {
    matches!(thing, Thing::Disk { disk_type: Some(_), .. })
}
