//! What one service sees of a resource's life.

use super::{RateError, Resource};
use crate::{
    fold::Interval,
    observation::{Kind, Power, Thing, services},
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
    /// Quantity in base units; 0 while the resource belongs to somebody else (T3).
    pub(super) quantity: u64,
    /// Whether the machine runs; everything else always does (Q2).
    pub(super) power: Power,
}

/// Checks that intervals follow one another.
///
/// # Errors
/// When one is empty, overlaps the next, or lasts on although it is not the last.
pub(super) fn check(resource: &Resource) -> Result<(), RateError> {
    let mut free = Instant::MIN;
    for interval in &resource.intervals {
        let to = interval.to.unwrap_or(Instant::MAX);
        if interval.from < free || to <= interval.from {
            return Err(RateError::Intervals { resource: resource.id });
        }
        free = to;
    }
    Ok(())
}

/// The services that a resource ever used under `contract`.
pub(super) fn used(resource: &Resource, contract: i64) -> BTreeSet<Service> {
    let owned = resource.intervals.iter().filter(|interval| interval.shape.contract == Some(contract));
    owned.flat_map(|interval| services(&interval.shape.thing)).map(|(service, _)| service).collect()
}

/// What `service` sees of the intervals that begin before `end`.
pub(super) fn stretches(
    intervals: &[Interval],
    service: Service,
    contract: i64,
    end: Instant,
) -> impl Iterator<Item = Stretch> {
    let mut seen = None;
    intervals.iter().take_while(move |interval| interval.from < end).map(move |interval| {
        let thing = &interval.shape.thing;
        let here = services(thing).find(|(other, _)| *other == service).map(|(_, quantity)| quantity);
        let goes_on = seen == Some(interval.from) && !(here.is_none() && is_typed_disk(thing));
        seen = interval.to;
        Stretch {
            from: interval.from,
            to: interval.to.unwrap_or(end).min(end),
            goes_on,
            quantity: here.filter(|_| interval.shape.contract == Some(contract)).unwrap_or(0),
            power: if thing.kind() == Kind::Machine { interval.shape.power } else { Power::Running },
        }
    })
}

/// Whether this is a disk whose type is known.
const fn is_typed_disk(thing: &Thing) -> bool {
    matches!(thing, Thing::Disk { disk_type: Some(_), .. })
}
