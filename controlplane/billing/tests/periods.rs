//! Invariant 13: boundaries in every time zone, against rules of their own written down naively (T1, T2).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::period::{Boundaries, civil_day, day_start};
use common::*;
use jiff::{SignedDuration, Span, Timestamp, civil::Date, tz::TimeZone};
use proptest::prelude::*;
use schemas::{resource::tariff_plan::Period, time::Instant};

const REGRESSIONS: &str = "tests/regressions/periods.txt";
const MINUTE: i64 = 60_000_000;

/// Every zone of the bundled database.
fn zones() -> Vec<TimeZone> {
    let zones: Vec<_> = jiff::tz::db().available().map(|name| zone(name.as_str())).collect();
    assert!(zones.len() > 400);
    zones
}

fn micros(instant: Instant, more: i64) -> Instant {
    Instant::from_micros(instant.micros() + more)
}

/// T2: in every zone the civil days from 2010 to 2013 follow one another; each instant is in its day; days left out
/// have no length.
#[test]
fn civil_days_partition_time_in_every_zone() {
    for zone in zones() {
        let mut day = date("2010-12-25");
        while day < date("2013-01-05") {
            let next = day.tomorrow().unwrap();
            let (start, end) = (day_start(day, &zone).unwrap(), day_start(next, &zone).unwrap());
            assert!(start <= end, "{zone:?} {day}");
            if start < end {
                assert_eq!(civil_day(start, &zone), day, "{zone:?}");
                assert_eq!(civil_day(micros(end, -1), &zone), day, "{zone:?}");
                let hours = (end.micros() - start.micros()) / (60 * MINUTE);
                assert!((20..28).contains(&hours), "{zone:?} {day} {hours}");
            }
            day = next;
        }
    }
}

/// T2: around every change of offset since 1970 in every zone, calendar minutes and hours are exactly the instants
/// whose local time is whole.
#[test]
fn calendar_hours_are_whole_local_times_in_every_zone() {
    for zone in zones() {
        let changes: Vec<Timestamp> =
            zone.following(Timestamp::UNIX_EPOCH).map(|change| change.timestamp()).take(100).collect();
        for change in changes.into_iter().rev().step_by(13) {
            let from: Instant = change.checked_sub(SignedDuration::from_mins(150)).unwrap().into();
            let to = micros(from, 300 * MINUTE);
            let anchor = micros(from, -31 * MINUTE - 1);
            for (period, whole) in [(Period::Minute, 60), (Period::Hour, 3600)] {
                let boundaries = Boundaries::new(anchor, period, true, zone.clone());
                let naive: Vec<Instant> = (0..300 * 4)
                    .map(|quarter| micros(from, quarter * 15_000_000))
                    .filter(|at| {
                        let offset = i64::from(zone.to_offset(at.timestamp()).seconds());
                        (at.micros() / 1_000_000 + offset).rem_euclid(whole) == 0
                    })
                    .collect();
                let found: Vec<Instant> = boundaries.between(from, to).collect();
                assert_eq!(found, naive, "{zone:?} {change}");
                assert_eq!(boundaries.count(from, to), u64::try_from(naive.len()).ok());
            }
        }
    }
}

/// Zones whose clocks do something unusual, with a year of it.
fn odd_zone() -> impl Strategy<Value = (&'static str, i16)> {
    prop::sample::select(vec![
        ("UTC", 2024),
        ("Europe/Moscow", 2014),
        ("America/New_York", 2024),
        ("Australia/Lord_Howe", 2024),
        ("Asia/Kathmandu", 1986),
        ("Pacific/Apia", 2011),
        ("Pacific/Kwajalein", 1993),
        ("Pacific/Kiritimati", 1994),
        ("America/St_Johns", 2010),
        ("America/Sao_Paulo", 2017),
        ("America/Havana", 2024),
        ("Africa/Casablanca", 2024),
        ("Africa/Monrovia", 1972),
        ("Asia/Pyongyang", 2018),
        ("America/Caracas", 2016),
        ("Antarctica/Troll", 2024),
    ])
}

fn period() -> impl Strategy<Value = Period> {
    prop::sample::select(PERIODS.to_vec())
}

