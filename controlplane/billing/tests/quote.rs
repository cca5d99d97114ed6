//! Invariant 14: a quote for a configuration equals what is then charged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    observation::{DiskType, Power, Shape},
    quote::{Wanted, quote, wanted},
    rate::{Resource, rate},
};
use common::*;
use proptest::prelude::*;
use schemas::{
    money::Price,
    resource::tariff_plan::{Charging, PlanItem, While},
    service::Service,
    time::Instant,
};

const REGRESSIONS: &str = "tests/regressions/quote.txt";

/// Microseconds in 365 days.
const YEAR: i64 = 365 * 86_400_000_000;

fn items() -> impl Strategy<Value = PlanItem> {
    let period = prop::sample::select(PERIODS.to_vec());
    (0..60_000_000_i64, period, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(units, period, calendar, prorated, running)| PlanItem {
            price: Price::from_units(units).unwrap(),
            period,
            calendar,
            charging: if prorated { Charging::Prorated } else { Charging::FullPeriod },
            charged_while: if running { While::Running } else { While::Exists },
        },
    )
}

/// Machines, each with its disk.
fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let power = prop::sample::select(vec![Power::Running, Power::Off]);
    let one = (1..9_u32, 1..9000_u64, 1..200_u64, power).prop_map(|(vcpu, ram_mib, gb, power)| {
        [Shape { power, ..shape(machine(vcpu, ram_mib)) }, shape(disk(Some(DiskType::Ssd), gb))]
    });
    prop::collection::vec(one, 1..4).prop_map(|pairs| pairs.into_iter().flatten().collect())
}

proptest! {
    #![proptest_config(config(256, REGRESSIONS))]

    #[test]
    fn a_quote_equals_what_is_charged(
        shapes in shapes(),
        prices in prop::collection::vec(items(), 3),
        minute in 0..365 * 1440_i64,
    ) {
        // No year from here has a 29 February.
        let at = Instant::from_micros(utc("2021-03-01T00:00").micros() + minute * scenario::MINUTE);
        let services = [Service::KvmCpu, Service::KvmRam, Service::KvmHddUltrafast];
        let rows: Vec<_> = services.into_iter().zip(prices).collect();
        let plan = version(1, 1, Instant::MIN, &rows);
        let resources: Vec<Resource> =
            (1..).zip(&shapes).map(|(id, shape)| resource(id, &[(at, Some(shape.clone()))])).collect();
        let charged = |zone_name: &str, plan: &billing::rate::PlanVersion, length: i64| {
            let window = window(at, Instant::from_micros(at.micros() + length));
            cost(&rate(&contract(zone_name), std::slice::from_ref(plan), &resources, window).unwrap())
        };
        let all = || shapes.iter().flat_map(|shape| wanted(shape, 1)).collect::<Vec<Wanted>>();
        let quoted = quote(&plan, all()).unwrap();
        prop_assert_eq!(quoted.first_charge.units(), charged("America/New_York", &plan, 1));
        // Whole periods from the order on, in a zone whose days have 24 hours, are what a year of 365 days is.
        let mut whole = plan;
        for item in whole.items.values_mut() {
            (item.calendar, item.charging) = (false, Charging::FullPeriod);
        }
        let quoted = quote(&whole, all()).unwrap();
        prop_assert_eq!(quoted.running.year().unwrap().units(), charged("UTC", &whole, YEAR));
        for line in &quoted.lines {
            let mut alone = whole.clone();
            alone.items.retain(|service, _| *service == line.service);
            prop_assert_eq!(line.running.year().unwrap().units(), charged("UTC", &alone, YEAR));
        }
    }
}
