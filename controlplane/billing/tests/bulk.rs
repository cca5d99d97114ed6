//! Many lives rated at once cost what they cost one by one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    fold::{bulk::Log, fold},
    observation::{Fact, Observation, Outage, Reading, Shape, Thing},
    rate::{Contract, PlanMove, Resource, Window, bulk::Sheet, rate},
    workload::{self, Workload, digest},
};
use common::{
    scenario::{Scenario, scenarios},
    *,
};
use jiff::Timestamp;
use proptest::prelude::*;
use schemas::{
    resource::tariff_plan::{Charging, Period, PlanItem},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;

const REGRESSIONS: &str = "tests/regressions/bulk.txt";

/// Short and long lives.
fn any_scenario() -> impl Strategy<Value = Scenario> {
    prop_oneof![
        scenarios(3, &[Period::Minute, Period::Hour, Period::Day]),
        scenarios(100, &PERIODS),
        scenarios(800, &[Period::Day, Period::Month, Period::Year]),
    ]
}

/// How a scenario's plans are.
#[derive(Clone, Copy, Debug)]
enum Plans {
    /// As they were drawn.
    Drawn,
    /// One, never edited, from the first minute on.
    One,
    /// One, never edited, from this minute on.
    Late(i64),
    /// The same, with a second version that says what the first does.
    Restated(i64),
    /// The same, whose only version begins a minute after it.
    WithoutVersion(i64),
}

fn any_plans() -> impl Strategy<Value = Plans> {
    let late = (0..3000_i64).prop_map(Plans::Late);
    let restated = (0..3000_i64).prop_map(Plans::Restated);
    let without_version = (0..3000_i64).prop_map(Plans::WithoutVersion);
    prop_oneof![3 => Just(Plans::Drawn), 3 => Just(Plans::One), 1 => late, 1 => restated, 1 => without_version]
}

fn under(mut scenario: Scenario, plans: Plans) -> Scenario {
    let (from, delay) = match plans {
        Plans::Drawn => return scenario,
        Plans::One => (0, 0),
        Plans::Late(minute) | Plans::Restated(minute) => (minute, 0),
        Plans::WithoutVersion(minute) => (minute, 1),
    };
    let items = scenario.versions[&(1, 0)].clone();
    scenario.moves = BTreeMap::from([(from, 1)]);
    scenario.versions = BTreeMap::from([((1, from + delay), items.clone())]);
    if let Plans::Restated(minute) = plans {
        scenario.versions.insert((1, minute + 1000), items);
    }
    scenario
}

/// The scenario with all that happens at midnight or noon, as far as clocks are not moved meanwhile.
fn by_half_days(mut scenario: Scenario) -> Scenario {
    let start = Timestamp::from_microsecond(scenario.at(0).micros()).unwrap().to_zoned(scenario.zone());
    scenario.start = start.start_of_day().unwrap().timestamp().as_microsecond() / scenario::MINUTE;
    scenario.states =
        scenario.states.into_iter().map(|(minute, state)| (minute / 720 * 720, state)).collect();
    scenario
}

proptest! {
    #![proptest_config(config(256, REGRESSIONS))]

    /// The kernel and its tables count what the engine walks along, in every zone and for every length of a period.
    #[test]
    fn a_sheet_costs_what_its_contracts_cost(
        scenarios in prop::collection::vec((any_scenario(), any_plans(), any::<bool>()), 1..4),
        cuts in (0..=i64::MAX, 0..=i64::MAX),
    ) {
        for (scenario, plans, is_by_half_days) in scenarios {
            let scenario = under(scenario, plans);
            let scenario = if is_by_half_days { by_half_days(scenario) } else { scenario };
            let length = scenario.minutes * scenario::MINUTE;
            let at = |cut: i64| Instant::from_micros(scenario.at(0).micros() + cut % length);
            let (from, to) = (at(cuts.0).min(at(cuts.1)), at(cuts.0).max(at(cuts.1)));
            // Where a period ends that began with the life.
            let first = *scenario.states.keys().next().unwrap();
            let hours = scenario.window(0, first + cuts.0 % (scenario.minutes - first) / 60 * 60);
            let mut sheet = Sheet::default();
            sheet.push(&scenario.contract(), &[scenario.resource(1), scenario.resource(2)]).unwrap();
            for window in [scenario.window(0, scenario.minutes), hours, Window { from, to }] {
                let all = sheet.cost(&scenario.plan_versions(), window).remove(0);
                match scenario.rate(window) {
                    Ok(one) => prop_assert_eq!(all.unwrap().units(), 2 * cost(&one)),
                    Err(error) => prop_assert_eq!(all.unwrap_err(), error),
                }
            }
        }
    }
}

/// M1: traffic costs in a sheet what it costs alone, on one plan and after a move to another.
#[test]
fn traffic_costs_what_it_costs_alone() {
    let read = |at: &str, gb: u64| Reading { at: utc(at), counter: 0, incarnation: 1, bytes: gb << 30 };
    let readings = [("01T06:00", 0), ("02T06:00", 5), ("03T08:00", 9), ("05T00:00", 14)]
        .map(|(at, gb)| read(&format!("2024-01-{at}"), gb));
    let start = utc("2024-01-01T00:00");
    let address = since(1, start, Thing::PublicIp);
    let metered = Resource { readings: readings.to_vec(), ..since(2, start, Thing::PublicIp) };
    let day = |price| item(price, Period::Day, true);
    let plan = |plan, price| {
        version(plan, 1, start, &[(Service::Bandwidth, day(price)), (Service::PublicIp, day("1"))])
    };
    let versions = [plan(1, "2"), plan(2, "3")];
    let moved = [PlanMove { at: start, plan: 1 }, PlanMove { at: utc("2024-01-03T00:00"), plan: 2 }];
    for (moves, traffic) in [(&moved[..1], 280_000_000), (&moved[..], 342_307_692)] {
        let contract = Contract { plan_moves: moves.to_vec(), ..contract("UTC") };
        let resources = [address.clone(), metered.clone()];
        let window = window(start, utc("2024-01-06T00:00"));
        let alone = cost(&rate(&contract, &versions, &resources, window).unwrap());
        let mut sheet = Sheet::default();
        sheet.push(&contract, &resources).unwrap();
        assert_eq!(sheet.cost(&versions, window).remove(0).unwrap().units(), alone);
        // The two addresses cost 10 in these five days.
        assert_eq!(alone - 100_000_000, traffic);
    }
}

/// R1: shares of hours begin when the resource comes to the contract, and one that ends with the window is whole.
#[test]
fn shares_of_hours_cost_what_they_cost_alone() {
    let at = |time: &str| utc(&format!("2024-01-01T{time}"));
    let hourly = PlanItem { charging: Charging::Prorated, ..item("7", Period::Hour, false) };
    let versions = [version(1, 1, Instant::MIN, &[(Service::Snapshot, hourly)])];
    let snapshot = shape(Thing::Snapshot { size_mib: 1024 });
    let foreign = Shape { contract: Some(CONTRACT + 1), ..snapshot.clone() };
    let resources = [resource(1, &[(at("00:10"), Some(foreign)), (at("00:30"), Some(snapshot))])];
    let mut sheet = Sheet::default();
    sheet.push(&contract("UTC"), &resources).unwrap();
    for (to, rubles) in [("01:15", 0), ("01:30", 7), ("02:20", 7), ("02:30", 14)] {
        let window = window(at("00:00"), at(to));
        let alone = cost(&rate(&contract("UTC"), &versions, &resources, window).unwrap());
        assert_eq!(alone, rubles * 10_000_000, "{to}");
        assert_eq!(sheet.cost(&versions, window).remove(0).unwrap().units(), alone, "{to}");
    }
}

/// A quantity beyond 62 bits costs more than an amount can hold, whatever the price.
#[test]
fn a_quantity_that_no_row_holds_is_refused() {
    let most = (1_u64 << 62) - 1;
    for (size_mib, fits) in [(most, true), (most + 1, false), (u64::MAX, false)] {
        let contract = contract("UTC");
        let disk = resource(1, &[(Instant::from_micros(0), Some(shape(Thing::Snapshot { size_mib })))]);
        assert_eq!(Sheet::default().push(&contract, &[disk]).is_ok(), fits, "{size_mib}");
    }
}

/// The made-up clients that are measured cost, each of them, what the engine charges; and they are those that were
/// measured before.
#[test]
fn the_workload_costs_what_the_engine_charges() {
    let mut clients = Workload::new(7).unwrap();
    let mut sheet = Sheet::default();
    let mut costs = Vec::new();
    for _ in 0..60 {
        let (contract, resources) = clients.client();
        sheet.push(&contract, &resources).unwrap();
        costs.push(cost(&rate(&contract, &Workload::plan(1), &resources, Workload::window()).unwrap()));
    }
    let told = sheet.cost(&Workload::plan(1), Workload::window());
    assert_eq!(told.into_iter().map(|cost| cost.unwrap().units()).collect::<Vec<_>>(), costs);
    let numbers = costs.into_iter().map(i64::cast_unsigned);
    assert_eq!((sheet.intervals(), format!("{:x}", digest(numbers))), (7658, "487ac60f43a11ba".to_owned()));
}

/// The same for observations.
#[test]
fn the_workload_folds_as_one_by_one() {
    let log = workload::observations(7, 500).unwrap();
    let lives = log.fold(&[]).unwrap();
    assert_eq!(
        (log.len(), lives.len(), format!("{:x}", lives.digest())),
        (5000, 4542, "993f078964cd8ef1".to_owned())
    );
}

/// A resource that begins with the fact, and at the instant, that another one ended with is another one.
#[test]
fn a_life_is_not_taken_up_by_another_resource() {
    let fact = Fact::Present(shape(machine(1, 1024)));
    let seen = |sequence, second: i64, fact: &Fact| {
        let at = Instant::from_micros(second * 1_000_000);
        Observation { source: 1, epoch: 1, sequence, observed_at: at, received_at: at, fact: fact.clone() }
    };
    let resources = [vec![seen(1, 0, &fact), seen(2, 5, &Fact::Gone)], vec![seen(3, 5, &fact)]];
    let mut log = Log::default();
    assert!(log.is_empty() && log.fold(&[]).unwrap().is_empty());
    for observations in &resources {
        log.begin();
        observations.iter().for_each(|observation| log.observe(observation).unwrap());
    }
    let lives = log.fold(&[]).unwrap();
    assert_eq!((log.is_empty(), lives.is_empty(), lives.len()), (false, false, 2));
    for (resource, observations) in resources.iter().enumerate() {
        assert_eq!(log.timeline(&lives, resource), fold(observations, &[]).unwrap());
    }
}

/// Facts of one resource: out of order, delivered twice, from clocks that are off.
fn seen() -> impl Strategy<Value = Vec<Observation>> {
    let fact = (0..4_u32).prop_map(|vcpu| match vcpu {
        0 => Fact::Gone,
        vcpu => Fact::Present(shape(machine(vcpu, 0))),
    });
    let one = (0..2_i64, 0..12_i64, 0..20_i64, 0..20_i64, fact).prop_map(
        |(epoch, sequence, at, received, fact)| {
            let [observed_at, received_at] = [at, received].map(|at| Instant::from_micros(at * 1_000_000));
            Observation { source: 1, epoch, sequence, observed_at, received_at, fact }
        },
    );
    (prop::collection::vec(one, 0..9), any::<bool>(), any::<bool>()).prop_map(
        |(mut seen, in_order, twice)| {
            if in_order {
                seen.sort_by_key(|it| (it.epoch, it.sequence));
            }
            if !twice {
                seen.dedup_by_key(|it| (it.epoch, it.sequence));
            }
            seen
        },
    )
}

proptest! {
    #![proptest_config(config(512, REGRESSIONS))]

    /// A fold of columns is the fold of each resource, conflicts included.
    #[test]
    fn a_log_folds_as_its_resources_fold(
        resources in prop::collection::vec(seen(), 1..6),
        lost in prop::collection::vec((1..3_i64, 0..20_i64, prop::option::of(0..20_i64)), 0..2),
    ) {
        let second = |at: i64| Instant::from_micros(at * 1_000_000);
        let outages: Vec<_> = lost
            .into_iter()
            .map(|(source, from, more)| Outage { source, from: second(from), to: more.map(|more| second(from + more)) })
            .collect();
        let mut log = Log::default();
        for observations in &resources {
            log.begin();
            for observation in observations {
                log.observe(observation).unwrap();
            }
        }
        let singly: Result<Vec<_>, _> = resources.iter().map(|observations| fold(observations, &outages)).collect();
        match (log.fold(&outages), singly) {
            (Ok(lives), Ok(timelines)) => {
                for (resource, timeline) in timelines.iter().enumerate() {
                    prop_assert_eq!(&log.timeline(&lives, resource), timeline);
                }
            }
            (Err(at_once), Err(singly)) => prop_assert_eq!(at_once, singly),
            (at_once, singly) => prop_assert!(false, "{at_once:?} but {singly:?}"),
        }
    }
}
