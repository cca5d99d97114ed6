//! Many contracts rated at once: lives in columns, folded once and tried under any number of tariffs.
//!
//! [`Sheet::cost`] is equal to the sum of what [`rate`](super::rate) charges each contract, and is told without naming
//! a charge: where a contract's item stays as it is, a kernel counts the periods that begin in each row by arithmetic
//! on instants and tables of the zone; elsewhere the rows are walked along as `rate` does.

mod calendar;
mod column;
mod kernel;
mod ordinal;
mod trial;

use self::{column::Column, trial::Trial};
use super::{
    Contract, PlanVersion, RateError, Resource, Window,
    grant::Granted,
    life::{self, Cover, Stretch},
    sorted,
};
use crate::observation::is_machine_service;
use jiff::tz::TimeZone;
use schemas::{money::Money, service::Service, time::Instant};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The lives of the resources of many contracts, service by service.
#[derive(Debug, Default)]
pub struct Sheet {
    members: Vec<Member>,
    zones: Vec<TimeZone>,
    columns: BTreeMap<Line, Column>,
    /// The resources with counters of traffic, each with the place of its contract: what they used is told only by all
    /// readings together.
    metered: Vec<(usize, Resource)>,
    /// The first instant of all, in microseconds.
    since: Option<i64>,
}

/// A contract of a sheet.
#[derive(Debug)]
struct Member {
    contract: Contract,
    /// The place of its zone.
    zone: usize,
}

/// What a column is charged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// A service, by the plan.
    Item(Service),
    /// Promotions: the quantity is the price of a day in 10^-7 rubles.
    Promotion,
}

impl Sheet {
    /// Adds a contract with the lives of its resources.
    ///
    /// # Errors
    /// When the intervals of a resource do not follow one another, or a quantity does not fit.
    pub fn push(&mut self, contract: &Contract, resources: &[Resource]) -> Result<(), RateError> {
        let sorted = sorted(resources)?;
        let holds = life::merged(&contract.holds);
        let granted = Granted::new(&contract.grants, &sorted);
        let place = self.members.len();
        for (id, resource) in &sorted {
            if !resource.readings.is_empty() {
                self.begin(resource.intervals.first().map(|interval| interval.from));
                self.metered.push((place, (*resource).clone()));
            }
            for service in life::used(resource, contract.id) {
                let held = if is_machine_service(service) { holds.as_slice() } else { &[] };
                let cover = Cover { held, out: granted.instead_of(*id, service) };
                let life = life::stretches(&resource.intervals, service, contract.id, Instant::MAX, &cover);
                self.life(place, Line::Item(service), (*id, service), life)?;
                for (grant, mut life) in granted.lines(contract.id, resource, service, Instant::MAX, &holds) {
                    let price = grant.price_per_day.units().unsigned_abs();
                    life.iter_mut()
                        .for_each(|stretch| stretch.quantity = stretch.quantity.min(1).saturating_mul(price));
                    self.life(place, Line::Promotion, (*id, service), life)?;
                }
            }
        }
        let zone = self.zone(&contract.zone);
        self.members.push(Member { contract: contract.clone(), zone });
        Ok(())
    }

    fn life(
        &mut self,
        place: usize,
        line: Line,
        (resource, service): (Uuid, Service),
        life: Vec<Stretch>,
    ) -> Result<(), RateError> {
        self.begin(life.first().map(|stretch| stretch.from));
        let fits = self.columns.entry(line).or_default().push(place, resource, life);
        if fits { Ok(()) } else { Err(RateError::Overflow { resource, service }) }
    }

    /// Notes when something begins.
    fn begin(&mut self, first: Option<Instant>) {
        self.since = [self.since, first.map(Instant::micros)].into_iter().flatten().min();
    }

    /// The place of a zone.
    fn zone(&mut self, wanted: &TimeZone) -> usize {
        self.zones.iter().position(|zone| zone == wanted).unwrap_or_else(|| {
            self.zones.push(wanted.clone());
            self.zones.len().saturating_sub(1)
        })
    }

    /// How many intervals there are, counted for each service.
    pub fn intervals(&self) -> usize {
        self.columns.values().map(Column::len).fold(0, usize::saturating_add)
    }

    /// All that a rating reads, added up without any sense: what reading alone costs.
    pub fn read(&self) -> u64 {
        let columns = self.columns.values();
        let shares = columns.flat_map(|column| column.shares.iter().map(|share| column.rows(share).read()));
        shares.fold(0, u64::wrapping_add)
    }

    /// What each contract costs in `window`, in the order in which they were added: the sum of the charges that
    /// [`rate`](super::rate) makes.
    ///
    /// Of several errors of a contract one is told; further, a contract whose charges fit one by one may cost more
    /// than an amount can hold. Consumption is not counted, so that one beyond 64 bits is no error here.
    pub fn cost(&self, versions: &[PlanVersion], window: Window) -> Vec<Result<Money, RateError>> {
        let trial = Trial::new(self, versions, window);
        let mut costs: Vec<Result<i128, RateError>> = trial.nothing();
        for (line, column) in &self.columns {
            for share in &column.shares {
                let Some(cost) = costs.get_mut(share.contract) else { continue };
                if let Ok(before) = *cost {
                    *cost = trial.cost(*line, column, share).map(|more| before.saturating_add(more));
                }
            }
        }
        for (place, resource) in &self.metered {
            let Some(cost) = costs.get_mut(*place) else { continue };
            if let Ok(before) = *cost {
                let contract = self.members.get(*place).map_or(0, |member| member.contract.id);
                *cost = trial.metered(*place, resource, contract).map(|more| before.saturating_add(more));
            }
        }
        costs.into_iter().map(|cost| money(cost?)).collect()
    }
}

/// So many 10^-7 rubles that a contract costs.
fn money(units: i128) -> Result<Money, RateError> {
    i64::try_from(units).map(Money::from_units).map_err(|_| RateError::Total)
}
