//! Short ways to write contracts, plans and lives.
#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod bytes;
pub(crate) mod fleet;
pub(crate) mod scenario;

use billing::{
    fold::Interval,
    observation::{DiskType, Platform, Power, Shape, Thing},
    rate::{Charge, Contract, PlanMove, PlanVersion, RateError, Resource, Window, rate},
};
use jiff::{civil::Date, tz::TimeZone};
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};
use schemas::{
    resource::tariff_plan::{Charging, Period, PlanItem, While},
    service::Service,
    time::Instant,
};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
};
use uuid::Uuid;

/// The contract of most tests.
pub(crate) const CONTRACT: i64 = 7;

/// Every length of a period.
pub(crate) const PERIODS: [Period; 5] =
    [Period::Minute, Period::Hour, Period::Day, Period::Month, Period::Year];

/// A property test's settings: so many cases, failures kept in `tests/regressions/`. The seed is printed;
/// `PROPTEST_RNG_SEED` repeats a run.
pub(crate) fn config(cases: u32, file: &'static str) -> Config {
    let default = Config::default();
    let seed = match default.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(file),
    };
    println!("PROPTEST_RNG_SEED={seed}");
    Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..default
    }
}

/// An IANA zone.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// An instant in UTC.
pub(crate) fn utc(text: &str) -> Instant {
    local(text, "UTC")
}

/// The instant of a local time such as `2022-10-05T12:00`.
pub(crate) fn local(text: &str, zone_name: &str) -> Instant {
    let civil: jiff::civil::DateTime = text.parse().unwrap();
    zone(zone_name).to_ambiguous_timestamp(civil).compatible().unwrap().into()
}

/// A civil date.
pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// An item charged by full periods while the resource exists.
pub(crate) fn item(price: &str, period: Period, calendar: bool) -> PlanItem {
    PlanItem {
        price: price.parse().unwrap(),
        period,
        calendar,
        charging: Charging::FullPeriod,
        charged_while: While::Exists,
    }
}

/// A version of a plan.
pub(crate) fn version(plan: i64, version: i64, from: Instant, items: &[(Service, PlanItem)]) -> PlanVersion {
    PlanVersion { plan, version, from, items: items.iter().copied().collect::<BTreeMap<_, _>>() }
}

/// A contract on plan 1 from the beginning.
pub(crate) fn contract(zone_name: &str) -> Contract {
    let plan_moves = vec![PlanMove { at: Instant::MIN, plan: 1 }];
    Contract { id: CONTRACT, zone: zone(zone_name), plan_moves, holds: Vec::new(), grants: Vec::new() }
}

/// A window.
pub(crate) fn window(from: Instant, to: Instant) -> Window {
    Window { from, to }
}

/// All time that tests live in.
pub(crate) fn ever() -> Window {
    window(Instant::MIN, utc("2032-01-01T00:00"))
}

/// A thing of the tests' contract, running.
pub(crate) fn shape(thing: Thing) -> Shape {
    Shape { thing, contract: Some(CONTRACT), power: Power::Running }
}

/// A KVM machine.
pub(crate) fn machine(vcpu: u32, ram_mib: u64) -> Thing {
    Thing::Machine { platform: Platform::Kvm, cpu_class_3_2: false, vcpu, ram_mib, windows: false }
}

/// A KVM disk.
pub(crate) fn disk(disk_type: Option<DiskType>, gb: u64) -> Thing {
    Thing::Disk { platform: Platform::Kvm, disk_type, size_mib: gb * 1024 }
}

/// A life: each shape from its instant until the next; `None` where the resource does not exist.
pub(crate) fn life(states: &[(Instant, Option<Shape>)]) -> Vec<Interval> {
    let ends = states.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
    states
        .iter()
        .zip(ends)
        .filter(|((from, _), to)| Some(*from) != *to)
        .filter_map(|((from, shape), to)| {
            Some(Interval { from: *from, to, shape: shape.clone()?, unknown: false })
        })
        .collect()
}

/// A resource with this life.
pub(crate) fn resource(id: u128, states: &[(Instant, Option<Shape>)]) -> Resource {
    Resource { id: Uuid::from_u128(id), intervals: life(states), readings: Vec::new() }
}

/// A resource that is one thing from an instant on.
pub(crate) fn since(id: u128, at: Instant, thing: Thing) -> Resource {
    resource(id, &[(at, Some(shape(thing)))])
}

/// What each day of a charge holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DaySum {
    pub(crate) starts: u64,
    pub(crate) rises: u64,
    pub(crate) quantity: u64,
    pub(crate) amount: i64,
}

/// Day, resource, service, plan and version.
pub(crate) type DayKey = (Date, Uuid, Service, i64, i64);

/// Charges day by day, summed: what must not depend on how lines are cut.
pub(crate) fn by_day(charges: &[Charge]) -> BTreeMap<DayKey, DaySum> {
    let mut days = BTreeMap::<DayKey, DaySum>::new();
    for charge in charges {
        let mut total = 0;
        let mut day = charge.first_day;
        while day <= charge.last_day {
            let key = (day, charge.resource, charge.service, charge.plan, charge.version);
            let sum = days.entry(key).or_default();
            sum.starts += u64::from(charge.starts_per_day);
            sum.rises += u64::from(charge.rises_per_day);
            sum.quantity += charge.quantity_per_day;
            sum.amount += charge.amount_per_day.units();
            total += charge.amount_per_day.units();
            day = day.tomorrow().unwrap();
        }
        assert_eq!(total, charge.total.units(), "a line's total is its days' sum");
    }
    days
}

/// What charges cost in all, in units of 10^-7 rubles.
pub(crate) fn cost(charges: &[Charge]) -> i64 {
    charges.iter().map(|charge| charge.total.units()).sum()
}

/// The days with their amounts in rubles, for one resource and service.
pub(crate) fn days(charges: &[Charge]) -> Vec<(String, String)> {
    by_day(charges)
        .into_iter()
        .map(|(key, sum)| (key.0.to_string(), schemas::money::Money::from_units(sum.amount).to_string()))
        .collect()
}

/// Rates one resource on plan 1, version 1, in a zone.
pub(crate) fn rated(
    zone_name: &str,
    items: &[(Service, PlanItem)],
    resource: Resource,
    window: Window,
) -> Result<Vec<Charge>, RateError> {
    rate(&contract(zone_name), &[version(1, 1, Instant::MIN, items)], &[resource], window)
}
