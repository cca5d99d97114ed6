//! R1: charging by the share of the period.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    observation::{Shape, Thing},
    period::Boundaries,
    rate::{Charge, Resource, Rule, Window},
};
use common::*;
use proptest::prelude::*;
use schemas::{
    resource::tariff_plan::{Charging, Period, PlanItem},
    service::Service,
    time::Instant,
};

const REGRESSIONS: &str = "tests/regressions/share.txt";

fn prorated(price: &str, period: Period, calendar: bool) -> PlanItem {
    PlanItem { charging: Charging::Prorated, ..item(price, period, calendar) }
}

fn gb(gb: u64) -> Option<Shape> {
    Some(shape(Thing::Snapshot { size_mib: gb * 1024 }))
}

fn charged(zone_name: &str, item: PlanItem, resource: Resource, window: Window) -> Vec<Charge> {
    rated(zone_name, &[(Service::Snapshot, item)], resource, window).unwrap()
}

fn shown(charges: &[Charge]) -> Vec<String> {
    charges.iter().map(|it| format!("{}..{} {}", it.first_day, it.last_day, it.amount_per_day)).collect()
}

/// With calendar the whole period is the civil month, also where only a part of it is left at the order.
#[test]
fn a_day_costs_its_share_of_the_month() {
    let snapshot = resource(1, &[(utc("2024-04-21T12:00"), gb(1)), (utc("2024-05-03T06:00"), None)]);
    let lines = charged("UTC", prorated("31", Period::Month, true), snapshot, ever());
    let half_of_april = ["2024-04-21..2024-04-21 0.5166667", "2024-04-22..2024-04-23 1.0333333"];
    assert_eq!(shown(&lines)[..2], half_of_april);
    let of = |month: i8| -> i64 {
        by_day(&lines).iter().filter(|(key, _)| key.0.month() == month).map(|(_, sum)| sum.amount).sum()
    };
    assert_eq!(of(4), 98_166_667, "9.5 of 30 days of 31 rubles, rounded once");
    assert_eq!(of(5), 22_500_000, "2.25 of 31 days");
    assert!(lines.iter().all(|line| line.rule == Rule::R1));
    assert_eq!(lines.iter().map(|line| line.starts_per_day).sum::<u32>(), 2, "two periods were begun");
    assert_eq!(lines.iter().map(|line| line.quantity_per_day).sum::<u64>(), 2048);
}

/// Without calendar the period is as long as it is: 29 days from 31 January to 29 February.
#[test]
fn a_fall_gives_back_what_is_left() {
    let from = utc("2024-01-31T00:00");
    let states = [(from, gb(2)), (utc("2024-02-10T00:00"), gb(4)), (utc("2024-02-20T00:00"), gb(0))];
    let item = prorated("29", Period::Month, false);
    let lines = charged("UTC", item, resource(1, &states), window(from, utc("2024-02-29T00:00")));
    let expected = ["2024-01-31..2024-01-31 2", "2024-02-01..2024-02-09 2", "2024-02-10..2024-02-10 4"];
    assert_eq!(shown(&lines)[..3], expected);
    assert_eq!(cost(&lines), (10 * 2 + 10 * 4) * 10_000_000);
    assert_eq!(lines.last().unwrap().last_day, date("2024-02-19"));
}

/// The true length: a day of 23 hours costs the same as one of 25, and half of it half.
#[test]
fn a_short_day_is_a_whole_day() {
    let zone_name = "America/New_York";
    let from = local("2024-03-09T00:00", zone_name);
    let until = local("2024-03-10T12:00", zone_name);
    let item = prorated("23", Period::Day, true);
    let lines = charged(zone_name, item, resource(1, &[(from, gb(1)), (until, None)]), ever());
    assert_eq!(shown(&lines), ["2024-03-09..2024-03-09 23", "2024-03-10..2024-03-10 11"]);
}

/// Booked at the end of the day, also in a window that begins when everything was gone.
#[test]
fn a_share_is_booked_after_the_end() {
    let snapshot = resource(1, &[(utc("2024-04-01T00:00"), gb(1)), (utc("2024-04-02T06:00"), None)]);
    let item = prorated("30", Period::Month, true);
    let evening = window(utc("2024-04-02T18:00"), utc("2024-05-01T00:00"));
    assert_eq!(shown(&charged("UTC", item, snapshot, evening)), ["2024-04-02..2024-04-02 0.25"]);
}

