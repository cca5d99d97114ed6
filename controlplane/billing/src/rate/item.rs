//! One item of the plan through a resource's life: periods, rises, shares, edits (T1, T3, F1, R1, V1, Q2).

use super::{
    Charge, RateError,
    life::Stretch,
    line::{Days, Label, Lines, Sum},
    plan::{Plans, Terms},
    share::Share,
};
use crate::{observation::Power, period::Boundaries};
use jiff::tz::TimeZone;
use schemas::{
    resource::tariff_plan::{Charging, Period, PlanItem, While},
    service::{Measure, Service},
    time::Instant,
};
use uuid::Uuid;

/// MiB in a GB, the base units of a price per GB (Q1).
const MIB_PER_GB: i128 = 1024;

/// Where and when a contract is charged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    /// The contract's time zone.
    pub(super) zone: &'a TimeZone,
    /// The days that are wanted.
    pub(super) days: &'a Days,
    /// The end of the window.
    pub(super) end: Instant,
}

/// The walk along one service of one resource.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    zone: &'a TimeZone,
    plans: &'a Plans<'a>,
    days: &'a Days,
    resource: Uuid,
    service: Service,
    label: Label,
    running: Option<Running<'a>>,
    lines: Lines,
}

/// The period that an instant lies in.
#[derive(Debug)]
struct Running<'a> {
    boundaries: Boundaries,
    /// The plan in force at the period's start.
    terms: Terms<'a>,
    /// Its price of the service.
    item: PlanItem,
    /// When the next period begins; `None` beyond the year 9000.
    end: Option<Instant>,
    /// The highest quantity so far, which is paid.
    paid: u64,
    /// What was used of it, where it is charged by the share.
    share: Option<Share>,
}

impl<'a> Walk<'a> {
    /// A walk that has not begun.
    pub(super) fn new(
        scene: Scene<'a>,
        plans: &'a Plans<'a>,
        (resource, service): (Uuid, Service),
        label: Label,
    ) -> Self {
        let Scene { zone, days, .. } = scene;
        Self { zone, plans, days, resource, service, label, running: None, lines: Lines::default() }
    }

    /// Walks along `stretch`, which begins where the last one ended or later.
    ///
    /// # Errors
    /// When an item cannot be charged, or a number does not fit.
    pub(super) fn step(&mut self, stretch: Stretch) -> Result<(), RateError> {
        if !stretch.goes_on {
            self.settle()?;
        }
        let mut now = stretch.from;
        while now < stretch.to {
            now = match self.running.take() {
                None => self.begin(now, stretch)?,
                Some(running) if running.end == Some(now) => self.renew(running, now, stretch)?,
                Some(running) => self.rise(running, now, stretch)?,
            };
        }
        Ok(())
    }

    /// All charges of the walk.
    ///
    /// # Errors
    /// When a number does not fit.
    pub(super) fn finish(mut self) -> Result<Vec<Charge>, RateError> {
        self.settle()?;
        let Self { resource, service, label, .. } = self;
        self.lines.finish(resource, service, label).ok_or(RateError::Overflow { resource, service })
    }

    /// No period runs: an item in force with a quantity above 0 begins one, here or when the plan changes next.
    fn begin(&mut self, now: Instant, stretch: Stretch) -> Result<Instant, RateError> {
        if let Some(terms) = self.plans.at(now) {
            let item = terms.item(self.service);
            let quantity = quantity(item, stretch);
            if quantity > 0 {
                let boundaries = self.boundaries(now, item);
                self.run(now, boundaries, terms, item, quantity)?;
                self.charge_at(now, terms, item, self.start(item, quantity)?)?;
                return Ok(now);
            }
        }
        Ok(self.plans.change_after(now).map_or(stretch.to, |change| change.min(stretch.to)))
    }

    /// A period begins: the one that runs from now on.
    fn run(
        &mut self,
        now: Instant,
        boundaries: Boundaries,
        terms: Terms<'a>,
        item: PlanItem,
        paid: u64,
    ) -> Result<(), RateError> {
        let end = boundaries.after(now);
        let share = match item.charging {
            Charging::FullPeriod => None,
            Charging::Prorated => {
                let whole = boundaries.whole_from(now);
                Some(self.fits(Share::new(now, whole, end.unwrap_or(Instant::MAX)))?)
            }
        };
        self.running = Some(Running { boundaries, terms, item, end, paid, share });
        Ok(())
    }

