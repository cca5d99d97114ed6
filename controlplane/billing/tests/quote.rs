//! Invariant 14: a quote for a configuration, with the prices of promotions, equals what is then charged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    observation::{DiskType, Platform, Power, Shape, Thing},
    quote::{Promotion, Wanted, promoted, quote, wanted},
    rate::{Charge, Contract, Grant, PlanVersion, Resource, rate},
};
use common::*;
use proptest::prelude::*;
use schemas::{
    money::{Money, Price},
    resource::tariff_plan::{Charging, PlanItem, While},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;
use uuid::Uuid;

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

/// A machine with its system disk, and the promotion that it is granted.
#[derive(Clone, Debug)]
struct Ordered {
    machine: Shape,
    disk: Shape,
    promotion: Option<Promotion>,
}

impl Ordered {
    /// What is wanted of a quote.
    fn wanted(&self) -> Vec<Wanted> {
        match self.promotion {
            Some(promotion) => promoted(&self.machine, 1, promotion).collect(),
            None => wanted(&self.machine, 1).chain(wanted(&self.disk, 1)).collect(),
        }
    }

    /// The same as resources with these numbers, there from an instant on.
    fn resources(&self, (machine, disk): (u128, u128), at: Instant) -> [Resource; 2] {
        [(machine, &self.machine), (disk, &self.disk)]
            .map(|(id, shape)| resource(id, &[(at, Some(shape.clone()))]))
    }
}

fn machines() -> impl Strategy<Value = Vec<Ordered>> {
    let power = prop::sample::select(vec![Power::Running, Power::Off]);
    let promotion = prop::option::of((1..3_i64, 0..60_000_000_i64));
    let one = (1..9_u32, 1..9000_u64, 1..200_u64, power, any::<bool>(), promotion).prop_map(
        |(vcpu, ram_mib, gb, power, windows, promotion)| {
            let machine =
                Thing::Machine { platform: Platform::Kvm, cpu_class_3_2: false, vcpu, ram_mib, windows };
            let promotion = promotion
                .map(|(id, units)| Promotion { id, price_per_day: Price::from_units(units).unwrap() });
            Ordered {
                machine: Shape { power, ..shape(machine) },
                disk: shape(disk(Some(DiskType::Ssd), gb)),
                promotion,
            }
        },
    );
    prop::collection::vec(one, 1..4)
}

/// The contract whose machines, of the numbers 1, 3, 5 and so on, are granted what they have.
fn granted(zone_name: &str, machines: &[Ordered], at: Instant) -> Contract {
    let grants = (1..).zip(machines).filter_map(|(number, ordered)| {
        let Promotion { id, price_per_day } = ordered.promotion?;
        let number_of_machine = u128::try_from(2 * number - 1).unwrap();
        let [machine, disk] = [number_of_machine, number_of_machine + 1].map(Uuid::from_u128);
        Some(Grant { id: number, promotion: id, machine, system_disk: Some(disk), at, price_per_day })
    });
    Contract { grants: grants.collect(), ..contract(zone_name) }
}

/// What each service costs, by the plan or by a promotion.
fn by_line(contract: &Contract, charges: &[Charge]) -> BTreeMap<(Service, Option<Promotion>), i64> {
    let mut lines = BTreeMap::new();
    for charge in charges {
        let grant = contract.grants.iter().find(|grant| grant.id == charge.grant);
        let promotion =
            grant.map(|grant| Promotion { id: grant.promotion, price_per_day: grant.price_per_day });
        *lines.entry((charge.service, promotion)).or_default() += charge.total.units();
    }
    lines
}

proptest! {
    #![proptest_config(config(256, REGRESSIONS))]

    #[test]
    fn a_quote_equals_what_is_charged(
        machines in machines(),
        prices in prop::collection::vec(items(), 4),
        minute in 0..365 * 1440_i64,
    ) {
        // No year from here has a 29 February.
        let at = Instant::from_micros(utc("2021-03-01T00:00").micros() + minute * scenario::MINUTE);
        let services =
            [Service::KvmCpu, Service::KvmRam, Service::KvmHddUltrafast, Service::WindowsLicense];
        let rows: Vec<_> = services.into_iter().zip(prices).collect();
        let plan = version(1, 1, Instant::MIN, &rows);
        let resources: Vec<Resource> = (1..)
            .step_by(2)
            .zip(&machines)
            .flat_map(|(number, ordered)| ordered.resources((number, number + 1), at))
            .collect();
        let charged = |contract: &Contract, plan: &PlanVersion, length: i64| {
            let window = window(at, Instant::from_micros(at.micros() + length));
            rate(contract, std::slice::from_ref(plan), &resources, window).unwrap()
        };
        let all = || machines.iter().flat_map(Ordered::wanted).collect::<Vec<Wanted>>();
        let quoted = quote(&plan, all()).unwrap();
        let first = charged(&granted("America/New_York", &machines, at), &plan, 1);
        prop_assert_eq!(quoted.first_charge.units(), cost(&first));
        // Whole periods from the order on, in a zone whose days have 24 hours, are what a year of 365 days is.
        let mut whole = plan;
        for item in whole.items.values_mut() {
            (item.calendar, item.charging) = (false, Charging::FullPeriod);
        }
        let quoted = quote(&whole, all()).unwrap();
        let contract = granted("UTC", &machines, at);
        let year = charged(&contract, &whole, YEAR);
        prop_assert_eq!(quoted.running.year().unwrap().units(), cost(&year));
        let line = |line: &billing::quote::QuoteLine| {
            ((line.service, line.promotion), line.running.year().map(Money::units).unwrap())
        };
        let quoted: BTreeMap<_, _> = quoted.lines.iter().map(line).filter(|(_, units)| *units != 0).collect();
        let mut charged = by_line(&contract, &year);
        charged.retain(|_, units| *units != 0);
        prop_assert_eq!(quoted, charged);
    }
}
