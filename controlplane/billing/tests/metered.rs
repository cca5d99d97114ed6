//! Traffic and unknown times: M1, P7, P8, Q2.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    observation::{Kind, Reading, Thing},
    rate::{Charge, Resource, Rule, Window, rate},
    report::{Detail, report, unknown_days},
};
use common::*;
use proptest::prelude::*;
use schemas::{
    resource::tariff_plan::{Period, PlanItem},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;

const REGRESSIONS: &str = "tests/regressions/metered.txt";
const GB: u64 = 1 << 30;

fn read(at: &str, incarnation: i64, bytes: u64) -> Reading {
    Reading { at: utc(at), counter: 0, incarnation, bytes }
}

/// An address that is there from the beginning of 2024 until `to`, with a counter.
fn address(readings: &[Reading], to: Option<&str>) -> Resource {
    let mut states = vec![(utc("2024-01-01T00:00"), Some(shape(Thing::PublicIp)))];
    states.extend(to.map(|to| (utc(to), None)));
    Resource { readings: readings.to_vec(), ..resource(1, &states) }
}

fn charged(item: PlanItem, resource: Resource, window: Window) -> Vec<Charge> {
    let charges = rated("UTC", &[(Service::Bandwidth, item)], resource, window).unwrap();
    charges.into_iter().filter(|charge| charge.service == Service::Bandwidth).collect()
}

fn shown(charges: &[Charge]) -> Vec<(String, u64, String)> {
    charges
        .iter()
        .map(|it| (it.first_day.to_string(), it.quantity_per_day, it.amount_per_day.to_string()))
        .collect()
}

/// M1: charged at the period's end, once it has been read past it; use across the end is split by time, floor first.
#[test]
fn a_period_is_charged_when_its_end_has_been_read() {
    let daily = item("2", Period::Day, true);
    let readings = [
        read("2024-01-01T06:00", 1, 70 * GB),
        read("2024-01-01T18:00", 1, 73 * GB),
        read("2024-01-02T06:00", 1, 73 * GB + 5),
        read("2024-01-02T12:00", 1, 74 * GB + 5),
    ];
    let all = charged(daily, address(&readings, None), ever());
    assert_eq!(
        shown(&all),
        [("2024-01-01".into(), 3 * GB + 2, "6".into())],
        "the first reading is where it begins"
    );
    assert_eq!((all[0].rule, all[0].starts_per_day), (Rule::M1, 1));
    let next = [readings.as_slice(), &[read("2024-01-03T00:00", 1, 74 * GB + 5)]].concat();
    let all = charged(daily, address(&next, None), ever());
    assert_eq!(shown(&all)[1], ("2024-01-02".into(), GB + 3, "2".into()), "the remainder comes later");
    let only_second = window(utc("2024-01-02T00:00"), utc("2024-01-03T00:00"));
    assert_eq!(charged(daily, address(&next, None), only_second), all[1..]);
}

/// M1: periods without calendar begin with the first reading, run on through a change of what is read, and end with the
/// resource; when it is back, they begin anew.
#[test]
fn periods_begin_with_the_first_reading_of_each_life() {
    let daily = item("1", Period::Day, false);
    let readings = [
        read("2024-01-01T06:00", 1, 0),
        read("2024-01-02T06:00", 1, 2 * GB),
        read("2024-01-02T12:00", 1, 3 * GB),
        read("2024-01-03T08:00", 1, 5 * GB),
        read("2024-01-03T18:00", 1, 9 * GB),
    ];
    let ip = || Some(shape(Thing::PublicIp));
    let changed = [(utc("2024-01-01T00:00"), ip()), (utc("2024-01-01T20:00"), ip())];
    let gone =
        [(utc("2024-01-02T12:00"), None), (utc("2024-01-03T08:00"), ip()), (utc("2024-01-03T18:00"), None)];
    let states = [changed.as_slice(), &gone].concat();
    let lines = charged(daily, Resource { readings: readings.to_vec(), ..resource(1, &states) }, ever());
    assert_eq!(
        shown(&lines),
        [
            // From 06:00 to 06:00, booked on the day of its last instant; then what the first life left, and the second.
            ("2024-01-02".into(), 3 * GB, "3".into()),
            ("2024-01-03".into(), 4 * GB, "4".into()),
        ]
    );
    assert_eq!((lines[0].starts_per_day, lines[1].starts_per_day), (2, 1));
}

/// M1, V1: another price leaves the periods where they are, also at the ends of months.
#[test]
fn another_price_keeps_the_periods() {
    let priced = |price| [(Service::Bandwidth, item(price, Period::Month, false))];
    let plans =
        [version(1, 1, Instant::MIN, &priced("1")), version(1, 2, utc("2024-02-10T00:00"), &priced("2"))];
    let readings = [
        read("2024-01-31T06:00", 1, 0),
        read("2024-02-29T06:00", 1, GB),
        read("2024-03-30T06:00", 1, 3 * GB),
        read("2024-03-31T06:00", 1, 4 * GB),
    ];
    let lines = rate(&contract("UTC"), &plans, &[address(&readings, None)], ever()).unwrap();
    let lines: Vec<_> = lines.into_iter().filter(|line| line.service == Service::Bandwidth).collect();
    let expected = [("2024-02-29".into(), GB, "1".into()), ("2024-03-31".into(), 3 * GB, "6".into())];
    assert_eq!(shown(&lines), expected);
}

/// P8: a reset counts from 0 in the new life, however much that is; a counter that went down was reset; nothing is ever
/// negative.
#[test]
fn a_reset_counts_from_nothing() {
    let monthly = item("1", Period::Month, true);
    let readings = [
        read("2024-01-01T00:00", 1, 5 * GB),
        read("2024-01-02T00:00", 1, 6 * GB),
        read("2024-01-03T00:00", 2, 7 * GB),
        read("2024-01-04T00:00", 2, GB),
        read("2024-01-04T00:00", 2, 3 * GB),
    ];
    let ended = address(&readings, Some("2024-01-05T00:00"));
    let lines = charged(monthly, ended, ever());
    assert_eq!(
        shown(&lines),
        [("2024-01-04".into(), 11 * GB, "11".into())],
        "the last period ends with the resource"
    );
}

/// P8: each counter of a resource counts by itself; one that comes later begins where it is first read, and one that is
/// gone takes nothing back.
#[test]
fn counters_of_one_resource_add_up() {
    let second = |reading: Reading| Reading { counter: 1, ..reading };
    let readings = [
        read("2024-01-01T00:00", 1, 5 * GB),
        read("2024-01-01T06:00", 1, 6 * GB),
        second(read("2024-01-01T06:00", 1, 40 * GB)),
        read("2024-01-01T18:00", 1, 6 * GB),
        second(read("2024-01-01T18:00", 1, 42 * GB)),
        read("2024-01-02T00:00", 1, 9 * GB),
    ];
    let lines = charged(item("1", Period::Day, true), address(&readings, None), ever());
    assert_eq!(shown(&lines), [("2024-01-01".into(), 6 * GB, "6".into())]);
}

/// The catalogue's GB is 2^30 bytes, also in a report.
#[test]
fn a_report_shows_bytes_as_gb() {
    let readings = [read("2024-01-01T00:00", 1, 0), read("2024-01-02T00:00", 1, 3 * GB / 2)];
    let resource = address(&readings, None);
    let kinds = BTreeMap::from([(resource.id, Kind::PublicIp)]);
    let charges = charged(item("3", Period::Day, true), resource, ever());
    let day = date("2024-01-01");
    let report = report(&charges, &kinds, &BTreeMap::new(), day, day, Detail::Day).unwrap();
    let row = &report.sections[0].objects[0].rows[0];
    assert_eq!((row.consumption.as_str(), row.amount.to_string().as_str()), ("1.5 GB x day", "-4.5"));
}

/// Q2, P7: unknown time is not charged, its periods run on, and reports flag its days, also those without a charge.
#[test]
fn unknown_time_is_free_and_flagged() {
    let mut vdc = resource(
        1,
        &[
            (utc("2024-01-01T10:00"), Some(shape(Thing::Vdc))),
            (utc("2024-01-02T09:00"), Some(shape(Thing::Vdc))),
            (utc("2024-01-05T00:00"), Some(shape(Thing::Vdc))),
        ],
    );
    vdc.intervals[1].unknown = true;
    let days = unknown_days(&vdc, CONTRACT, &zone("UTC"), date("2024-01-01"), date("2024-01-31"));
    assert_eq!(days.iter().map(|day| day.day()).collect::<Vec<_>>(), [2, 3, 4]);
    let kinds = BTreeMap::from([(vdc.id, Kind::Vdc)]);
    let unknown = BTreeMap::from([(vdc.id, days)]);
    let until = window(Instant::MIN, utc("2024-01-06T00:00"));
    let items = [(Service::Vdc, item("1", Period::Day, false))];
    let charges = rated("UTC", &items, vdc, until).unwrap();
    // The period from the 4th, 10:00, is charged when the shape is known again.
    let report =
        report(&charges, &kinds, &unknown, date("2024-01-01"), date("2024-01-05"), Detail::Day).unwrap();
    let sections: Vec<_> =
        report.sections.iter().map(|it| (it.date.day(), it.unknown.len(), it.amount.to_string())).collect();
    let expected = [(1, 0, "-1"), (2, 1, "0"), (3, 1, "0"), (4, 1, "0"), (5, 0, "-2")];
    assert_eq!(sections, expected.map(|(day, unknown, amount)| (day, unknown, amount.to_owned())));
}

proptest! {
    #![proptest_config(config(64, REGRESSIONS))]

    /// P8, M1, invariant 1: every byte between the first and the last reading is charged exactly once, whatever the
    /// periods, the resets and the cuts between windows.
    #[test]
    fn every_byte_once(
        steps in prop::collection::vec((0..3000_i64, 0..50_u64, 0..9_u8), 1..20),
        period in prop::sample::select(vec![Period::Hour, Period::Day, Period::Month]),
        calendar: bool,
        cut in 0..60_000_000_000_i64,
    ) {
        let (mut at, mut incarnation, mut bytes, mut used) = (utc("2024-01-30T17:23").micros(), 1, 0, 0);
        let mut readings = vec![Reading { at: Instant::from_micros(at), counter: 0, incarnation, bytes }];
        for (minutes, more, reset) in steps {
            at += minutes * 60_000_000;
            if reset == 0 {
                (incarnation, bytes) = (incarnation + 1, 0);
            }
            (bytes, used) = (bytes + more * 1_000_003, used + more * 1_000_003);
            readings.push(Reading { at: Instant::from_micros(at), counter: 0, incarnation, bytes });
        }
        let end = Instant::from_micros(at + 60_000_000);
        let states = [(utc("2024-01-01T00:00"), Some(shape(Thing::PublicIp))), (end, None)];
        readings.push(Reading { at: Instant::from_micros(at + 1), counter: 0, incarnation, bytes });
        let resource = Resource { readings, ..resource(1, &states) };
        let item = item("7", period, calendar);
        let whole = charged(item, resource.clone(), ever());
        prop_assert_eq!(whole.iter().map(|it| days_of(it) * it.quantity_per_day).sum::<u64>(), used);
        let cut = Instant::from_micros(utc("2024-01-30T17:23").micros() + cut);
        let mut parts = charged(item, resource.clone(), Window { to: cut, ..ever() });
        parts.extend(charged(item, resource, Window { from: cut, ..ever() }));
        prop_assert_eq!(by_day(&whole), by_day(&parts));
    }
}

fn days_of(charge: &Charge) -> u64 {
    u64::try_from(charge.first_day.until(charge.last_day).unwrap().get_days()).unwrap() + 1
}