    /// Inside a period: what is above the quantity paid is paid now (F1), and what is used is counted (R1).
    fn rise(
        &mut self,
        mut running: Running<'a>,
        now: Instant,
        stretch: Stretch,
    ) -> Result<Instant, RateError> {
        let quantity = quantity(running.item, stretch);
        if let Some(more) = quantity.checked_sub(running.paid).filter(|more| *more > 0) {
            let before = self.amount(running.item, running.paid)?;
            let rise = Sum {
                starts: 0,
                rises: 1,
                quantity: more.into(),
                amount: self.fits(self.amount(running.item, quantity)?.checked_sub(before))?,
            };
            self.charge_at(now, running.terms, running.item, rise)?;
            running.paid = quantity;
        }
        let next = running.end.map_or(stretch.to, |end| end.min(stretch.to));
        self.count(&mut running, quantity, next)?;
        self.running = Some(running);
        Ok(next)
    }

    /// Counts the use of a share until `next`, and books it at the end of each civil day and of the period (R1).
    fn count(&mut self, running: &mut Running<'a>, quantity: u64, next: Instant) -> Result<(), RateError> {
        let Some(share) = &mut running.share else { return Ok(()) };
        for end in self.days.ends(share.until, next).chain(running.end.filter(|end| *end == next)) {
            self.fits(share.count(quantity, end))?;
            let amount = self.fits(share.book(running.item, self.divisor()))?;
            self.charge_before(end, running.terms, running.item, amount)?;
        }
        self.fits(share.count(quantity, next))
    }

    /// Ends the period that runs. What was used of a share is booked at the end of the day, as if it had gone on (R1).
    fn settle(&mut self) -> Result<(), RateError> {
        let Some(Running { terms, item, share: Some(mut share), .. }) = self.running.take() else {
            return Ok(());
        };
        let amount = self.fits(share.book(item, self.divisor()))?;
        match self.days.end_of(before(share.until)) {
            Some(end) => self.charge_before(end, terms, item, amount),
            None => Ok(()),
        }
    }

    /// Charges a share that is booked at `end`: it belongs to the day of the last instant before (D1).
    fn charge_before(
        &mut self,
        end: Instant,
        terms: Terms<'a>,
        item: PlanItem,
        amount: i128,
    ) -> Result<(), RateError> {
        if amount == 0 {
            return Ok(());
        }
        self.charge_at(before(end), terms, item, Sum { amount, ..Sum::default() })
    }

    /// At a boundary: the plan in force now counts (V1). All periods that begin under it and in this stretch cost the
    /// same, so they are charged at once.
    fn renew(&mut self, running: Running<'a>, now: Instant, stretch: Stretch) -> Result<Instant, RateError> {
        let Some(terms) = self.plans.at(now) else { return Ok(stretch.to) };
        let item = terms.item(self.service);
        let same = (item.period, item.calendar) == (running.item.period, running.item.calendar);
        let boundaries = if same { running.boundaries } else { self.boundaries(now, item) };
        let until = self.plans.change_after(now).map_or(stretch.to, |change| change.min(stretch.to));
        let quantity = quantity(item, stretch);
        if item.charging == Charging::Prorated {
            return self.renew_share(now, until, boundaries, terms, item, quantity);
        }
        if quantity > 0 {
            let start = self.start(item, quantity)?;
            self.charge_at(now, terms, item, start)?;
            self.charge_after(now, until, &boundaries, terms, item, start)?;
        }
        let end = boundaries.at_or_after(until);
        self.running = Some(Running { boundaries, terms, item, end, paid: quantity, share: None });
        Ok(until)
    }

    /// At a boundary of an item that is charged by the share: one period at a time, but those that end before the days
    /// that are wanted are passed over.
    fn renew_share(
        &mut self,
        now: Instant,
        until: Instant,
        boundaries: Boundaries,
        terms: Terms<'a>,
        item: PlanItem,
        quantity: u64,
    ) -> Result<Instant, RateError> {
        let limit = self.days.begin().map_or(until, |begin| begin.min(until));
        let last = boundaries.last_at_or_before(before(limit));
        let now = last.map_or(now, |last| last.max(now));
        self.run(now, boundaries, terms, item, quantity)?;
        if quantity > 0 {
            self.charge_at(now, terms, item, self.start(item, quantity)?)?;
        }
        Ok(now)
    }

