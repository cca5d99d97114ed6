//! The invariants of the design that charges by full periods must keep.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    observation::{Power, Shape, Thing},
    rate::{Contract, PlanVersion, RateError, Resource, Window, rate},
};
use common::{
    scenario::{Scenario, scenarios},
    *,
};
use proptest::prelude::*;
use schemas::{
    money::Price,
    resource::tariff_plan::{Charging, Period, PlanItem, While},
    service::Service,
    time::Instant,
};
use std::collections::BTreeSet;

const REGRESSIONS: &str = "tests/regressions/invariants.txt";

/// Short and long lives; the engine does not mind.
fn any_scenario() -> impl Strategy<Value = Scenario> {
    prop_oneof![
        scenarios(3, &[Period::Minute, Period::Hour, Period::Day]),
        scenarios(100, &PERIODS),
        scenarios(400, &[Period::Minute, Period::Day, Period::Month, Period::Year]),
    ]
}

/// A cut of a scenario at any microsecond.
fn cut(scenario: &Scenario, seed: i64) -> Instant {
    Instant::from_micros(scenario.at(0).micros() + seed % (scenario.minutes * scenario::MINUTE))
}

/// A life of one snapshot in so many GB, each for so many minutes; the first is not empty.
fn sizes() -> impl Strategy<Value = Vec<(i64, u64)>> {
    let rest = prop::collection::vec((1..40_000_i64, 0..4_u64), 0..6);
    (1..40_000_i64, 1..4_u64, rest)
        .prop_map(|(minutes, first, rest)| [(minutes, first)].into_iter().chain(rest).collect())
}

/// What a snapshot of these sizes costs, all its life long.
fn price_of(sizes: &[(i64, u64)], price: u32, terms: PlanItem) -> i64 {
    let mut at = local("2024-01-30T17:23", "America/New_York").micros();
    let mut states = Vec::new();
    for (minutes, gb) in sizes {
        states.push((Instant::from_micros(at), Some(shape(Thing::Snapshot { size_mib: gb * 1000 }))));
        at += minutes * scenario::MINUTE;
    }
    states.push((Instant::from_micros(at), None));
    let items = [(Service::Snapshot, PlanItem { price: Price::from_units(price.into()).unwrap(), ..terms })];
    cost(&rated("America/New_York", &items, resource(1, &states), ever()).unwrap())
}

