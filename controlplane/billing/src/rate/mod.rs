//! From intervals to charges (F1, R1, M1, V1, V2, D1, Q1, Q2, A1, A2).

pub mod bulk;
mod correction;
mod crossing;
mod grant;
mod item;
mod life;
mod line;
mod metered;
mod plan;
mod share;

pub use self::{
    correction::{Booked, Correction, correct},
    crossing::{Crossing, crossing},
    grant::Grant,
};
use self::{
    grant::Granted,
    item::{Scene, Walk},
    life::Cover,
    line::{Days, Label},
    plan::Plans,
};
use crate::{
    fold::Interval,
    observation::{Reading, is_machine_service},
};
use jiff::{civil::Date, tz::TimeZone};
use schemas::{
    money::{Money, Price},
    resource::tariff_plan::{Period, PlanItem},
    service::Service,
    time::Instant,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A contract: whose resources are charged, where its days begin, and by which plan.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Its id, as the shapes of its resources name it.
    pub id: i64,
    /// Its time zone, fixed at its creation (T2).
    pub zone: TimeZone,
    /// Its plans, in any order; of two moves at one instant the last listed counts. Nothing is charged before the
    /// first.
    pub plan_moves: Vec<PlanMove>,
    /// Times in which its machine services are not charged (Q2), in any order.
    pub holds: Vec<Hold>,
    /// Promotions granted to its machines, in any order.
    pub grants: Vec<Grant>,
}

/// In `[from, to)` the machine services of a contract have quantity 0: vCPU, RAM and promotion lines. Periods run on,
/// and what a period has paid for is not paid again (Q2, T3, B3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// The first instant.
    pub from: Instant,
    /// The first instant that is charged again; `None` while it lasts.
    pub to: Option<Instant>,
}

/// From `at` on, a contract is on a plan (P1: decided once, when it was moved).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanMove {
    /// When.
    pub at: Instant,
    /// The plan's id.
    pub plan: i64,
}

/// A plan as it was from `from` until its next version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanVersion {
    /// The plan's id.
    pub plan: i64,
    /// The version; of several at one instant the highest counts.
    pub version: i64,
    /// When it came into force.
    pub from: Instant,
    /// Its prices; a service without one costs 0 a minute.
    pub items: BTreeMap<Service, PlanItem>,
}

/// A resource and its life, as [`fold`](crate::fold::fold) tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its id.
    pub id: Uuid,
    /// Its intervals, in order; those of other contracts too, because periods run on through them (T3).
    pub intervals: Vec<Interval>,
    /// What its counters of traffic showed, in order.
    pub readings: Vec<Reading>,
}

/// The instants `[from, to)` whose charges are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The first instant.
    pub from: Instant,
    /// The first instant that is no longer part of it.
    pub to: Instant,
}

/// What a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChargeKind {
    /// An item of the tariff plan.
    Item,
    /// A promotion, in place of the items of a machine and its system disk (A1).
    Promotion,
    /// What a closed day should have cost less what was booked for it (P10).
    Correction,
}

/// The rule that an amount follows from; `docs/billing.md` tells each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Rule {
    /// Full periods, in advance.
    F1,
    /// The share of the period.
    R1,
    /// What a counter showed.
    M1,
    /// A promotion's price a day.
    A1,
    /// A correction of a closed day.
    P10,
}

/// What one service of one resource costs on each day of a run of equal civil days (D1).
///
/// Its key within a contract is (resource, service, kind, first day, plan, version, grant), of a correction also the
/// day it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The resource.
    pub resource: Uuid,
    /// The service.
    pub service: Service,
    /// What the charge is for.
    pub kind: ChargeKind,
    /// The first day of the run.
    pub first_day: Date,
    /// The closed day that a correction is about; nothing for any other charge.
    pub corrects: Option<Date>,
    /// The last day of the run; every day between is charged too.
    pub last_day: Date,
    /// The plan in force when the charged periods began; 0 for a promotion, whose price is its grant's.
    pub plan: i64,
    /// Its version; 0 for a promotion.
    pub version: i64,
    /// The grant of a promotion; 0 for anything else.
    pub grant: i64,
    /// The length of the charged periods.
    pub period: Period,
    /// Whether they begin with the civil calendar.
    pub calendar: bool,
    /// The price of a piece or a GB for one period.
    pub price: Price,
    /// Periods that began on each day with a quantity above 0 (F1); of traffic, those that ended on it (M1).
    pub starts_per_day: u32,
    /// Rises on each day above what the running period had paid for (F1).
    pub rises_per_day: u32,
    /// Charged quantity on each day in pieces or MiB, of traffic in bytes, summed over starts and rises; at most `i64::MAX`.
    pub quantity_per_day: u64,
    /// Amount on each day; only that of a correction may be below 0.
    pub amount_per_day: Money,
    /// Amount of the whole run.
    pub total: Money,
    /// The rule that the amounts follow from.
    pub rule: Rule,
}