    /// Charges each period that begins after `now` and before `until`.
    fn charge_after(
        &mut self,
        now: Instant,
        until: Instant,
        boundaries: &Boundaries,
        terms: Terms<'a>,
        item: PlanItem,
        start: Sum,
    ) -> Result<(), RateError> {
        let from = now.micros().checked_add(1).map_or(until, Instant::from_micros);
        match (item.period, item.calendar) {
            (Period::Minute | Period::Hour, _) => {
                for day in self.days.among(from, until) {
                    let starts = self.fits(boundaries.count(day.start.max(from), day.end.min(until)))?;
                    if starts > 0 {
                        let sum = self.fits(start.times(starts))?;
                        let added = self.lines.add(day.date, terms, item, sum);
                        self.fits(added)?;
                    }
                }
            }
            (Period::Day, true) => {
                for day in self.days.among(from, until).iter().filter(|day| day.begins && day.start >= from) {
                    let added = self.lines.add(day.date, terms, item, start);
                    self.fits(added)?;
                }
            }
            (Period::Day | Period::Month | Period::Year, _) => {
                let (from, until) = self.days.clip(from, until);
                for instant in boundaries.between(from, until) {
                    self.charge_at(instant, terms, item, start)?;
                }
            }
        }
        Ok(())
    }

    /// Charges `sum` at `instant`, if that is in the window.
    fn charge_at(
        &mut self,
        instant: Instant,
        terms: Terms<'a>,
        item: PlanItem,
        sum: Sum,
    ) -> Result<(), RateError> {
        match self.days.of(instant) {
            Some(day) => {
                let added = self.lines.add(day, terms, item, sum);
                self.fits(added)
            }
            None => Ok(()),
        }
    }

    /// One period of `quantity`, in advance; one that is charged by the share costs nothing yet.
    fn start(&self, item: PlanItem, quantity: u64) -> Result<Sum, RateError> {
        Ok(Sum { starts: 1, rises: 0, quantity: quantity.into(), amount: self.amount(item, quantity)? })
    }

    /// The price of `quantity` for one period in advance, in units of 10^-7 rubles, half-even (D1).
    fn amount(&self, item: PlanItem, quantity: u64) -> Result<i128, RateError> {
        if item.charging == Charging::Prorated {
            return Ok(0);
        }
        let product = i128::from(item.price.units()).checked_mul(i128::from(quantity));
        self.fits(product.and_then(|product| divide_half_even(product, self.divisor())))
    }

    /// How many base units the price is for (Q1).
    const fn divisor(&self) -> i128 {
        match self.service.info().measure {
            Measure::Gb => MIB_PER_GB,
            Measure::Pc => 1,
        }
    }

    /// The boundaries of `item` from `anchor` on.
    fn boundaries(&self, anchor: Instant, item: PlanItem) -> Boundaries {
        Boundaries::new(anchor, item.period, item.calendar, self.zone.clone())
    }

    /// The value, or the error that it does not fit.
    fn fits<T>(&self, value: Option<T>) -> Result<T, RateError> {
        value.ok_or(RateError::Overflow { resource: self.resource, service: self.service })
    }
}

/// The quantity under `item`: 0 while it asks for a running machine that is off (Q2).
const fn quantity(item: PlanItem, stretch: Stretch) -> u64 {
    match (item.charged_while, stretch.power) {
        (While::Running, Power::Off) => 0,
        _ => stretch.quantity,
    }
}

/// The last instant before this one; the first of all has none before it.
pub(super) fn before(instant: Instant) -> Instant {
    Instant::from_micros(instant.micros().saturating_sub(1))
}

/// The quotient rounded to the nearest integer, a half to the even one. Both are at least 0, the divisor above.
pub(super) fn divide_half_even(value: i128, divisor: i128) -> Option<i128> {
    let floor = value.checked_div(divisor)?;
    let twice = value.checked_rem(divisor)?.checked_mul(2)?;
    let up = twice > divisor || (twice == divisor && floor.checked_rem(2)? == 1);
    floor.checked_add(i128::from(up))
}
