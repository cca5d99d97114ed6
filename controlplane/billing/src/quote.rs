//! What a configuration costs before it is ordered: equal to what is charged once it is there (invariant 14).

use crate::{
    observation::{Power, Shape, is_machine_service, services},
    rate::{Grant, PlanVersion},
};
use schemas::{
    cost::{RunningCost, per_period},
    money::{Money, Price},
    resource::tariff_plan::{Charging, PlanItem, While},
    service::Service,
};
use std::collections::BTreeMap;

/// A promotion, whose price takes the place of a machine's vCPU, RAM and system disk (A1); the cheaper before the dearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Promotion {
    /// The price of the whole configuration for a day.
    pub price_per_day: Price,
    /// The promotion's id.
    pub id: i64,
}

/// So many things that use so much of a service each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The service.
    pub service: Service,
    /// Quantity of each in pieces or MiB.
    pub quantity: u64,
    /// How many.
    pub count: u64,
    /// Whether they run; what is charged while running only costs nothing otherwise (Q2).
    pub runs: bool,
    /// The promotion whose line it is, instead of the plan's item.
    pub promotion: Option<Promotion>,
}

/// What a configuration costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// By service.
    pub lines: Vec<QuoteLine>,
    /// What is charged at the moment of ordering (F1).
    pub first_charge: Money,
    /// What it costs as long as nothing changes.
    pub running: RunningCost,
}

/// What one service of a configuration costs, by the plan or by a promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteLine {
    /// The service.
    pub service: Service,
    /// The promotion whose line it is, instead of the plan's item.
    pub promotion: Option<Promotion>,
    /// Quantity in pieces or MiB.
    pub quantity: u64,
    /// Its price.
    pub item: PlanItem,
    /// What each period costs.
    pub per_period: Money,
    /// What it costs as long as nothing changes.
    pub running: RunningCost,
}

/// The services that so many things of a shape use.
pub fn wanted(shape: &Shape, count: u64) -> impl Iterator<Item = Wanted> + use<> {
    let runs = shape.power != Power::Off;
    let wanted = move |(service, quantity)| Wanted { service, quantity, count, runs, promotion: None };
    services(&shape.thing).map(wanted)
}

/// The services that so many machines of a shape use which have the price of a promotion: its line, which stands under
/// their vCPU, and what it does not take the place of. Their system disks are left out (A1).
pub fn promoted(machine: &Shape, count: u64, promotion: Promotion) -> impl Iterator<Item = Wanted> + use<> {
    let mut line = Some(promotion);
    wanted(machine, count).filter_map(move |it| {
        if !is_machine_service(it.service) {
            return Some(it);
        }
        line.take().map(|promotion| Wanted { quantity: 1, promotion: Some(promotion), ..it })
    })
}

/// What a configuration costs under a plan. Each thing is rounded by itself, as it is charged (D1). `None` where a
/// number does not fit.
pub fn quote(version: &PlanVersion, wanted: impl IntoIterator<Item = Wanted>) -> Option<Quote> {
    let item = |service, promotion: Option<Promotion>| {
        promotion.map_or_else(|| version.item(service), |promotion| Grant::item(promotion.price_per_day))
    };
    let mut sums: BTreeMap<(Service, Option<Promotion>), (u64, i64)> = BTreeMap::new();
    for it in wanted {
        let item = item(it.service, it.promotion);
        let is_charged = it.runs || item.charged_while == While::Exists;
        let amount = if is_charged { per_period(it.service, &item, it.quantity)? } else { Money::ZERO };
        let count = i64::try_from(it.count).ok()?;
        let (quantity, units) = sums.entry((it.service, it.promotion)).or_default();
        *quantity = quantity.checked_add(it.quantity.checked_mul(it.count)?)?;
        *units = units.checked_add(amount.units().checked_mul(count)?)?;
    }
    let mut quote = Quote { lines: Vec::new(), first_charge: Money::ZERO, running: RunningCost::default() };
    for ((service, promotion), (quantity, units)) in sums {
        let (item, per_period) = (item(service, promotion), Money::from_units(units));
        // Traffic and shares of a period are charged when it is known how much they were.
        if item.charging == Charging::FullPeriod && service != Service::Bandwidth {
            quote.first_charge = quote.first_charge.checked_add(per_period)?;
        }
        quote.running = quote.running.plus(per_period, item.period)?;
        let running = RunningCost::default().plus(per_period, item.period)?;
        quote.lines.push(QuoteLine { service, promotion, quantity, item, per_period, running });
    }
    Some(quote)
}