/// Why charges cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// The catalogue given has no version of a plan that the contract is on.
    #[error("plan {plan} has no version in force at {at}")]
    NoVersion {
        /// The plan.
        plan: i64,
        /// When.
        at: Instant,
    },
    /// Intervals are out of order, empty or overlap, or a resource is listed twice.
    #[error("the intervals of resource {resource} do not follow one another")]
    Intervals {
        /// The resource.
        resource: Uuid,
    },
    /// An amount is beyond 922 billion rubles in a day, or a quantity beyond 64 bits.
    #[error("the {service} of resource {resource} costs more in a day than the ledger can hold")]
    Overflow {
        /// The resource.
        resource: Uuid,
        /// The service.
        service: Service,
    },
    /// What several services cost together is beyond 922 billion rubles.
    #[error("a sum of charges is more than the ledger can hold")]
    Total,
}

/// Charges of one contract for the instants of `window`, in the order of their keys.
///
/// Facts at or after the window's end change nothing (P9), but for readings: what a period used is known only when its
/// end has been read, so that all readings known at the cut-off count (M1). Adjacent windows add up: what `[a, c)` costs is what
/// `[a, b)` and `[b, c)` cost, day by day. The order of `versions` and `resources` does not matter.
///
/// # Errors
/// See [`RateError`]; nothing is charged in part.
pub fn rate(
    contract: &Contract,
    versions: &[PlanVersion],
    resources: &[Resource],
    window: Window,
) -> Result<Vec<Charge>, RateError> {
    let plans = Plans::new(contract, versions, window.to)?;
    let days = Days::new(window, inhabited(resources, window), &contract.zone);
    let scene = Scene { zone: &contract.zone, days: &days, end: window.to };
    let sorted = sorted(resources)?;
    let holds = life::merged(&contract.holds);
    let granted = Granted::new(&contract.grants, &sorted);
    let mut charges = Vec::new();
    for (id, resource) in &sorted {
        charges.append(&mut metered::charges(scene, &plans, resource, contract.id)?);
        for service in life::used(resource, contract.id) {
            let held = if is_machine_service(service) { holds.as_slice() } else { &[] };
            let cover = Cover { held, out: granted.instead_of(*id, service) };
            let mut walk = Walk::new(scene, &plans, (*id, service), Label::ITEM);
            for stretch in life::stretches(&resource.intervals, service, contract.id, window.to, &cover) {
                walk.step(stretch)?;
            }
            charges.append(&mut walk.finish()?);
            charges.append(&mut granted.charges(scene, contract.id, resource, service, window.to, &holds)?);
        }
    }
    Ok(charges)
}

/// The resources by id.
///
/// # Errors
/// When one is listed twice, or its intervals do not follow one another.
fn sorted(resources: &[Resource]) -> Result<BTreeMap<Uuid, &Resource>, RateError> {
    let mut sorted = BTreeMap::new();
    for resource in resources {
        life::check(resource)?;
        if sorted.insert(resource.id, resource).is_some() {
            return Err(RateError::Intervals { resource: resource.id });
        }
    }
    Ok(sorted)
}

/// The part of `window` in which any of the resources exists.
fn inhabited(resources: &[Resource], window: Window) -> Window {
    let first =
        resources.iter().filter_map(|resource| resource.intervals.first()).map(|first| first.from).min();
    let last = resources.iter().filter_map(|resource| resource.intervals.last());
    let end = last.map(|last| last.to.unwrap_or(Instant::MAX)).max();
    Window {
        from: first.map_or(window.to, |first| first.max(window.from)),
        to: end.map_or(window.to, |end| late(end).min(window.to)),
    }
}

/// An instant after the civil day of `end`, in any zone: what is charged by the share is booked when that day ends (R1).
fn late(end: Instant) -> Instant {
    const TWO_DAYS_MICROS: i64 = 172_800_000_000;
    Instant::from_micros(end.micros().saturating_add(TWO_DAYS_MICROS))
}
