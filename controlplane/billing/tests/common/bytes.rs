//! Arbitrary bytes as observations, contracts and plans: every bytes are some, and numbers at the edge of what there is
//! are frequent.

use super::{CONTRACT, contract, zone};
use billing::{
    fold::Interval,
    observation::{DiskType, Fact, Observation, Outage, Platform, Power, Reading, Shape, Thing},
    rate::{Contract, Grant, Hold, PlanMove, PlanVersion, Resource, Window},
};
use schemas::{
    money::Price,
    resource::tariff_plan::{Charging, PlanItem, While},
    service::Service,
    time::Instant,
};
use uuid::Uuid;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1440 * MINUTE;

/// How many resources a case has.
const RESOURCES: u8 = 3;

/// Zones that do something unusual near the start of [`Bytes::instant`]'s ordinary instants, 2011-12-28.
const ZONES: [&str; 4] = ["UTC", "Pacific/Apia", "Australia/Lord_Howe", "America/New_York"];

/// Bytes that are read one after the other; where there are none left, they are 0.
pub(crate) struct Bytes<'a> {
    left: std::slice::Iter<'a, u8>,
    /// The instant read last.
    last: Instant,
}

impl<'a> Bytes<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes.iter(), last: Instant::from_micros(1_325_030_400_000_000) }
    }

    fn is_empty(&self) -> bool {
        self.left.len() == 0
    }

    fn byte(&mut self) -> u8 {
        self.left.next().copied().unwrap_or(0)
    }

    fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn whole(&mut self) -> u64 {
        (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    /// A number: mostly small, now and then anything, or the last of all.
    fn number(&mut self) -> u64 {
        match self.below(16) {
            0 => self.whole(),
            1 => u64::MAX - u64::from(self.below(2)),
            2 => u64::MAX >> self.below(64),
            3 => u64::from(self.byte()) << self.below(57),
            _ => u64::from(self.byte()),
        }
    }

    fn signed(&mut self) -> i64 {
        self.number().cast_signed()
    }

    /// An instant: mostly near the one read last, before or after.
    fn instant(&mut self) -> Instant {
        let micros = self.last.micros();
        let step = i64::from(self.byte()) - 64;
        let at = match self.below(32) {
            0 => return Instant::MIN,
            1 => return Instant::MAX,
            2 => return Instant::from_micros(Instant::MAX.micros() - 1),
            3 => return Instant::from_micros(self.whole().cast_signed() & i64::MAX >> 5),
            4..7 => self.last,
            7..9 => Instant::from_micros(micros + step),
            9 => Instant::from_micros(micros + step / 16 * DAY),
            _ => Instant::from_micros(micros + step * 3 * MINUTE),
        };
        self.last = at;
        at
    }

    fn thing(&mut self) -> Thing {
        let platform = if self.flag() { Platform::Vmware } else { Platform::Kvm };
        match self.below(12) {
            0..3 => Thing::Machine {
                platform,
                cpu_class_3_2: self.flag(),
                vcpu: u32::try_from(self.number()).unwrap_or(u32::MAX),
                ram_mib: self.number(),
                windows: self.flag(),
            },
            3..5 => {
                let disk_type = match self.below(4) {
                    0 => None,
                    1 => Some(DiskType::Sata),
                    2 => Some(DiskType::Sas),
                    _ => Some(DiskType::Ssd),
                };
                Thing::Disk { platform, disk_type, size_mib: self.number() }
            }
            5 => Thing::Vdc,
            6 => Thing::Network { platform },
            7 => Thing::Snapshot { size_mib: self.number() },
            8 => Thing::PublicIp,
            9 => Thing::Backup { platform, size_mib: self.number() },
            10 => Thing::ObjectStorage { size_mib: self.number() },
            _ => Thing::VeeamLicense,
        }
    }

    fn fact(&mut self) -> Fact {
        if self.below(8) == 0 {
            return Fact::Gone;
        }
        let contract = match self.below(8) {
            0 => None,
            1 => Some(CONTRACT + 1),
            _ => Some(CONTRACT),
        };
        let power = match self.below(4) {
            0 => Power::Off,
            1 => Power::Paused,
            _ => Power::Running,
        };
        Fact::Present(Shape { thing: self.thing(), contract, power })
    }

    fn item(&mut self) -> PlanItem {
        let price = Price::from_units(self.signed().rem_euclid(10_000_000_000_001)).unwrap();
        PlanItem {
            price,
            period: super::PERIODS[usize::from(self.below(5))],
            calendar: self.flag(),
            charging: if self.below(4) == 0 { Charging::Prorated } else { Charging::FullPeriod },
            charged_while: if self.flag() { While::Running } else { While::Exists },
        }
    }
}

/// What is tried at once.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// What was said of each resource.
    pub(crate) observations: Vec<Vec<Observation>>,
    pub(crate) outages: Vec<Outage>,
    pub(crate) readings: Vec<Reading>,
    pub(crate) contract: Contract,
    pub(crate) versions: Vec<PlanVersion>,
    pub(crate) window: Window,
    /// Where the window is cut in two.
    pub(crate) cut: Instant,
}

