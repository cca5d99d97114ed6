//! Generated lives under generated plans, on whole minutes, around instants where clocks do something unusual.

use super::{CONTRACT, zone};
use billing::{
    observation::{DiskType, Platform, Power, Shape, Thing},
    rate::{Charge, Contract, PlanMove, PlanVersion, RateError, Resource, Window, rate},
};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use schemas::{
    money::Price,
    resource::tariff_plan::{Charging, Period, PlanItem, While},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;

/// Microseconds in a minute.
pub(crate) const MINUTE: i64 = 60_000_000;

/// A life under plans. Times are minutes after the start.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) zone: &'static str,
    /// The start, in minutes after 1970.
    pub(crate) start: i64,
    /// How long it is told.
    pub(crate) minutes: i64,
    /// The resource's states, by their first minute.
    pub(crate) states: BTreeMap<i64, Option<Shape>>,
    /// The contract's plans, by the minute of the move; one at 0 at the latest.
    pub(crate) moves: BTreeMap<i64, i64>,
    /// The versions of plans 1 and 2, by plan and minute.
    pub(crate) versions: BTreeMap<(i64, i64), BTreeMap<Service, PlanItem>>,
}

impl Scenario {
    pub(crate) fn zone(&self) -> TimeZone {
        zone(self.zone)
    }

    /// The instant of a minute.
    pub(crate) fn at(&self, minute: i64) -> Instant {
        Instant::from_micros((self.start + minute) * MINUTE)
    }

    pub(crate) fn contract(&self) -> Contract {
        let plan_moves =
            self.moves.iter().map(|(minute, plan)| PlanMove { at: self.at(*minute), plan: *plan });
        Contract { plan_moves: plan_moves.collect(), ..super::contract(self.zone) }
    }

    pub(crate) fn plan_versions(&self) -> Vec<PlanVersion> {
        let versions = self.versions.iter().map(|((plan, minute), items)| PlanVersion {
            plan: *plan,
            version: *minute,
            from: self.at(*minute),
            items: items.clone(),
        });
        versions.collect()
    }

    pub(crate) fn resource(&self, id: u128) -> Resource {
        let states: Vec<_> =
            self.states.iter().map(|(minute, state)| (self.at(*minute), state.clone())).collect();
        super::resource(id, &states)
    }

    pub(crate) fn window(&self, from: i64, to: i64) -> Window {
        Window { from: self.at(from), to: self.at(to) }
    }

    pub(crate) fn rate(&self, window: Window) -> Result<Vec<Charge>, RateError> {
        rate(&self.contract(), &self.plan_versions(), &[self.resource(1)], window)
    }
}

/// Zones and days on which something happens, all with offsets of whole minutes.
fn places() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("UTC", "2024-02-28"),
        ("Europe/Moscow", "2021-12-30"),
        ("America/New_York", "2024-03-09"),
        ("America/New_York", "2024-11-02"),
        ("Australia/Lord_Howe", "2024-04-06"),
        ("Australia/Lord_Howe", "2024-10-05"),
        ("Asia/Kathmandu", "2024-01-30"),
        ("Pacific/Apia", "2011-12-29"),
        ("America/St_Johns", "2010-11-06"),
        ("America/St_Johns", "2011-03-12"),
        ("America/Sao_Paulo", "2017-10-14"),
        ("America/Havana", "2024-11-02"),
        ("Antarctica/Troll", "2024-03-30"),
        ("Africa/Casablanca", "2024-03-09"),
    ])
}

/// One thing in changing sizes: a machine, a disk that changes its type, or a snapshot.
fn states(minutes: i64) -> impl Strategy<Value = BTreeMap<i64, Option<Shape>>> {
    let power = prop::sample::select(vec![Power::Running, Power::Paused, Power::Off]);
    let contract = prop::sample::select(vec![Some(CONTRACT), Some(CONTRACT), Some(CONTRACT), None, Some(8)]);
    let disk_type =
        prop::sample::select(vec![None, Some(DiskType::Sata), Some(DiskType::Ssd), Some(DiskType::Ssd)]);
    let state = (0..4_u32, 0..4000_u64, disk_type, power, contract, 0..7_u8);
    (0..3_u8, prop::collection::btree_map(0..minutes, state, 1..9)).prop_map(|(kind, states)| {
        let with = |(vcpu, size_mib, disk_type, power, contract, gone)| {
            let platform = Platform::Kvm;
            let thing = match kind {
                0 => {
                    Thing::Machine { platform, cpu_class_3_2: false, vcpu, ram_mib: size_mib, windows: false }
                }
                1 => Thing::Disk { platform, disk_type, size_mib },
                _ => Thing::Snapshot { size_mib },
            };
            (gone > 0).then_some(Shape { thing, contract, power })
        };
        states.into_iter().map(|(minute, state)| (minute, with(state))).collect()
    })
}

fn items(periods: &[Period]) -> impl Strategy<Value = PlanItem> + Clone + use<> {
    let period = prop::sample::select(periods.to_vec());
    (0..60_000_000_i64, period, any::<bool>(), any::<bool>(), 0..3_u8).prop_map(
        move |(units, period, calendar, running, share)| PlanItem {
            price: Price::from_units(units).unwrap(),
            period,
            calendar,
            charging: if share == 0 && (period != Period::Minute || units % 8 == 0) {
                Charging::Prorated
            } else {
                Charging::FullPeriod
            },
            charged_while: if running { While::Running } else { While::Exists },
        },
    )
}

/// Scenarios of so many days whose items have one of these periods.
pub(crate) fn scenarios(days: i64, periods: &'static [Period]) -> impl Strategy<Value = Scenario> {
    let minutes = days * 1440;
    let services =
        [Service::KvmCpu, Service::KvmRam, Service::KvmHddSlow, Service::KvmHddUltrafast, Service::Snapshot];
    let rows = prop::collection::btree_map(prop::sample::select(services.to_vec()), items(periods), 3..=5);
    let versions = prop::collection::btree_map((1..=2_i64, 0..minutes), rows.clone(), 0..4);
    let moves = prop::collection::btree_map(0..minutes, 1..=2_i64, 0..3);
    (places(), 0..2880_i64, states(minutes), moves, versions, rows.clone(), rows).prop_map(
        move |((zone_name, day), before, states, mut moves, mut versions, one, two)| {
            let midnight = super::local(&format!("{day}T12:00"), zone_name);
            moves.entry(0).or_insert(1);
            versions.insert((1, 0), one);
            versions.insert((2, 0), two);
            let start = midnight.micros() / MINUTE - before;
            Scenario { zone: zone_name, start, minutes, states, moves, versions }
        },
    )
}
