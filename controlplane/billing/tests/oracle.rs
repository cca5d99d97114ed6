//! The engine against a slow oracle that lives through every minute and knows nothing of arithmetic on periods.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    observation::{Power, Thing, services},
    period::Boundaries,
    rate::Window,
};
use common::{
    scenario::{MINUTE, Scenario, scenarios},
    *,
};
use jiff::{Span, civil::Date, tz::TimeZone};
use proptest::prelude::*;
use schemas::{
    resource::tariff_plan::{Charging, Period, PlanItem, While},
    service::{Measure, Service},
    time::Instant,
};
use std::collections::BTreeMap;
use uuid::Uuid;

const REGRESSIONS: &str = "tests/regressions/oracle.txt";
const DAY: i64 = 1440;

/// What the wall shows at one minute.
#[derive(Clone, Copy)]
struct Wall {
    /// Local time in minutes after 1970.
    local: i64,
    /// The civil day that has begun, in days after 1970; it never goes back.
    day: i64,
    /// The day one minute ago.
    yesterday: i64,
    /// By how much the clock has just jumped ahead.
    jump: i64,
}

/// The wall at every minute of a scenario, from two days before, so that the civil day is known at the start.
fn walls(scenario: &Scenario, zone: &TimeZone) -> Vec<Wall> {
    let local = |minute: i64| {
        let offset = zone.to_offset(scenario.at(minute).timestamp()).seconds();
        scenario.start + minute + i64::from(offset) / 60
    };
    let mut walls: Vec<Wall> = Vec::new();
    for minute in -2 * DAY..=scenario.minutes {
        let now = local(minute);
        let (before, yesterday) =
            walls.last().map_or((now - 1, now.div_euclid(DAY)), |last| (last.local, last.day));
        let day = yesterday.max(now.div_euclid(DAY));
        walls.push(Wall { local: now, day, yesterday, jump: now - before - 1 });
    }
    walls.split_off(usize::try_from(2 * DAY).unwrap())
}

fn date_of(day: i64) -> Date {
    Date::constant(1970, 1, 1).checked_add(Span::new().days(day)).unwrap()
}

/// What was used of a period, in minutes times quantity (R1).
#[derive(Clone, Copy)]
struct Share {
    whole: i128,
    used: i128,
    booked: i64,
}

impl Share {
    /// What is still to be booked.
    fn book(&mut self, item: PlanItem, service: Service) -> i64 {
        let divisor = self.whole * if service.info().measure == Measure::Gb { 1024 } else { 1 };
        let product = i128::from(item.price.units()) * self.used;
        let (floor, twice) = (product / divisor, product % divisor * 2);
        let up = twice > divisor || (twice == divisor && floor % 2 == 1);
        let amount = i64::try_from(floor).unwrap() + i64::from(up);
        amount - std::mem::replace(&mut self.booked, amount)
    }
}

/// One service of the resource: the period that runs, and shares of periods that ended today with the resource.
#[derive(Default)]
struct Running {
    clock: Option<Clock>,
    ended: Vec<(PlanItem, (i64, i64), Share)>,
}

impl Running {
    /// The resource is gone: what it used of its period is booked with the day, or at once where the period ends too.
    fn stop(&mut self, minute: i64, wall: Wall, mut book: impl FnMut(&mut Clock)) {
        if let Some(clock) = self.clock.as_mut().filter(|_| minute > 0)
            && clock.strikes(minute, wall)
        {
            book(clock);
        }
        let stopped = self.clock.take().and_then(|clock| Some((clock.item, clock.key, clock.share?)));
        self.ended.extend(stopped);
    }
}

/// A period that runs, and how its next boundary is recognised.
struct Clock {
    share: Option<Share>,
    item: PlanItem,
    key: (i64, i64),
    paid: u64,
    anchor: i64,
    anchor_local: i64,
    k: i64,
    /// The local minute of the next civil boundary.
    due: i64,
}

impl Clock {
    fn new(item: PlanItem, key: (i64, i64), minute: i64, wall: Wall) -> Self {
        let mut clock =
            Self { share: None, item, key, paid: 0, anchor: minute, anchor_local: wall.local, k: 1, due: 0 };
        clock.due = clock.target();
        clock
    }

    /// The local minute of the k-th civil boundary, with the month's length counted by hand.
    fn target(&self) -> i64 {
        let (day, time) = (self.anchor_local.div_euclid(DAY), self.anchor_local.rem_euclid(DAY));
        let base = date_of(day);
        let months = match self.item.period {
            Period::Day => return (day + self.k) * DAY + time,
            Period::Month => self.k,
            Period::Year => 12 * self.k,
            Period::Minute | Period::Hour => return 0,
        };
        let month = i64::from(base.year()) * 12 + i64::from(base.month()) - 1 + months;
        let (year, month) = (i16::try_from(month / 12).unwrap(), i8::try_from(month % 12 + 1).unwrap());
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + i8::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let date = Date::new(year, month, base.day().min(length)).unwrap();
        i64::from(Date::constant(1970, 1, 1).until(date).unwrap().get_days()) * DAY + time
    }