proptest! {
    #![proptest_config(config(96, REGRESSIONS))]

    /// Invariant 1: rating [a, c) equals rating [a, b) plus rating [b, c).
    #[test]
    fn windows_add_up(scenario in any_scenario(), seed in 0..i64::MAX) {
        let whole = scenario.window(0, scenario.minutes);
        let middle = cut(&scenario, seed);
        let mut parts = scenario.rate(Window { to: middle, ..whole }).unwrap();
        parts.extend(scenario.rate(Window { from: middle, ..whole }).unwrap());
        prop_assert_eq!(by_day(&scenario.rate(whole).unwrap()), by_day(&parts));
    }

    /// P9, and history billed again: facts at or after a window's end change nothing in it.
    #[test]
    fn the_future_changes_nothing(scenario in any_scenario(), minute in 0..3_000_000_i64) {
        let minute = minute % scenario.minutes;
        let window = scenario.window(0, minute);
        let mut known = scenario.clone();
        known.states.retain(|at, _| *at < minute);
        known.moves.retain(|at, _| *at < minute);
        known.versions.retain(|(_, at), _| *at < minute);
        prop_assert_eq!(scenario.rate(window), known.rate(window));
    }

    /// Invariants 5 and 16: the same bounds give the same lines, in whatever order things are listed, each line with a
    /// key of its own, and other clients' resources give none.
    #[test]
    fn the_same_bounds_give_the_same_lines(scenario in any_scenario(), other in any_scenario()) {
        let window = scenario.window(0, scenario.minutes);
        let lines = scenario.rate(window).unwrap();
        let keys: BTreeSet<_> = lines
            .iter()
            .map(|it| (it.resource, it.service, it.kind, it.first_day, it.plan, it.version))
            .collect();
        prop_assert_eq!(keys.len(), lines.len());
        prop_assert!(lines.is_sorted_by_key(|it| (it.resource, it.service, it.first_day, it.plan, it.version)));
        let mut foreign = other.resource(2);
        for interval in &mut foreign.intervals {
            interval.shape.contract = interval.shape.contract.map(|_| CONTRACT + 1);
        }
        let mut versions = scenario.plan_versions();
        versions.reverse();
        let mut contract = scenario.contract();
        contract.plan_moves.reverse();
        let again = rate(&contract, &versions, &[foreign, scenario.resource(1)], window).unwrap();
        prop_assert_eq!(serde_json::to_string(&lines).unwrap(), serde_json::to_string(&again).unwrap());
    }

    /// Each resource is charged by itself: together they cost what they cost apart.
    #[test]
    fn resources_do_not_touch(scenario in any_scenario(), other in any_scenario()) {
        let window = scenario.window(0, scenario.minutes);
        let of = |resources: &[Resource]| {
            rate(&scenario.contract(), &scenario.plan_versions(), resources, window).unwrap()
        };
        let (one, two) = (scenario.resource(1), other.resource(2));
        let apart: Vec<_> = of(std::slice::from_ref(&one)).into_iter().chain(of(std::slice::from_ref(&two))).collect();
        prop_assert_eq!(of(&[two, one]), apart);
    }

    /// Invariant 11: a further version of a plan changes nothing before it, and adds nothing to the versions before.
    #[test]
    fn a_version_changes_no_charge_of_the_ones_before(
        scenario in any_scenario(),
        seed in 0..i64::MAX,
        price in 0..90_000_000_i64,
        period in prop::sample::select(PERIODS.to_vec()),
    ) {
        let from = cut(&scenario, seed);
        let mut versions = scenario.plan_versions();
        let latest = versions.iter().filter(|it| it.plan == 1).map(|it| it.from).max().unwrap();
        let from = from.max(latest);
        let mut next = PlanVersion { version: i64::MAX, from, ..versions[0].clone() };
        for item in next.items.values_mut() {
            (item.price, item.period) = (Price::from_units(price).unwrap(), period);
        }
        let resources = [scenario.resource(1)];
        let with = |versions: &[PlanVersion], window| rate(&scenario.contract(), versions, &resources, window).unwrap();
        let whole = scenario.window(0, scenario.minutes);
        let before = Window { to: from, ..whole };
        let (old, old_before) = (by_day(&with(&versions, whole)), with(&versions, before));
        versions.push(next);
        prop_assert_eq!(with(&versions, before), old_before);
        for (key, sum) in by_day(&with(&versions, whole)) {
            if key.4 != i64::MAX && key.0 < from.day_in(&scenario.zone()) {
                prop_assert_eq!(Some(&sum), old.get(&key));
            }
        }
    }

    /// Invariant 9: from the same beginning, more quantity, a longer life and a higher price never cost less, by full
    /// periods or by the share.
    #[test]
    fn more_never_costs_less(
        sizes in sizes(),
        more in prop::collection::vec(0..3_u64, 7),
        longer in 0..90_000_i64,
        price in 0..5_000_000_u32,
        higher in 0..4_000_000_u32,
        period in prop::sample::select(PERIODS.to_vec()),
        calendar: bool,
        charging in prop::sample::select(vec![Charging::FullPeriod, Charging::Prorated]),
    ) {
        // A share is rated period by period, and here are years of minutes.
        let charging = if period == Period::Minute { Charging::FullPeriod } else { charging };
        let terms = PlanItem { charging, ..item("0", period, calendar) };
        let base = price_of(&sizes, price, terms);
        let bigger: Vec<_> = sizes.iter().zip(&more).map(|((minutes, gb), more)| (*minutes, gb + more)).collect();
        prop_assert!(base <= price_of(&bigger, price, terms), "more quantity");
        let mut older = sizes.clone();
        older.last_mut().unwrap().0 += longer;
        prop_assert!(base <= price_of(&older, price, terms), "a longer life");
        prop_assert!(base <= price_of(&sizes, price + higher, terms), "a higher price");
    }

    /// Q2: while it must run, a machine never costs more than while it merely exists, from the same beginning.
    #[test]
    fn running_never_costs_more_than_existing(
        off in prop::collection::vec((1..5_000_i64, any::<bool>()), 1..6),
        period in prop::sample::select(PERIODS.to_vec()),
        calendar: bool,
    ) {
        let mut at = utc("2024-02-20T10:01").micros();
        let mut states = vec![(Instant::from_micros(at), Some(shape(machine(2, 0))))];
        for (minutes, off) in off {
            at += minutes * scenario::MINUTE;
            let power = if off { Power::Off } else { Power::Paused };
            states.push((Instant::from_micros(at), Some(Shape { power, ..shape(machine(2, 0)) })));
        }
        let machine = resource(1, &states);
        let exists = item("3", period, calendar);
        let running = PlanItem { charged_while: While::Running, ..exists };
        let window = Window { from: Instant::MIN, to: utc("2024-05-01T00:00") };
        let [exists, running] = [exists, running]
            .map(|item| cost(&rated("UTC", &[(Service::KvmCpu, item)], machine.clone(), window).unwrap()));
        prop_assert!(running <= exists);
    }
}

