//! Several resources under one contract, with promotions and suspensions, told of in any order, twice, and late.

use super::scenario::{MINUTE, Scenario, scenarios};
use billing::{
    fold::fold,
    observation::{Fact, Observation},
    rate::{Contract, Grant, Hold, PlanVersion, Resource},
};
use proptest::prelude::*;
use schemas::{money::Price, resource::tariff_plan::Period, time::Instant};
use uuid::Uuid;

/// A fleet. The first scenario tells zone, plans and length; the others only what their resource was.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    pub(crate) plans: Scenario,
    /// Facts by resource, as they are delivered.
    pub(crate) deliveries: Vec<Vec<Observation>>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) grants: Vec<Grant>,
}

impl Fleet {
    pub(crate) fn contract(&self) -> Contract {
        let (holds, grants) = (self.holds.clone(), self.grants.clone());
        Contract { holds, grants, ..self.plans.contract() }
    }

    pub(crate) fn versions(&self) -> Vec<PlanVersion> {
        self.plans.plan_versions()
    }

    /// The resources as far as they are known before `cutoff`, and of how many facts that is.
    pub(crate) fn known(&self, cutoff: Instant) -> (Vec<Resource>, usize) {
        let mut evidence = 0;
        let resources = self.deliveries.iter().zip(1_u128..).map(|(facts, id)| {
            let known: Vec<_> = facts.iter().filter(|fact| fact.received_at < cutoff).cloned().collect();
            evidence += known.len();
            let intervals = fold(&known, &[]).unwrap().intervals;
            Resource { id: Uuid::from_u128(id), intervals, readings: Vec::new() }
        });
        (resources.collect(), evidence)
    }
}

/// The facts of a resource: each observed when it happened and received after so many minutes, one in three twice.
fn deliveries(scenario: &Scenario, start: &Scenario, delays: &[i64]) -> Vec<Observation> {
    let facts = scenario.states.iter().zip(1..).zip(delays.iter().cycle());
    let facts = facts.flat_map(|(((minute, state), sequence), delay)| {
        let observed_at = start.at(*minute);
        let received_at = Instant::from_micros(observed_at.micros() + delay * MINUTE);
        let fact = state.clone().map_or(Fact::Gone, Fact::Present);
        let first = Observation { source: 1, epoch: 1, sequence, observed_at, received_at, fact };
        let again = Instant::from_micros(received_at.micros() + 5 * MINUTE);
        let again = (sequence % 3 == 0).then(|| Observation { received_at: again, ..first.clone() });
        again.into_iter().chain([first])
    });
    facts.collect()
}

/// Fleets of so many days whose items have one of these periods.
pub(crate) fn fleets(days: i64, periods: &'static [Period]) -> impl Strategy<Value = Fleet> {
    let one = || scenarios(days, periods);
    let minute = 0..days * 1440;
    // Most news is at once, some comes within a day, some after the day has closed.
    let delay = prop_oneof![4 => Just(0_i64), 2 => 1..1440_i64, 2 => 1440..20_000_i64];
    let hold = (minute.clone(), 0..20_000_i64);
    let grant = (minute, 1..3_u128, 0..90_000_000_i64);
    (
        [one(), one(), one()],
        prop::collection::vec(delay, 1..9),
        prop::collection::vec(hold, 0..3),
        prop::collection::vec(grant, 0..4),
    )
        .prop_map(|([plans, second, third], delays, holds, grants)| {
            let deliveries =
                [&plans, &second, &third].map(|it| deliveries(it, &plans, &delays)).into_iter().collect();
            let hold = |(from, minutes)| Hold { from: plans.at(from), to: Some(plans.at(from + minutes)) };
            let grant = |((minute, machine, price), id): ((i64, u128, i64), i64)| Grant {
                id,
                promotion: 1,
                machine: Uuid::from_u128(machine),
                system_disk: Some(Uuid::from_u128(machine + 1)),
                at: plans.at(minute),
                price_per_day: Price::from_units(price).unwrap(),
            };
            let holds = holds.into_iter().map(hold).collect();
            let grants = grants.into_iter().zip(1..).map(grant).collect();
            Fleet { plans, deliveries, holds, grants }
        })
}
