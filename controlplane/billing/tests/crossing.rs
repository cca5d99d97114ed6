//! B2, B3, invariant 17: the instant of exhaustion is known ahead.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::rate::{Contract, Crossing, Hold, PlanVersion, Resource, Window, crossing, rate};
use common::{scenario::scenarios, *};
use proptest::prelude::*;
use schemas::{money::Money, resource::tariff_plan::Period, service::Service, time::Instant};

const REGRESSIONS: &str = "tests/regressions/crossing.txt";

fn rubles(text: &str) -> Money {
    text.parse().unwrap()
}

/// vCPU at 2, disk at 3 rubles a day of their own.
fn plan() -> Vec<PlanVersion> {
    let daily = |price| item(price, Period::Day, false);
    vec![version(
        1,
        1,
        Instant::MIN,
        &[(Service::KvmCpu, daily("2")), (Service::KvmHddUltrafast, daily("3"))],
    )]
}

fn found(contract: &Contract, resources: &[Resource], balance: &str) -> Option<(String, String, String)> {
    let (from, horizon) = (utc("2024-01-01T00:00"), utc("2024-03-01T00:00"));
    let found = crossing(contract, &plan(), resources, rubles(balance), from, horizon).unwrap();
    found.map(|it| (it.at.to_string(), it.before.to_string(), it.step.to_string()))
}

fn step(at: &str, before: &str, step: &str) -> Option<(String, String, String)> {
    Some((at.into(), before.into(), step.into()))
}

/// All charges of one instant are one step, and a balance of exactly 0 is no crossing.
#[test]
fn a_step_is_all_that_is_charged_at_once() {
    let ssd = disk(Some(billing::observation::DiskType::Ssd), 1);
    let apart =
        [since(1, utc("2024-01-01T10:00"), machine(1, 0)), since(2, utc("2024-01-01T11:00"), ssd.clone())];
    let at_once = [apart[0].clone(), since(2, utc("2024-01-01T10:00"), ssd)];
    let free = contract("UTC");
    assert_eq!(found(&free, &at_once, "14.9999999"), step("2024-01-03T10:00:00Z", "4.9999999", "5"));
    assert_eq!(found(&free, &at_once, "15"), step("2024-01-04T10:00:00Z", "0", "5"));
    assert_eq!(found(&free, &apart, "14"), step("2024-01-03T11:00:00Z", "2", "3"));
    assert_eq!(found(&free, &apart, "11.5"), step("2024-01-03T10:00:00Z", "1.5", "2"));
    assert_eq!(found(&free, &at_once, "1000"), None);
    assert_eq!(found(&free, &[], "0"), None);
    assert_eq!(found(&free, &[], "-0.0000001"), step("2024-01-01T00:00:00Z", "-0.0000001", "0"));
}

/// B3: machines held from the crossing on cost nothing; what goes on may cross again later.
#[test]
fn a_hold_puts_the_crossing_off() {
    let ssd = disk(Some(billing::observation::DiskType::Ssd), 1);
    let resources =
        [since(1, utc("2024-01-01T10:00"), machine(1, 0)), since(2, utc("2024-01-01T10:00"), ssd)];
    let hold = Hold { from: utc("2024-01-03T10:00"), to: None };
    let held = Contract { holds: vec![hold], ..contract("UTC") };
    assert_eq!(found(&held, &resources, "14"), step("2024-01-04T10:00:00Z", "1", "3"));
}

proptest! {
    #![proptest_config(config(12, REGRESSIONS))]

    /// Invariant 17: computed ahead, the instant is the one that living through every minute finds.
    #[test]
    fn computed_ahead_is_as_simulated(
        scenario in scenarios(2, &[Period::Minute, Period::Hour, Period::Hour, Period::Day]),
        part in 0..1100_i64,
        begin in 0..1440_i64,
    ) {
        let (contract, versions, resources) = (scenario.contract(), scenario.plan_versions(), [scenario.resource(1)]);
        let window = scenario.window(begin, scenario.minutes);
        let total = cost(&rate(&contract, &versions, &resources, window).unwrap());
        let balance = Money::from_units(total / 1000 * part);
        let ahead = crossing(&contract, &versions, &resources, balance, window.from, window.to).unwrap();
        let mut left = balance.units();
        let mut simulated = None;
        for minute in begin..scenario.minutes {
            // What is charged at a minute, and what is booked just before the next one.
            let (at, next) = (scenario.at(minute), scenario.at(minute + 1));
            let end = Instant::from_micros(next.micros() - 1);
            for (from, to) in [(at, end), (end, next)] {
                let step = cost(&rate(&contract, &versions, &resources, Window { from, to }).unwrap());
                if step > left && simulated.is_none() {
                    let (before, step) = (Money::from_units(left), Money::from_units(step));
                    simulated = Some(Crossing { at: from, before, step });
                }
                left -= step;
            }
        }
        prop_assert_eq!(ahead, simulated);
    }
}
