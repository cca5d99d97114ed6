//! Several resources under one contract, with promotions and suspensions, told of in any order, twice, and late, by a
//! collector that is lost now and then.

use super::scenario::{MINUTE, Scenario, scenarios};
use billing::{
    fold::fold,
    observation::{Fact, Observation, Outage},
    rate::{Contract, Grant, Hold, PlanVersion, Resource},
};
use proptest::prelude::*;
use schemas::{money::Price, resource::tariff_plan::Period, time::Instant};
use uuid::Uuid;

/// The silence of a source that is none yet, in microseconds.
const HOLD: i64 = 15 * MINUTE;

/// A fleet. The first scenario tells zone, plans and length; the others only what their resource was.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    pub(crate) plans: Scenario,
    /// Facts by resource, as they are delivered.
    pub(crate) deliveries: Vec<Vec<Observation>>,
    /// When a source could not be heard, 1 is that of the deliveries.
    pub(crate) outages: Vec<Outage>,
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

    /// The resources as far as they are known before `cutoff`, and how much evidence that is.
    pub(crate) fn known(&self, cutoff: Instant) -> (Vec<Resource>, usize) {
        let fleet = self.heard(cutoff);
        let outages = fleet.outages.iter().map(|outage| 1 + usize::from(outage.to.is_some()));
        let evidence = outages.chain(fleet.deliveries.iter().map(Vec::len)).sum();
        let resources = fleet.deliveries.iter().zip(1_u128..).map(|(facts, id)| {
            let intervals = fold(facts, &fleet.outages).unwrap().intervals;
            Resource { id: Uuid::from_u128(id), intervals, readings: Vec::new() }
        });
        (resources.collect(), evidence)
    }

    /// The fleet as far as it is known before `cutoff`, its facts in the order in which they came.
    pub(crate) fn heard(&self, cutoff: Instant) -> Self {
        let mut heard = self.clone();
        for facts in &mut heard.deliveries {
            facts.retain(|fact| fact.received_at < cutoff);
            facts.sort_by_key(|fact| fact.received_at);
        }
        // A silence is one when it is longer than the source's hold.
        heard.outages.retain(|outage| outage.from.micros() + HOLD < cutoff.micros());
        for outage in &mut heard.outages {
            outage.to = outage.to.filter(|to| *to < cutoff);
        }
        heard
    }

    /// The same fleet, delivered in another order.
    pub(crate) fn mixed(&self, seed: u64) -> Self {
        let mut mixed = self.clone();
        for facts in &mut mixed.deliveries {
            let turn = usize::try_from(seed % 97).unwrap() % facts.len();
            facts.rotate_left(turn);
            facts.reverse();
        }
        mixed.outages.reverse();
        mixed
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
    let grant = (minute.clone(), 1..3_u128, 0..90_000_000_i64);
    // Of three silences one is another source's.
    let outage = (minute, prop::option::weighted(0.8, 15..4000_i64), 0..3_u8);
    (
        [one(), one(), one()],
        prop::collection::vec(delay, 1..9),
        prop::collection::vec(hold, 0..3),
        prop::collection::vec(grant, 0..4),
        prop::collection::vec(outage, 0..3),
    )
        .prop_map(|([plans, second, third], delays, holds, grants, outages)| {
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
            let outage = |(from, length, other): (i64, Option<i64>, u8)| Outage {
                source: if other == 0 { 2 } else { 1 },
                from: plans.at(from),
                to: length.map(|length| plans.at(from + length)),
            };
            let outages = outages.into_iter().map(outage).collect();
            Fleet { plans, deliveries, outages, holds, grants }
        })
}
