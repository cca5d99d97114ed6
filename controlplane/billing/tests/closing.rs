//! Days that close one after the other while news comes late: P9, P10, invariants 1, 3, 4, 5, 7, 10 and 16 over fleets
//! with promotions and suspensions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    period::{civil_day, day_start},
    rate::{
        Booked, Charge, ChargeKind, Contract, Correction, Resource, Rule, Window, bulk::Sheet, correct, rate,
    },
};
use common::{
    fleet::{Fleet, fleets},
    *,
};
use jiff::civil::Date;
use proptest::prelude::*;
use schemas::{
    resource::tariff_plan::{Period, PlanItem},
    service::Service,
    time::Instant,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const REGRESSIONS: &str = "tests/regressions/closing.txt";

/// Microseconds in a day of 24 hours.
const DAY: i64 = 86_400_000_000;

/// What was booked, in the order in which it was.
#[derive(Default)]
struct Books {
    lines: Vec<Booked>,
    evidence: usize,
}

impl Books {
    fn write(&mut self, charges: impl IntoIterator<Item = Charge>) {
        for charge in charges {
            let id = i64::try_from(self.lines.len()).unwrap() + 1;
            self.lines.push(Booked { id, charge });
        }
    }

    /// Closes `day`, 24 hours after its end, with what is known then; answers how many corrections that takes.
    fn close(&mut self, fleet: &Fleet, day: Date) -> usize {
        let window = fleet.day(day);
        let (resources, evidence) = fleet.known(cutoff(fleet, day));
        let mut corrections = Vec::new();
        if evidence != self.evidence && window.from > fleet.plans.at(0) {
            let closed = Window { from: fleet.plans.at(0), to: window.from };
            corrections = correct(&self.lines, &fleet.rate(&resources, closed), day).unwrap();
        }
        self.evidence = evidence;
        let count = corrections.len();
        self.write(fleet.rate(&resources, window));
        self.write(corrections.into_iter().map(|Correction { charge, .. }| charge));
        count
    }

    /// Every line, in the order in which it was booked.
    fn text(&self) -> String {
        let charges: Vec<&Charge> = self.lines.iter().map(|line| &line.charge).collect();
        serde_json::to_string(&charges).unwrap()
    }

    /// What is booked about each day, by resource and service.
    fn about(&self) -> BTreeMap<(Uuid, Service, Date), i64> {
        let mut about = BTreeMap::new();
        for Booked { charge, .. } in &self.lines {
            let (mut day, last) =
                charge.corrects.map_or((charge.first_day, charge.last_day), |day| (day, day));
            while day <= last {
                *about.entry((charge.resource, charge.service, day)).or_default() +=
                    charge.amount_per_day.units();
                day = day.tomorrow().unwrap();
            }
        }
        about.retain(|_, amount| *amount != 0);
        about
    }
}

/// When `day` closes: 24 hours after its end.
fn cutoff(fleet: &Fleet, day: Date) -> Instant {
    Instant::from_micros(fleet.day(day).to.micros() + DAY)
}

impl Fleet {
    fn day(&self, day: Date) -> Window {
        let zone = self.plans.zone();
        let begin = |day| day_start(day, &zone).unwrap();
        Window { from: begin(day).max(self.plans.at(0)), to: begin(day.tomorrow().unwrap()) }
    }

    fn rate(&self, resources: &[Resource], window: Window) -> Vec<Charge> {
        rate(&self.contract(), &self.versions(), resources, window).unwrap()
    }

    /// All civil days, to the end of the last that is told of.
    fn days(&self) -> Vec<Date> {
        let zone = self.plans.zone();
        let (first, last) = (self.plans.at(0), self.plans.at(self.plans.minutes));
        let days = std::iter::successors(Some(civil_day(first, &zone)), |day| day.tomorrow().ok());
        days.take_while(|day| *day <= civil_day(last, &zone)).collect()
    }
}

/// Lives through all days of a fleet and checks at each step what must hold then.
fn live(fleet: &Fleet, full_check_every: usize) -> Result<(), TestCaseError> {
    let mut books = Books::default();
    let days = fleet.days();
    for (index, day) in days.iter().enumerate() {
        let before = books.lines.clone();
        let corrections = books.close(fleet, *day);
        prop_assert_eq!(&books.lines[..before.len()], &before[..], "what is booked stays as it is");
        let new = &books.lines[before.len()..];
        let on_open_day = |line: &&Booked| line.charge.first_day == *day && line.charge.last_day == *day;
        prop_assert!(new.iter().all(|line| on_open_day(&line)), "nothing is booked on a closed day");
        if corrections > 0 || index % full_check_every == 0 {
            let window = fleet.day(*day);
            let (resources, _) = fleet.known(cutoff(fleet, *day));
            let closed = fleet.rate(&resources, Window { from: fleet.plans.at(0), ..window });
            prop_assert_eq!(
                correct(&books.lines, &closed, day.tomorrow().unwrap()).unwrap(),
                [],
                "nothing is left"
            );
        }
    }
    // All news is in by now: the books show what an observer would have who knew everything at once.
    let end = day_start(days.last().unwrap().tomorrow().unwrap(), &fleet.plans.zone()).unwrap();
    let whole = Window { from: fleet.plans.at(0), to: end };
    let (resources, _) = fleet.known(Instant::MAX);
    let rated = fleet.rate(&resources, whole);
    let corrections = correct(&books.lines, &rated, days.last().unwrap().tomorrow().unwrap()).unwrap();
    books.write(corrections.into_iter().map(|Correction { charge, .. }| charge));
    let mut at_once = Books::default();
    at_once.write(rated);
    prop_assert_eq!(books.about(), at_once.about());
    Ok(())
}

proptest! {
    #![proptest_config(config(24, REGRESSIONS))]

    /// Invariants 5 and 7: day by day, whatever comes late; the same evidence corrects nothing.
    #[test]
    fn weeks_close_day_by_day(fleet in fleets(21, &[Period::Minute, Period::Hour, Period::Day, Period::Month])) {
        live(&fleet, 1)?;
    }

    /// Invariants 1, 3 and 5, with promotions, suspensions and silences: windows add up, deliveries may be shuffled, and
    /// no two lines have one key.
    #[test]
    fn fleets_add_up(
        fleet in fleets(40, &[Period::Hour, Period::Day, Period::Month]),
        minute in 0..40 * 1440_i64,
        seed in any::<u64>(),
    ) {
        let whole = fleet.plans.window(0, fleet.plans.minutes);
        let (resources, _) = fleet.known(Instant::MAX);
        let charges = fleet.rate(&resources, whole);
        let middle = fleet.plans.at(minute);
        let mut parts = fleet.rate(&resources, Window { to: middle, ..whole });
        parts.extend(fleet.rate(&resources, Window { from: middle, ..whole }));
        prop_assert_eq!(by_day(&charges), by_day(&parts));

        let mixed = fleet.mixed(seed);
        prop_assert_eq!(&mixed.rate(&mixed.known(Instant::MAX).0, whole), &charges);

        let key = |it: &Charge| (it.resource, it.service, it.kind, it.first_day, it.plan, it.version, it.grant);
        prop_assert!(charges.iter().map(key).is_sorted(), "in the order of keys");
        prop_assert_eq!(charges.iter().map(key).collect::<BTreeSet<_>>().len(), charges.len());
    }

    /// Invariant 4: everything that was booked, dropped and booked again run by run from all that has come since, is the
    /// same to the last byte.
    #[test]
    fn a_replay_books_the_same(
        fleet in fleets(14, &[Period::Hour, Period::Day, Period::Month]),
        seed in any::<u64>(),
    ) {
        let (mut lived, mut replayed) = (Books::default(), Books::default());
        for day in fleet.days() {
            // At each close only what had come by then is there at all.
            lived.close(&fleet.heard(cutoff(&fleet, day)), day);
        }
        let all = fleet.mixed(seed);
        for day in all.days() {
            replayed.close(&all, day);
        }
        prop_assert_eq!(lived.text(), replayed.text());
    }

    /// Invariant 16: among other clients' resources, in whatever order, a client is charged what it is charged alone;
    /// and so where all are rated at once.
    #[test]
    fn other_clients_change_nothing(
        fleet in fleets(40, &[Period::Hour, Period::Day, Period::Month]),
        other in fleets(40, &[Period::Hour, Period::Day, Period::Month]),
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let window = fleet.plans.window(0, fleet.plans.minutes);
        let own = fleet.known(Instant::MAX).0;
        let mut foreign = other.known(Instant::MAX).0;
        for resource in &mut foreign {
            resource.id = Uuid::from_u128(resource.id.as_u128() + (1 << 64));
            for interval in &mut resource.intervals {
                interval.shape.contract = interval.shape.contract.map(|_| CONTRACT + 2);
            }
        }
        let alone = fleet.rate(&own, window);
        let all: Vec<Resource> = own.iter().chain(&foreign).cloned().collect();
        let all: Vec<Resource> = order.iter().map(|place| all[*place].clone()).collect();
        prop_assert_eq!(&fleet.rate(&all, window), &alone);
        let mut sheet = Sheet::default();
        let others = Contract { id: CONTRACT + 2, grants: Vec::new(), ..fleet.contract() };
        for contract in if order[0] < 3 { [fleet.contract(), others] } else { [others, fleet.contract()] } {
            sheet.push(&contract, &all).unwrap();
        }
        let told = sheet.cost(&fleet.versions(), window).remove(usize::from(order[0] >= 3));
        prop_assert_eq!(told.unwrap().units(), cost(&alone));
    }

    /// A1, A5, Q2, invariant 10: on no instant do a machine's items and its promotion begin a period together, never
    /// two promotions, and none of them inside a suspension.
    #[test]
    fn a_grant_takes_the_place_of_the_items(
        fleet in fleets(12, &[Period::Hour, Period::Day]),
        minutes in prop::collection::vec(0..12 * 1440_i64, 40),
    ) {
        let (resources, _) = fleet.known(Instant::MAX);
        let began = |it: &Charge| it.starts_per_day > 0 && it.rule != Rule::R1;
        let contract = fleet.contract();
        for minute in minutes {
            let at = fleet.plans.at(minute);
            let now = Window { from: at, to: Instant::from_micros(at.micros() + 1) };
            let charges = fleet.rate(&resources, now);
            let machine = |it: &&Charge| billing::observation::is_machine_service(it.service) && began(it);
            let held = contract.holds.iter().any(|hold| hold.from <= at && hold.to.is_none_or(|to| at < to));
            prop_assert!(!held || !charges.iter().any(|it| machine(&it)), "held");
            for granted in charges.iter().filter(|it| it.kind == ChargeKind::Promotion) {
                let own = charges.iter().filter(machine).filter(|it| it.resource == granted.resource);
                prop_assert_eq!(own.count(), 1);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(1, REGRESSIONS))]

    /// Ten years, day by day.
    #[test]
    fn a_decade_closes_day_by_day(fleet in fleets(3653, &[Period::Hour, Period::Day, Period::Month, Period::Year])) {
        live(&fleet, 365)?;
    }
}

fn daily() -> [(Service, PlanItem); 1] {
    [(Service::Vdc, item("1", Period::Day, true))]
}

fn booked(charges: &[Charge]) -> Vec<Booked> {
    charges.iter().zip(1..).map(|(charge, id)| Booked { id, charge: charge.clone() }).collect()
}

/// P10: one line for each closed day, on the open day, naming the last line about it, with a sign; nothing for nothing.
#[test]
fn a_correction_names_what_it_corrects() {
    let days = |from, to| {
        let vdc = resource(1, &[(utc(from), Some(shape(billing::observation::Thing::Vdc))), (utc(to), None)]);
        rated("UTC", &daily(), vdc, ever()).unwrap()
    };
    let open_day = date("2024-01-09");
    let mut lines = booked(&days("2024-01-02T10:00", "2024-01-04T00:00"));
    let shown = |corrections: &[Correction]| -> Vec<_> {
        let show = |it: &Correction| {
            let about = it.charge.corrects.unwrap().to_string();
            (about, it.line, it.charge.amount_per_day.to_string())
        };
        corrections.iter().map(show).collect()
    };
    let rerated = days("2024-01-03T10:00", "2024-01-05T00:00");
    let corrections = correct(&lines, &rerated, open_day).unwrap();
    assert_eq!(
        shown(&corrections),
        [("2024-01-02".into(), Some(1), "-1".into()), ("2024-01-04".into(), None, "1".into())]
    );
    for Correction { charge, .. } in &corrections {
        assert_eq!((charge.first_day, charge.last_day), (open_day, open_day));
        assert_eq!((charge.kind, charge.rule), (ChargeKind::Correction, Rule::P10));
        let numbers = (charge.starts_per_day, charge.rises_per_day, charge.quantity_per_day);
        assert_eq!((numbers, charge.total), ((0, 0, 0), charge.amount_per_day), "it moves money only");
        lines.push(Booked { id: 7, charge: charge.clone() });
    }
    assert_eq!(correct(&lines, &rerated, open_day).unwrap(), []);
    let back = correct(&lines, &days("2024-01-02T10:00", "2024-01-04T00:00"), date("2024-01-11")).unwrap();
    assert_eq!(
        shown(&back),
        [("2024-01-02".into(), Some(7), "1".into()), ("2024-01-04".into(), Some(7), "-1".into())],
        "a correction is corrected"
    );
}
