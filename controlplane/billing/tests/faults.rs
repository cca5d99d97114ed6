//! What other billing systems got wrong: one test for each fault, from observations to charges.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    fold::{FoldError, fold},
    observation::{Fact, Observation, Thing},
    rate::{Charge, PlanMove, Resource, Window, rate},
};
use common::*;
use schemas::{
    resource::tariff_plan::{Period, PlanItem},
    service::Service,
    time::Instant,
};
use uuid::Uuid;

/// A fact observed and received at these instants.
fn seen(sequence: i64, observed: &str, received: &str, fact: Fact) -> Observation {
    let (observed_at, received_at) = (utc(observed), utc(received));
    Observation { source: 1, epoch: 1, sequence, observed_at, received_at, fact }
}

/// A fact received as it was observed.
fn now(sequence: i64, at: &str, fact: Fact) -> Observation {
    seen(sequence, at, at, fact)
}

fn snapshot(gb: u64) -> Fact {
    Fact::Present(shape(Thing::Snapshot { size_mib: gb * 1024 }))
}

/// The charges of these facts until `to`, in UTC.
fn charges(facts: &[Observation], item: PlanItem, to: &str) -> Vec<Charge> {
    let resource = Resource {
        id: Uuid::from_u128(1),
        intervals: fold(facts, &[]).unwrap().intervals,
        readings: Vec::new(),
    };
    rated("UTC", &[(Service::Snapshot, item)], resource, window(Instant::MIN, utc(to))).unwrap()
}

/// The days and amounts of these facts until `to`.
fn charged(facts: &[Observation], item: PlanItem, to: &str) -> Vec<String> {
    days(&charges(facts, item, to)).into_iter().map(|(day, amount)| format!("{day} {amount}")).collect()
}

/// cloudstack 12590, 13112, 13399: an event out of order bills no history again, and each later day once.
#[test]
fn an_event_out_of_order_bills_nothing_twice() {
    let daily = item("1", Period::Day, true);
    let in_order = [
        now(1, "2024-01-01T10:00", snapshot(1)),
        now(2, "2024-01-02T10:00", snapshot(3)),
        now(3, "2024-01-03T10:00", snapshot(2)),
    ];
    let mixed = [in_order[2].clone(), in_order[0].clone(), in_order[2].clone(), in_order[1].clone()];
    for to in ["2024-01-03T12:00", "2024-01-04T12:00", "2024-01-05T12:00"] {
        assert_eq!(charged(&mixed, daily, to), charged(&in_order, daily, to));
    }
    assert_eq!(
        charged(&mixed, daily, "2024-01-05T12:00"),
        ["2024-01-01 1", "2024-01-02 3", "2024-01-03 3", "2024-01-04 2", "2024-01-05 2"]
    );
}

/// cloudstack 6717, 4990, 10789: nothing is billed after deletion, not even at the boundary itself.
#[test]
fn nothing_after_deletion() {
    let facts = [now(1, "2024-01-01T00:00", snapshot(1)), now(2, "2024-01-03T00:00", Fact::Gone)];
    for calendar in [false, true] {
        let days = charged(&facts, item("1", Period::Day, calendar), "2024-02-01T00:00");
        assert_eq!(days, ["2024-01-01 1", "2024-01-02 1"]);
    }
    // A period that was begun before midnight leaves no line on the day on which it is cut off.
    let facts = [now(1, "2024-01-01T22:30", snapshot(1)), now(2, "2024-01-02T00:15", Fact::Gone)];
    assert_eq!(charged(&facts, item("1", Period::Hour, false), "2024-02-01T00:00"), ["2024-01-01 2"]);
}

/// cloudstack 7011, 13555, 13908: a resize is billed once, however often it is seen.
#[test]
fn a_resize_is_billed_once() {
    let mut facts = vec![now(1, "2024-01-01T00:00", snapshot(1))];
    let hourly = (0..24).map(|hour| now(2 + hour, &format!("2024-01-05T{hour:02}:30"), snapshot(4)));
    facts.extend(hourly);
    let again = facts.clone();
    facts.extend(again);
    let days = charged(&facts, item("1", Period::Month, false), "2024-02-01T00:00");
    assert_eq!(days, ["2024-01-01 1", "2024-01-05 3"]);
}

/// cloudkitty: a gap between two sightings is not free, because nothing is billed from samples.
#[test]
fn a_gap_of_the_collector_is_not_free() {
    let facts = [now(1, "2024-01-01T00:00", snapshot(1)), now(2, "2024-01-20T00:00", snapshot(1))];
    let lines = charges(&facts, item("0.5", Period::Hour, false), "2024-01-21T00:00");
    assert_eq!(lines.len(), 1);
    assert_eq!(cost(&lines), 20 * 24 * 5_000_000);
}