/// Ten years.
fn ten_years() -> Window {
    window(utc("2020-01-01T00:00"), utc("2030-01-01T00:00"))
}

/// The highest price there is.
fn highest(period: Period) -> PlanItem {
    item("1000000", period, false)
}

/// Invariant 18: the highest price a minute for ten years is exact, in lines that each fit the ledger.
#[test]
fn the_highest_price_for_ten_years_is_exact() {
    let items = [(Service::KvmCpu, highest(Period::Minute))];
    let vm = since(1, ten_years().from, machine(512, 0));
    let charges = rated("Europe/Moscow", &items, vm, ten_years()).unwrap();
    let total: i128 = charges.iter().map(|charge| i128::from(charge.total.units())).sum();
    assert_eq!(total, 3653 * 1440 * 512 * 1_000_000 * 10_000_000);
    let days: i64 =
        charges.iter().map(|it| i64::from(it.first_day.until(it.last_day).unwrap().get_days()) + 1).sum();
    assert_eq!(days, 3654, "3653 days of UTC touch 3654 of Moscow");
}

/// Invariant 18: a fleet of 2000 machines of the largest size, the highest price a month, ten years.
#[test]
fn the_largest_fleet_for_ten_years_is_exact() {
    let items = [(Service::KvmCpu, highest(Period::Month)), (Service::KvmRam, highest(Period::Month))];
    let (gb, vcpu) = (24 * 1024, 768);
    let fleet: Vec<_> = (1..=2000).map(|id| since(id, ten_years().from, machine(vcpu, gb * 1024))).collect();
    let plan = [version(1, 1, Instant::MIN, &items)];
    let charges = rate(&contract("Europe/Moscow"), &plan, &fleet, ten_years()).unwrap();
    let total: i128 = charges.iter().map(|charge| i128::from(charge.total.units())).sum();
    assert_eq!(total, 2000 * 120 * (i128::from(gb) + 768) * 1_000_000 * 10_000_000);
}

/// Invariant 18: what does not fit is an error, never a wrong number.
#[test]
fn what_does_not_fit_is_refused() {
    let items =
        [(Service::KvmCpu, highest(Period::Minute)), (Service::Snapshot, item("0", Period::Minute, false))];
    let at = ten_years().from;
    let refused = |thing| match rated("UTC", &items, since(1, at, thing), ten_years()) {
        Err(RateError::Overflow { service, .. }) => service,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(machine(641, 0)), Service::KvmCpu);
    assert_eq!(refused(machine(u32::MAX, 0)), Service::KvmCpu);
    assert_eq!(refused(Thing::Snapshot { size_mib: u64::MAX }), Service::Snapshot);
}

/// Intervals that overlap, are empty or go on before the last are refused, and so is a resource listed twice.
#[test]
fn broken_lives_are_refused() {
    let good =
        resource(1, &[(utc("2024-01-01T00:00"), Some(shape(Thing::Vdc))), (utc("2024-01-02T00:00"), None)]);
    let id = good.id;
    let refused = |resources: &[Resource]| {
        let contract: Contract = contract("UTC");
        rate(&contract, &[version(1, 1, Instant::MIN, &[])], resources, ever())
    };
    let mut overlap = good.clone();
    overlap.intervals.extend(good.intervals.clone());
    let mut empty = good.clone();
    empty.intervals[0].to = Some(empty.intervals[0].from);
    let mut goes_on = resource(1, &[(utc("2024-01-01T00:00"), Some(shape(Thing::Vdc)))]);
    goes_on.intervals.extend(since(1, Instant::MAX, Thing::Vdc).intervals);
    for broken in [&[overlap][..], &[empty], &[goes_on], &[good.clone(), good.clone()]] {
        assert_eq!(refused(broken), Err(RateError::Intervals { resource: id }));
    }
    assert!(refused(&[good]).is_ok());
    assert_eq!(refused(&[]), Ok(Vec::new()));
}