impl Case {
    /// The terms come first, the observations take the rest.
    pub(crate) fn read(bytes: &mut Bytes<'_>) -> Self {
        let versions = (1..=i64::from(bytes.below(3)) + 1).map(|version| plan(bytes, version)).collect();
        let moves = (0..bytes.below(3)).map(|_| PlanMove { at: bytes.instant(), plan: 1 });
        let plan_moves = [PlanMove { at: Instant::MIN, plan: 1 }].into_iter().chain(moves).collect();
        let holds = (0..bytes.below(3)).map(|_| Hold { from: bytes.instant(), to: end(bytes) }).collect();
        let grants = (0..bytes.below(3)).map(|id| grant(bytes, i64::from(id) + 1)).collect();
        let zone = zone(ZONES[usize::from(bytes.below(4))]);
        let contract = Contract { zone, plan_moves, holds, grants, ..contract("UTC") };
        let outage = |bytes: &mut Bytes<'_>| {
            let (source, from) = (i64::from(bytes.below(3)), bytes.instant());
            Outage { source, from, to: end(bytes) }
        };
        let outages = (0..bytes.below(3)).map(|_| outage(bytes)).collect();
        let reading = |bytes: &mut Bytes<'_>| Reading {
            counter: 0,
            at: bytes.instant(),
            incarnation: i64::from(bytes.below(2)),
            bytes: bytes.number(),
        };
        let readings = (0..bytes.below(4)).map(|_| reading(bytes)).collect();
        // A fraction of a month is cheap to rate, whatever came before.
        let from = Instant::from_micros(bytes.instant().micros() - i64::from(bytes.below(8)) * DAY);
        let to = Instant::from_micros(from.micros() + i64::from(bytes.below(30)) * DAY);
        let cut = bytes.instant();
        let mut observations: Vec<Vec<Observation>> = vec![Vec::new(); RESOURCES.into()];
        while !bytes.is_empty() {
            let resource = usize::from(bytes.below(RESOURCES));
            let place = observations[resource].len();
            let observation = observation(bytes, i64::try_from(place).unwrap());
            observations[resource].push(observation);
        }
        Self { observations, outages, readings, contract, versions, window: Window { from, to }, cut }
    }

    /// The resource of a number; the first one has the readings.
    pub(crate) fn resource(&self, id: u128, intervals: Vec<Interval>) -> Resource {
        let readings = if id == 1 { self.readings.clone() } else { Vec::new() };
        Resource { id: Uuid::from_u128(id), intervals, readings }
    }
}

/// An end, or none.
fn end(bytes: &mut Bytes<'_>) -> Option<Instant> {
    (bytes.below(4) > 0).then(|| bytes.instant())
}

fn plan(bytes: &mut Bytes<'_>, version: i64) -> PlanVersion {
    let services = [
        Service::KvmCpu,
        Service::KvmRam,
        Service::KvmHddSlow,
        Service::KvmHddUltrafast,
        Service::VmwareRam,
        Service::Snapshot,
        Service::S3Storage,
        Service::PublicIp,
        Service::Bandwidth,
    ];
    let rows = (0..4 + bytes.below(9)).map(|_| (services[usize::from(bytes.below(9))], bytes.item()));
    let items = rows.collect();
    let from = if version == 1 { Instant::MIN } else { bytes.instant() };
    PlanVersion { plan: 1, version, from, items }
}

fn grant(bytes: &mut Bytes<'_>, id: i64) -> Grant {
    let of = |number: u8| Uuid::from_u128(u128::from(number) + 1);
    Grant {
        id,
        promotion: 1,
        machine: of(bytes.below(RESOURCES)),
        system_disk: bytes.flag().then(|| of(bytes.below(RESOURCES))),
        at: bytes.instant(),
        price_per_day: Price::from_units(bytes.signed().rem_euclid(10_000_000_000_001)).unwrap(),
    }
}

/// Mostly the next one of its source, received when it was observed.
fn observation(bytes: &mut Bytes<'_>, place: i64) -> Observation {
    let (source, epoch, sequence) = match bytes.below(24) {
        0 => (i64::from(bytes.below(3)), bytes.signed(), bytes.signed()),
        1 => (1, i64::from(bytes.below(3)), i64::from(bytes.below(8))),
        _ => (1, 1, place),
    };
    let observed_at = bytes.instant();
    let received_at = if bytes.below(4) == 0 { bytes.instant() } else { observed_at };
    Observation { source, epoch, sequence, observed_at, received_at, fact: bytes.fact() }
}