/// lago 662, 879, 1074, 660; killbill 127, 445, 1934: a month's end and a change of clocks bill each day once.
#[test]
fn each_day_once_at_clock_changes_and_month_ends() {
    for zone_name in
        ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo"]
    {
        for calendar in [false, true] {
            let order = local("2023-12-31T23:59", zone_name);
            let items = [(Service::Vdc, item("1", Period::Day, calendar))];
            let year = window(order, local("2025-01-01T00:00", zone_name));
            let lines = rated(zone_name, &items, since(1, order, Thing::Vdc), year).unwrap();
            assert_eq!(cost(&lines), 367 * 10_000_000, "{zone_name}");
            assert_eq!(lines.len(), 1, "{zone_name}: every day costs the same");
        }
    }
}

/// waldur: event time counts, not the time of processing.
#[test]
fn late_news_is_charged_when_it_happened() {
    let facts = [seen(1, "2024-01-01T10:00", "2024-01-03T09:00", snapshot(2))];
    let days = charged(&facts, item("1", Period::Month, true), "2024-01-31T00:00");
    assert_eq!(days, ["2024-01-01 2"]);
}

/// waldur: nothing is rounded up; what is less than half of the ledger's smallest unit costs nothing.
#[test]
fn nothing_is_always_rounded_up() {
    let facts = [now(1, "2024-01-01T00:00", Fact::Present(shape(Thing::Snapshot { size_mib: 500 })))];
    let lines = charges(&facts, item("0.0000001", Period::Minute, false), "2024-01-31T00:00");
    assert_eq!((cost(&lines), lines[0].starts_per_day), (0, 1440));
    let more = [now(1, "2024-01-01T00:00", Fact::Present(shape(Thing::Snapshot { size_mib: 1024 + 500 })))];
    assert_eq!(cost(&charges(&more, item("0.0000001", Period::Day, false), "2024-01-02T00:00")), 1);
}

/// lago-api 4725, 4744: one key is one fact, whatever time it is told with.
#[test]
fn another_time_makes_no_other_fact() {
    let daily = item("1", Period::Day, true);
    let once = [now(1, "2024-01-01T10:00", snapshot(1))];
    let again = seen(1, "2024-01-01T10:00", "2024-01-04T09:00", snapshot(1));
    let twice = [again.clone(), once[0].clone(), again];
    assert_eq!(charged(&twice, daily, "2024-01-06T00:00"), charged(&once, daily, "2024-01-06T00:00"));
    let moved = seen(1, "2024-01-02T10:00", "2024-01-02T10:00", snapshot(1));
    let refused = fold(&[once[0].clone(), moved], &[]);
    assert_eq!(refused, Err(FoldError::Conflict { source_id: 1, epoch: 1, sequence: 1 }));
}

/// waldur: a December ends; so does the year.
#[test]
fn december_does_not_overflow() {
    let facts = [now(1, "2024-12-31T10:00", snapshot(1))];
    for calendar in [false, true] {
        assert_eq!(
            charged(&facts, item("1", Period::Month, calendar), "2025-01-31T00:00").len(),
            1 + usize::from(calendar)
        );
        assert_eq!(
            charged(&facts, item("1", Period::Year, calendar), "2025-12-31T00:00").len(),
            1 + usize::from(calendar)
        );
    }
}

/// killbill 877: plans changed on one day, to and fro, bill that day once.
#[test]
fn a_plan_changed_on_the_same_day_bills_once() {
    let mut contract = contract("UTC");
    let at = |time: &str, plan| PlanMove { at: utc(time), plan };
    contract.plan_moves.extend([
        at("2024-01-05T09:00", 2),
        at("2024-01-05T10:00", 1),
        at("2024-01-05T11:00", 2),
    ]);
    let plans = [
        version(1, 1, Instant::MIN, &[(Service::Vdc, item("1", Period::Day, true))]),
        version(2, 1, Instant::MIN, &[(Service::Vdc, item("5", Period::Day, true))]),
    ];
    let to = Window { from: Instant::MIN, to: utc("2024-01-07T00:00") };
    let lines = rate(&contract, &plans, &[since(1, utc("2024-01-04T10:00"), Thing::Vdc)], to).unwrap();
    let shown: Vec<_> = lines
        .iter()
        .map(|it| (it.plan, it.first_day.to_string(), it.last_day.to_string(), it.total.to_string()))
        .collect();
    let expected = [(1, "2024-01-04", "2024-01-05", "2"), (2, "2024-01-06", "2024-01-06", "5")];
    assert_eq!(
        shown,
        expected.map(|(plan, first, last, total)| (plan, first.into(), last.into(), total.into()))
    );
}
