//! Made-up clients with their plans, lives and observations: the same for the same seed, so that whoever measures or
//! compares can say what was measured.
//!
//! Of the intervals half are charged by the minute and the hour, half by the day and the month, with the calendar and
//! without, in three zones; a tenth of all by the share of the day; every tenth machine begins under a promotion.

use crate::{
    fold::{
        FoldError, Interval,
        bulk::{Entry, Log},
    },
    observation::{DiskType, Fact, Platform, Power, Shape, Thing},
    rate::{Contract, Grant, PlanMove, PlanVersion, Resource, Window},
};
use jiff::tz::TimeZone;
use schemas::{
    money::Price,
    resource::tariff_plan::{Charging, Period, PlanItem, While},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// 2023-01-01T00:00:00Z, before which nothing is.
const START: i64 = 1_672_531_200_000_000;

/// How long the time is in which everything happens: 365 days.
const LENGTH: i64 = 365 * 86_400_000_000;

/// How often each machine and disk is changed.
const CHANGES: u64 = 9;

/// Machines of a client.
const MACHINES: i64 = 3;

/// A number that tells whether two rows of numbers are equal: any difference in a number, or in their order, changes it.
pub fn digest(numbers: impl Iterator<Item = u64>) -> u64 {
    let step = |digest: u64, number: u64| {
        let mixed = (digest ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    };
    numbers.fold(0xcbf2_9ce4_8422_2325, step)
}

/// Clients that are made up one after the other.
#[derive(Clone, Debug)]
pub struct Workload {
    chance: Chance,
    zones: Vec<TimeZone>,
    next: i64,
}

/// Numbers that look like chance and are the same for the same seed (SplitMix64).
#[derive(Clone, Copy, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let first = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let second = (first ^ (first >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        second ^ (second >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next()).wrapping_mul(u128::from(bound));
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// So many instants in order, the first and the rest with a gap of a microsecond at least.
    fn instants(&mut self, count: u64) -> Vec<i64> {
        let slot = LENGTH.cast_unsigned().checked_div(count).unwrap_or(1);
        let places = (0..count).map(|place| place.wrapping_mul(slot).wrapping_add(self.below(slot)));
        places.map(|place| START.wrapping_add(place.cast_signed())).collect()
    }
}

impl Workload {
    /// The clients of a seed; `None` without the three zones.
    pub fn new(seed: u64) -> Option<Self> {
        let names = ["Europe/Moscow", "Europe/Moscow", "Asia/Yekaterinburg", "America/New_York"];
        let zones = names.iter().map(|name| TimeZone::get(name)).collect::<Result<_, _>>().ok()?;
        Some(Self { chance: Chance(seed), zones, next: 1 })
    }

    /// The year in which everything happens.
    pub fn window() -> Window {
        Window { from: Instant::from_micros(START), to: Instant::from_micros(START.saturating_add(LENGTH)) }
    }

    /// The plan that all clients are on, with prices that depend on `tariff`.
    pub fn plan(tariff: i64) -> Vec<PlanVersion> {
        let item = |price: i64, period, calendar, charging| PlanItem {
            price: Price::from_units(price.saturating_mul(tariff)).unwrap_or_default(),
            period,
            calendar,
            charging,
            charged_while: While::Exists,
        };
        let full = Charging::FullPeriod;
        let items = BTreeMap::from([
            (Service::KvmCpu, item(83_331, Period::Minute, false, full)),
            (Service::KvmRam, item(2_083_337, Period::Hour, true, full)),
            (Service::KvmHddFast, item(1_666_667, Period::Day, true, full)),
            (Service::KvmHddUltrafast, item(99_000_001, Period::Month, false, full)),
            (Service::Snapshot, item(33_333_333, Period::Day, true, Charging::Prorated)),
        ]);
        vec![PlanVersion { plan: 1, version: 1, from: Instant::MIN, items }]
    }

    /// The next client's contract and the lives of its resources.
    pub fn client(&mut self) -> (Contract, Vec<Resource>) {
        let id = self.next;
        self.next = id.wrapping_add(1);
        let zone = usize::try_from(self.chance.below(4)).ok().and_then(|zone| self.zones.get(zone)).cloned();
        let mut resources = Vec::new();
        let mut grants = Vec::new();
        for number in 1..=MACHINES {
            let machine = self.resource(id, CHANGES, machine);
            let system_disk = self.resource(id, CHANGES, |chance| disk(chance, DiskType::Sas));
            if self.chance.below(10) == 0
                && let Some(first) = machine.intervals.first()
            {
                grants.push(Grant {
                    id: number,
                    promotion: 1,
                    machine: machine.id,
                    system_disk: Some(system_disk.id),
                    at: first.from,
                    price_per_day: Price::from_units(99_000_000).unwrap_or_default(),
                });
            }
            let further_disk = self.resource(id, CHANGES, |chance| disk(chance, DiskType::Ssd));
            resources.extend([machine, system_disk, further_disk]);
        }
        resources.push(self.resource(id, CHANGES.saturating_add(3), snapshot));
        let plan_moves = vec![PlanMove { at: Instant::MIN, plan: 1 }];
        let zone = zone.unwrap_or(TimeZone::UTC);
        (Contract { id, zone, plan_moves, holds: Vec::new(), grants }, resources)
    }

    /// A resource that is changed so often; one in four ends before the year does.
    fn resource(&mut self, contract: i64, changes: u64, thing: fn(&mut Chance) -> Thing) -> Resource {
        let id = Uuid::from_u64_pair(self.chance.next(), self.chance.next());
        let mut instants = self.chance.instants(changes.saturating_add(1));
        let end = if self.chance.below(4) == 0 { instants.pop() } else { None };
        let ends = instants.iter().skip(1).copied().map(Some).chain([end]);
        let intervals = instants.iter().zip(ends).map(|(from, to)| {
            let power = if self.chance.below(8) == 0 { Power::Off } else { Power::Running };
            let (thing, unknown) = (thing(&mut self.chance), false);
            let shape = Shape { thing, contract: Some(contract), power };
            Interval { from: Instant::from_micros(*from), to: to.map(Instant::from_micros), shape, unknown }
        });
        Resource { id, intervals: intervals.collect(), readings: Vec::new() }
    }
}

fn machine(chance: &mut Chance) -> Thing {
    let vcpu = u32::try_from(chance.below(16)).unwrap_or(0).saturating_add(1);
    let ram_mib = chance.below(64).saturating_add(1).saturating_mul(1024);
    Thing::Machine { platform: Platform::Kvm, cpu_class_3_2: false, vcpu, ram_mib, windows: false }
}

fn disk(chance: &mut Chance, disk_type: DiskType) -> Thing {
    let size_mib = chance.below(500_000).saturating_add(1);
    Thing::Disk { platform: Platform::Kvm, disk_type: Some(disk_type), size_mib }
}

fn snapshot(chance: &mut Chance) -> Thing {
    Thing::Snapshot { size_mib: chance.below(100_000).saturating_add(1) }
}

/// The observations of so many resources made up from a seed, 10 each, in the order in which they are stored; one in
/// sixteen says what was known, one in 200 was delivered late.
///
/// # Errors
/// When there are too many.
pub fn observations(seed: u64, resources: u64) -> Result<Log, FoldError> {
    let mut chance = Chance(seed);
    let mut log = Log::default();
    let mut things = Vec::new();
    for _ in 0..512 {
        let thing =
            if chance.below(2) == 0 { machine(&mut chance) } else { disk(&mut chance, DiskType::Ssd) };
        things.push(log.fact(Fact::Present(Shape { thing, contract: Some(1), power: Power::Running }))?);
    }
    let gone = log.fact(Fact::Gone)?;
    for _ in 0..resources {
        log.begin();
        let mut fact = gone;
        for (sequence, at) in (1..).zip(chance.instants(10)) {
            if sequence == 10 && chance.below(4) == 0 {
                fact = gone;
            } else if chance.below(16) > 0 {
                let place = usize::try_from(chance.below(512)).unwrap_or(0);
                fact = things.get(place).copied().unwrap_or(gone);
            }
            let late = if chance.below(200) == 0 { 3_000_000 } else { 0 };
            log.push(Entry {
                source: 1,
                epoch: 1,
                sequence,
                observed_at: Instant::from_micros(at.saturating_add(late)),
                received_at: Instant::from_micros(at.saturating_add(1_000)),
                fact,
            });
        }
    }
    Ok(log)
}