/// An anchor in the year, a little before or after.
fn anchor_in(year: i16, seed: i64) -> Instant {
    let start: Timestamp = Date::constant(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp();
    Instant::from_micros(start.as_microsecond() - 10 * 86_400_000_000 + seed)
}

/// The k-th boundary by its definition, for periods without calendar.
fn kth(anchor: Instant, period: Period, k: i64, zone: &TimeZone) -> Instant {
    let local = zone.to_datetime(anchor.timestamp());
    let span = match period {
        _ if k == 0 => return anchor,
        Period::Minute => return micros(anchor, k * MINUTE),
        Period::Hour => return micros(anchor, k * 60 * MINUTE),
        Period::Day => Span::new().days(k),
        Period::Month => Span::new().months(k),
        Period::Year => Span::new().years(k),
    };
    zone.to_ambiguous_timestamp(local.checked_add(span).unwrap()).compatible().unwrap().into()
}

proptest! {
    #![proptest_config(config(400, REGRESSIONS))]

    /// T1: without calendar, boundaries are the k-th ones counted from the anchor, each once.
    #[test]
    fn boundaries_are_counted_from_the_anchor(
        (name, year) in odd_zone(),
        period in period(),
        seed in 0..385 * 86_400_000_000_i64,
    ) {
        let zone = zone(name);
        let anchor = anchor_in(year, seed);
        let boundaries = Boundaries::new(anchor, period, false, zone.clone());
        let mut expected: Vec<_> = (0..400).map(|k| kth(anchor, period, k, &zone)).collect();
        prop_assert!(expected.is_sorted());
        expected.dedup();
        let end = micros(*expected.last().unwrap(), 1);
        let found: Vec<_> = boundaries.between(Instant::MIN, end).collect();
        prop_assert_eq!(found, expected);
    }

    /// T1: with calendar, every boundary but the anchor is where a civil period begins, and none is left out.
    #[test]
    fn calendar_boundaries_are_where_civil_periods_begin(
        (name, year) in odd_zone(),
        seed in 0..385 * 86_400_000_000_i64,
    ) {
        let zone = zone(name);
        let anchor = anchor_in(year, seed);
        let first = civil_day(anchor, &zone);
        let starts = |keep: &dyn Fn(Date) -> bool| {
            let mut day = first;
            let mut instants = vec![anchor];
            for _ in 0..800 {
                day = day.tomorrow().unwrap();
                if keep(day) {
                    instants.push(day_start(day, &zone).unwrap());
                }
            }
            instants.dedup();
            (instants, day_start(day.tomorrow().unwrap(), &zone).unwrap())
        };
        let cases: [(Period, &dyn Fn(Date) -> bool); 3] = [
            (Period::Day, &|_| true),
            (Period::Month, &|day| day.day() == 1),
            (Period::Year, &|day| day.day() == 1 && day.month() == 1),
        ];
        for (period, keep) in cases {
            let (expected, end) = starts(keep);
            let boundaries = Boundaries::new(anchor, period, true, zone.clone());
            prop_assert_eq!(boundaries.between(Instant::MIN, end).collect::<Vec<_>>(), expected);
        }
    }

    /// Counting agrees with walking, and both with looking for the next one.
    #[test]
    fn counting_is_walking(
        (name, year) in odd_zone(),
        period in period(),
        calendar: bool,
        seed in 0..385 * 86_400_000_000_i64,
        offset in -86_400_000_000..3 * 86_400_000_000_i64,
        length in 0..3 * 86_400_000_000_i64,
    ) {
        let anchor = anchor_in(year, seed);
        let boundaries = Boundaries::new(anchor, period, calendar, zone(name));
        let from = micros(anchor, offset);
        let to = micros(from, length);
        let walked: Vec<_> = boundaries.between(from, to).collect();
        prop_assert_eq!(boundaries.count(from, to), u64::try_from(walked.len()).ok());
        prop_assert!(walked.iter().all(|at| (from..to).contains(at) && boundaries.at_or_after(*at) == Some(*at)));
        let middle = micros(from, length / 2);
        let parts = (boundaries.count(from, middle).unwrap(), boundaries.count(middle, to).unwrap());
        prop_assert_eq!(boundaries.count(from, to), Some(parts.0 + parts.1));
    }
}

/// Beyond the year 9000 nothing begins, and nothing breaks.
#[test]
fn time_ends() {
    for period in PERIODS {
        for calendar in [false, true] {
            let boundaries =
                Boundaries::new(micros(Instant::MAX, -1), period, calendar, zone("Europe/Moscow"));
            assert_eq!(boundaries.after(micros(Instant::MAX, -1)).filter(|at| *at < Instant::MAX), None);
            assert_eq!(boundaries.count(Instant::MIN, Instant::MAX), Some(1));
        }
    }
}

/// Ten years of minutes are counted as fast as one.
#[test]
fn ten_years_of_minutes() {
    let from = local("2020-01-01T00:00", "America/New_York");
    let to = local("2030-01-01T00:00", "America/New_York");
    for calendar in [false, true] {
        let boundaries = Boundaries::new(from, Period::Minute, calendar, zone("America/New_York"));
        assert_eq!(boundaries.count(from, to), Some(3653 * 1440));
    }
}
