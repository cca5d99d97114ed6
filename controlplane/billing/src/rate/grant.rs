//! Promotions: one line a machine in place of its vCPU, RAM and system disk (A1, A2).

use super::{
    Charge, PlanVersion, RateError, Resource, Window,
    item::{Scene, Walk},
    life::{self, Cover, Stretch},
    line::Label,
    plan::Plans,
};
use crate::{
    fold::Interval,
    observation::{Thing, is_machine_service, services},
};
use schemas::{
    money::Price,
    resource::tariff_plan::{Charging, Period, PlanItem, While},
    service::Service,
    time::Instant,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A promotion granted to a machine (P1: decided once, when the machine was ordered or changed).
///
/// It lasts until the machine's vCPU, RAM or platform, or its system disk's size or type, first changes after `at`
/// (A2), also if that is changed back; at the latest until the machine ends, is granted another, or is said to have
/// lost it ([`Grant::end`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its id, at least 1; 0 for what only ends another.
    pub id: i64,
    /// The promotion's id.
    pub promotion: i64,
    /// The machine.
    pub machine: Uuid,
    /// The machine's system disk; without one only vCPU and RAM are replaced.
    pub system_disk: Option<Uuid>,
    /// From when on it counts: the instant from which the machine has the promoted configuration.
    pub at: Instant,
    /// The price of the whole configuration for a day, copied from the promotion.
    pub price_per_day: Price,
}

impl Grant {
    /// The end of what a machine was granted before, where no life tells of it: its system disk was replaced by another
    /// one. Whether that is so, is decided by who sees the machine (P1).
    pub const fn end(machine: Uuid, at: Instant) -> Self {
        Self { id: 0, promotion: 0, machine, system_disk: None, at, price_per_day: Price::ZERO }
    }

    /// A price of a whole configuration: by the day from the grant on, whether the machine runs or not (A1).
    pub const fn item(price_per_day: Price) -> PlanItem {
        PlanItem {
            price: price_per_day,
            period: Period::Day,
            calendar: false,
            charging: Charging::FullPeriod,
            charged_while: While::Exists,
        }
    }

    /// Whether it only ends another.
    const fn is_end(&self) -> bool {
        self.id == 0
    }
}

/// The grants of a contract, each with the time for which it lasts.
#[derive(Debug, Default)]
pub(super) struct Granted {
    /// By machine, in the order of time.
    machines: BTreeMap<Uuid, Vec<(Grant, Window)>>,
    /// By system disk.
    disks: BTreeMap<Uuid, Vec<Window>>,
}

impl Granted {
    /// What becomes of `grants` in the lives of `resources`. One whose machine never is there is left out.
    pub(super) fn new(grants: &[Grant], resources: &BTreeMap<Uuid, &Resource>) -> Self {
        let mut ordered: Vec<&Grant> = grants.iter().collect();
        ordered.sort_by_key(|grant| (grant.machine, grant.at, grant.id));
        let next = ordered.iter().skip(1).map(Some).chain([None]);
        let mut granted = Self::default();
        for (grant, next) in ordered.iter().zip(next).filter(|(grant, _)| !grant.is_end()) {
            let replaced = next.filter(|next| next.machine == grant.machine).map(|next| next.at);
            let Some(window) = lasts(grant, replaced, resources) else { continue };
            granted.machines.entry(grant.machine).or_default().push((**grant, window));
            if let Some(disk) = grant.system_disk {
                granted.disks.entry(disk).or_default().push(window);
            }
        }
        granted
    }

    /// The times in which grants take the place of an item (A1).
    pub(super) fn instead_of(&self, resource: Uuid, service: Service) -> Vec<Window> {
        if is_machine_service(service) {
            let grants = self.machines.get(&resource).into_iter().flatten();
            return grants.map(|(_, window)| *window).collect();
        }
        self.disks.get(&resource).cloned().unwrap_or_default()
    }