    /// The share of the period that begins now. How long that is, the tests of periods have seen to.
    fn measure(&mut self, scenario: &Scenario, minute: i64) {
        let Self { item, anchor, .. } = *self;
        let boundaries = Boundaries::new(scenario.at(anchor), item.period, item.calendar, scenario.zone());
        let now = scenario.at(minute);
        let micros = boundaries.after(now).unwrap().micros() - boundaries.whole_from(now).micros();
        let share = Share { whole: i128::from(micros / MINUTE), used: 0, booked: 0 };
        self.share = (item.charging == Charging::Prorated).then_some(share);
    }

    /// Whether a period begins at this minute, which is after the anchor.
    fn strikes(&mut self, minute: i64, wall: Wall) -> bool {
        let passed = |first: fn(Date) -> Date| {
            wall.day != wall.yesterday && first(date_of(wall.day)) != first(date_of(wall.yesterday))
        };
        match (self.item.period, self.item.calendar) {
            (Period::Minute, _) => true,
            (Period::Hour, true) => wall.local.rem_euclid(60) == 0,
            (Period::Hour, false) => (minute - self.anchor) % 60 == 0,
            (Period::Day, true) => passed(|day| day),
            (Period::Month, true) => passed(Date::first_of_month),
            (Period::Year, true) => passed(Date::first_of_year),
            (_, false) => {
                if wall.jump > 0 && (wall.local - wall.jump..wall.local).contains(&self.due) {
                    self.due += wall.jump;
                }
                let strikes = wall.local == self.due;
                while strikes && self.due <= wall.local {
                    self.k += 1;
                    self.due = self.target();
                }
                strikes
            }
        }
    }
}

/// What is charged: the instant in microseconds, the day, plan and version, and the numbers.
type Charged = (i64, i64, (i64, i64), DaySum);

/// One minute after the other, one service after the other.
fn simulate(scenario: &Scenario, id: Uuid, window: Window) -> BTreeMap<DayKey, DaySum> {
    let walls = walls(scenario, &scenario.zone());
    let mut days = BTreeMap::new();
    let rows =
        [Service::KvmCpu, Service::KvmRam, Service::KvmHddSlow, Service::KvmHddUltrafast, Service::Snapshot];
    let uses = |service| {
        let mut things = scenario.states.values().flatten();
        things.any(|shape| services(&shape.thing).any(|(other, _)| other == service))
    };
    let mut charge = |service, (at, day, key, more): Charged| {
        if (window.from..window.to).contains(&Instant::from_micros(at)) {
            let sum: &mut DaySum = days.entry((date_of(day), id, service, key.0, key.1)).or_default();
            sum.starts += more.starts;
            sum.rises += more.rises;
            sum.quantity += more.quantity;
            sum.amount += more.amount;
        }
    };
    for service in rows.into_iter().filter(|service| uses(*service)) {
        let mut running = Running::default();
        for (minute, wall) in (0..).zip(&walls) {
            end(scenario, service, minute, *wall, &mut running, &mut charge);
            live(scenario, service, minute, *wall, &mut running, &mut charge);
        }
    }
    days
}

/// What ended with the minute before this one: a civil day, with the shares that are booked then.
fn end(
    scenario: &Scenario,
    service: Service,
    minute: i64,
    wall: Wall,
    running: &mut Running,
    charge: &mut impl FnMut(Service, Charged),
) {
    if wall.day == wall.yesterday {
        return;
    }
    let now =
        running.clock.iter_mut().filter_map(|clock| Some((clock.item, clock.key, clock.share.as_mut()?)));
    let ended = running.ended.iter_mut().map(|(item, key, share)| (*item, *key, share));
    for (item, key, share) in ended.chain(now) {
        let amount = share.book(item, service);
        let at = scenario.at(minute).micros() - 1;
        if amount > 0 {
            charge(service, (at, wall.yesterday, key, DaySum { amount, ..DaySum::default() }));
        }
    }
    running.ended.clear();
}