/// Booked at the end of each civil day: nothing of a day that has not ended, nor of a period that runs in it.
#[test]
fn a_share_is_booked_at_the_end_of_the_day() {
    let from = utc("2024-01-01T00:00");
    let item = prorated("31", Period::Month, true);
    let until =
        |to| charged("UTC", item, since(1, from, Thing::Snapshot { size_mib: 1024 }), window(from, utc(to)));
    assert_eq!(cost(&until("2024-01-01T23:59")), 0);
    assert_eq!(cost(&until("2024-01-02T00:00")), 10_000_000);
    assert_eq!(cost(&until("2024-01-02T18:00")), 10_000_000);
}

/// What was used of a period that began before the first wanted day is not booked with it.
#[test]
fn a_later_day_costs_no_more_than_itself() {
    let item = prorated("60", Period::Hour, false);
    let snapshot = since(1, utc("2020-01-01T00:30"), Thing::Snapshot { size_mib: 1024 });
    let day = window(utc("2024-01-05T00:00"), utc("2024-01-06T00:00"));
    let lines = charged("UTC", item, snapshot, day);
    assert_eq!((cost(&lines), lines.len()), (24 * 600_000_000, 1));
    assert_eq!((lines[0].starts_per_day, lines[0].quantity_per_day), (24, 24 * 1024));
}

proptest! {
    #![proptest_config(config(96, REGRESSIONS))]

    /// The lines of a period add up to its rounded whole, whatever its days; so they cost what full periods cost.
    #[test]
    fn lines_add_up_to_the_rounded_whole(
        (zone_name, day) in prop::sample::select(vec![
            ("Europe/Moscow", "2021-12-30"), ("America/New_York", "2024-03-09"), ("America/New_York", "2024-11-02"),
            ("Australia/Lord_Howe", "2024-04-06"), ("Pacific/Apia", "2011-12-28"), ("Asia/Kathmandu", "2024-02-28"),
        ]),
        minute in 0..1440_i64,
        price in 0..90_000_000_u32,
        mib in 1..5000_u64,
        period in prop::sample::select(PERIODS.to_vec()),
        calendar: bool,
        periods in 1..4_usize,
    ) {
        let at = Instant::from_micros(local(&format!("{day}T00:00"), zone_name).micros() + minute * 60_000_000);
        let first = Boundaries::new(at, period, calendar, zone(zone_name));
        let from = first.after(at).unwrap();
        // From the life's own anchor: a local time that a clock jumps over is another one on the next day.
        let own = Boundaries::new(from, period, calendar, zone(zone_name));
        let to = own.between(from, Instant::MAX).nth(periods).unwrap();
        let snapshot = resource(1, &[
            (from, Some(shape(Thing::Snapshot { size_mib: mib }))),
            (to, None),
        ]);
        let price = format!("{}.{:07}", price / 10_000_000, price % 10_000_000);
        let costs = [item(&price, period, calendar), prorated(&price, period, calendar)]
            .map(|item| cost(&charged(zone_name, item, snapshot.clone(), ever())));
        prop_assert_eq!(costs[0], costs[1]);
    }

    /// A share never costs more than the full period.
    #[test]
    fn a_share_never_costs_more(
        sizes in prop::collection::vec((1..4_000_i64, 0..4_u64), 1..7),
        period in prop::sample::select(PERIODS.to_vec()),
        calendar: bool,
    ) {
        let mut at = local("2024-01-30T17:23", "America/New_York").micros();
        let mut states = Vec::new();
        for (minutes, size) in sizes {
            states.push((Instant::from_micros(at), gb(size)));
            at += minutes * 60_000_000;
        }
        states.push((Instant::from_micros(at), None));
        let [full, share] = [item("0.0012345", period, calendar), prorated("0.0012345", period, calendar)]
            .map(|item| cost(&charged("America/New_York", item, resource(1, &states), ever())));
        prop_assert!(share <= full, "{share} {full}");
    }
}