    /// The grants of `resource` whose lines stand under `service`, each with what its line sees of the intervals that
    /// begin before `end`.
    pub(super) fn lines(
        &self,
        contract: i64,
        resource: &Resource,
        service: Service,
        end: Instant,
        holds: &[Window],
    ) -> Vec<(Grant, Vec<Stretch>)> {
        let grants = self.machines.get(&resource.id).into_iter().flatten();
        let shown = grants.filter(|(_, window)| shown_as(&resource.intervals, *window) == Some(service));
        let line = |(grant, window): &(Grant, Window)| {
            let before = Window { from: Instant::MIN, to: window.from };
            let after = Window { from: window.to, to: Instant::MAX };
            let cover = Cover { held: holds, out: vec![before, after] };
            (*grant, life::promoted(&resource.intervals, contract, end, &cover))
        };
        shown.map(line).collect()
    }

    /// The charges of the lines of `resource` that stand under `service`.
    ///
    /// # Errors
    /// When a number does not fit.
    pub(super) fn charges(
        &self,
        scene: Scene<'_>,
        contract: i64,
        resource: &Resource,
        service: Service,
        end: Instant,
        holds: &[Window],
    ) -> Result<Vec<Charge>, RateError> {
        let mut charges = Vec::new();
        for (grant, stretches) in self.lines(contract, resource, service, end, holds) {
            let price = BTreeMap::from([(service, Grant::item(grant.price_per_day))]);
            let terms = PlanVersion { plan: 0, version: 0, from: Instant::MIN, items: price };
            let plans = Plans::only(&terms);
            let mut walk = Walk::new(scene, &plans, (resource.id, service), Label::promotion(grant.id));
            for stretch in stretches {
                walk.step(stretch)?;
            }
            charges.append(&mut walk.finish()?);
        }
        charges.sort_by_key(|charge: &Charge| (charge.first_day, charge.grant));
        Ok(charges)
    }
}

/// How long a grant lasts (A2); `None` where its machine is never there.
fn lasts(grant: &Grant, replaced: Option<Instant>, resources: &BTreeMap<Uuid, &Resource>) -> Option<Window> {
    let machine = resources.get(&grant.machine)?;
    let (from, gone, changed) = unchanged(&machine.intervals, grant.at, machine_config)?;
    let disk = grant.system_disk.and_then(|disk| resources.get(&disk));
    let resized = disk.and_then(|disk| unchanged(&disk.intervals, grant.at, disk_config)).map(|disk| disk.2);
    let ends = [gone, changed, resized.flatten(), replaced];
    let to = ends.into_iter().flatten().fold(Instant::MAX, Instant::min);
    (from < to).then_some(Window { from, to })
}

/// Of the life that is there at `at`, or begins next after it: its first instant from `at` on, its end, and the first
/// change of what `config` sees. What it cannot see is no change.
fn unchanged<T: PartialEq>(
    intervals: &[Interval],
    at: Instant,
    config: impl Fn(&Interval) -> Option<T>,
) -> Option<(Instant, Option<Instant>, Option<Instant>)> {
    let ends_by = |interval: &Interval| interval.to.is_some_and(|to| to <= at);
    let rest = intervals.get(intervals.partition_point(ends_by)..)?;
    let from = rest.first()?.from.max(at);
    let (mut known, mut end) = (None, None);
    for interval in rest {
        if end.is_some_and(|end| end != interval.from) {
            break;
        }
        end = interval.to;
        match (config(interval), &known) {
            (Some(now), None) => known = Some(now),
            (Some(now), Some(before)) if now != *before => return Some((from, None, Some(interval.from))),
            _ => {}
        }
    }
    Some((from, end, None))
}

/// What of a machine a promotion is for.
fn machine_config(interval: &Interval) -> Option<impl PartialEq + use<>> {
    match interval.shape.thing {
        Thing::Machine { platform, vcpu, ram_mib, .. } => Some((platform, vcpu, ram_mib)),
        _ => None,
    }
}

/// What of a disk a promotion is for; nothing while its type is not known.
fn disk_config(interval: &Interval) -> Option<impl PartialEq + use<>> {
    match interval.shape.thing {
        Thing::Disk { platform, disk_type: Some(disk_type), size_mib } => {
            Some((platform, disk_type, size_mib))
        }
        _ => None,
    }
}

/// The service under which the line of a grant stands: the vCPU of the machine as it was granted.
fn shown_as(intervals: &[Interval], window: Window) -> Option<Service> {
    let first = intervals.iter().find(|interval| interval.to.is_none_or(|to| to > window.from))?;
    services(&first.shape.thing).map(|(service, _)| service).find(|service| is_machine_service(*service))
}