/// One minute of one service.
fn live(
    scenario: &Scenario,
    service: Service,
    minute: i64,
    wall: Wall,
    running: &mut Running,
    charge: &mut impl FnMut(Service, Charged),
) {
    let mut book = |clock: &mut Clock| {
        let amount = clock.share.as_mut().map_or(0, |share| share.book(clock.item, service));
        if amount > 0 {
            let at = scenario.at(minute).micros() - 1;
            charge(service, (at, wall.yesterday, clock.key, DaySum { amount, ..DaySum::default() }));
        }
    };
    let Some((_, Some(shape))) = scenario.states.range(..=minute).next_back() else {
        running.stop(minute, wall, book);
        return;
    };
    let here = services(&shape.thing).find(|(other, _)| *other == service).map(|(_, quantity)| quantity);
    if here.is_none() && matches!(shape.thing, Thing::Disk { disk_type: Some(_), .. }) {
        running.stop(minute, wall, book);
        return;
    }
    let owned = here.filter(|_| shape.contract == Some(CONTRACT)).unwrap_or(0);
    let used = |item: PlanItem| {
        let off = shape.power == Power::Off && matches!(shape.thing, Thing::Machine { .. });
        if item.charged_while == While::Running && off { 0 } else { owned }
    };
    let (item, key) = in_force(scenario, service, minute);
    let strikes = running.clock.as_mut().is_some_and(|clock| clock.strikes(minute, wall));
    let mut begins = strikes;
    match &mut running.clock {
        None if used(item) > 0 => {
            running.clock = Some(Clock::new(item, key, minute, wall));
            begins = true;
        }
        Some(clock) if strikes => {
            book(clock);
            if (clock.item.period, clock.item.calendar) != (item.period, item.calendar) {
                *clock = Clock::new(item, key, minute, wall);
            } else {
                (clock.item, clock.key, clock.paid) = (item, key, 0);
            }
        }
        _ => {}
    }
    let Some(clock) = &mut running.clock else { return };
    if begins {
        clock.measure(scenario, minute);
    }
    let quantity = used(clock.item);
    if let Some(share) = &mut clock.share {
        share.used += i128::from(quantity);
    }
    if quantity > clock.paid {
        let price = |quantity: u64| {
            let product = i128::from(clock.item.price.units()) * i128::from(quantity);
            let rounded = match service.info().measure {
                Measure::Pc => product,
                Measure::Gb => (product + 511 + ((product >> 10) & 1)) >> 10,
            };
            i64::try_from(rounded).unwrap()
        };
        let amount = if clock.share.is_some() { 0 } else { price(quantity) - price(clock.paid) };
        let (starts, rises) = (begins.into(), (!begins).into());
        let more = DaySum { starts, rises, quantity: quantity - clock.paid, amount };
        charge(service, (scenario.at(minute).micros(), wall.day, clock.key, more));
        clock.paid = quantity;
    }
}

/// The price in force, with its plan and version.
fn in_force(scenario: &Scenario, service: Service, minute: i64) -> (PlanItem, (i64, i64)) {
    let plan = *scenario.moves.range(..=minute).next_back().unwrap().1;
    let ((_, number), items) = scenario.versions.range((plan, 0)..=(plan, minute)).next_back().unwrap();
    let free = item("0", Period::Minute, false);
    (items.get(&service).copied().unwrap_or(free), (plan, *number))
}

fn agree(scenario: &Scenario, cut: (i64, i64)) -> Result<(), TestCaseError> {
    let (from, to) = (cut.0 % scenario.minutes, cut.1 % scenario.minutes);
    let whole = scenario.window(0, scenario.minutes);
    let part = scenario.window(from.min(to), from.max(to));
    let id = Uuid::from_u128(1);
    for window in [whole, part] {
        let charges = scenario.rate(window).unwrap();
        prop_assert_eq!(by_day(&charges), simulate(scenario, id, window));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(128, REGRESSIONS))]

    /// T1 to T3, F1, R1, V1, V2, Q1, Q2, D1 over three days of short periods.
    #[test]
    fn days_agree(
        scenario in scenarios(3, &[Period::Minute, Period::Hour, Period::Hour, Period::Day]),
        cut in (0..10_000_i64, 0..10_000_i64),
    ) {
        agree(&scenario, cut)?;
    }
}

proptest! {
    #![proptest_config(config(12, REGRESSIONS))]

    /// The same over two months of all periods.
    #[test]
    fn months_agree(scenario in scenarios(65, &PERIODS), cut in (0..200_000_i64, 0..200_000_i64)) {
        agree(&scenario, cut)?;
    }
}

proptest! {
    #![proptest_config(config(2, REGRESSIONS))]

    /// The same over 500 days of long periods.
    #[test]
    fn years_agree(
        scenario in scenarios(500, &[Period::Day, Period::Month, Period::Year]),
        cut in (0..2_000_000_i64, 0..2_000_000_i64),
    ) {
        agree(&scenario, cut)?;
    }
}
