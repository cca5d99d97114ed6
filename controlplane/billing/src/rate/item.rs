//! One item of the plan through a resource's life: periods, rises, edits (T1, T3, F1, V1, Q2).

use super::{
    Charge, RateError,
    life::Stretch,
    line::{Days, Label, Lines, Sum},
    plan::{Plans, Terms},
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
}

impl<'a> Walk<'a> {
    /// A walk that has not begun.
    pub(super) fn new(
        scene: Scene<'a>,
        plans: &'a Plans<'a>,
        (resource, service): (Uuid, Service),
        label: Label,
    ) -> Self {
        let Scene { zone, days } = scene;
        Self { zone, plans, days, resource, service, label, running: None, lines: Lines::default() }
    }

    /// Walks along `stretch`, which begins where the last one ended or later.
    ///
    /// # Errors
    /// When an item cannot be charged, or a number does not fit.
    pub(super) fn step(&mut self, stretch: Stretch) -> Result<(), RateError> {
        if !stretch.goes_on {
            self.running = None;
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
    pub(super) fn finish(self) -> Result<Vec<Charge>, RateError> {
        let Self { resource, service, label, .. } = self;
        self.lines.finish(resource, service, label).ok_or(RateError::Overflow { resource, service })
    }

    /// No period runs: an item in force with a quantity above 0 begins one, here or when the plan changes next.
    fn begin(&mut self, now: Instant, stretch: Stretch) -> Result<Instant, RateError> {
        if let Some(terms) = self.plans.at(now) {
            let item = terms.item(self.service);
            let quantity = quantity(item, stretch);
            if quantity > 0 {
                self.refuse_unsupported(terms, item)?;
                let boundaries = self.boundaries(now, item);
                let end = boundaries.after(now);
                self.running = Some(Running { boundaries, terms, item, end, paid: quantity });
                self.charge_at(now, terms, item, self.start(item, quantity)?)?;
                return Ok(now);
            }
        }
        Ok(self.plans.change_after(now).map_or(stretch.to, |change| change.min(stretch.to)))
    }

    /// Inside a period: what is above the quantity paid is paid now (F1).
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
        self.running = Some(running);
        Ok(next)
    }

    /// At a boundary: the plan in force now counts (V1). All periods that begin under it and in this stretch cost the
    /// same, so they are charged at once.
    fn renew(&mut self, running: Running<'a>, now: Instant, stretch: Stretch) -> Result<Instant, RateError> {
        let Some(terms) = self.plans.at(now) else { return Ok(stretch.to) };
        let item = terms.item(self.service);
        self.refuse_unsupported(terms, item)?;
        let same = (item.period, item.calendar) == (running.item.period, running.item.calendar);
        let boundaries = if same { running.boundaries } else { self.boundaries(now, item) };
        let until = self.plans.change_after(now).map_or(stretch.to, |change| change.min(stretch.to));
        let quantity = quantity(item, stretch);
        if quantity > 0 {
            let start = self.start(item, quantity)?;
            self.charge_at(now, terms, item, start)?;
            self.charge_after(now, until, &boundaries, terms, item, start)?;
        }
        let end = boundaries.at_or_after(until);
        self.running = Some(Running { boundaries, terms, item, end, paid: quantity });
        Ok(until)
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

    /// One period of `quantity`, in advance.
    fn start(&self, item: PlanItem, quantity: u64) -> Result<Sum, RateError> {
        Ok(Sum { starts: 1, rises: 0, quantity: quantity.into(), amount: self.amount(item, quantity)? })
    }

    /// The price of `quantity` for one period, in units of 10^-7 rubles, half-even (D1).
    fn amount(&self, item: PlanItem, quantity: u64) -> Result<i128, RateError> {
        let divisor = match self.service.info().measure {
            Measure::Gb => MIB_PER_GB,
            Measure::Pc => 1,
        };
        let product = i128::from(item.price.units()).checked_mul(i128::from(quantity));
        self.fits(product.and_then(|product| divide_half_even(product, divisor)))
    }

    /// The boundaries of `item` from `anchor` on.
    fn boundaries(&self, anchor: Instant, item: PlanItem) -> Boundaries {
        Boundaries::new(anchor, item.period, item.calendar, self.zone.clone())
    }

    /// # Errors
    /// When the item is not charged by full periods.
    const fn refuse_unsupported(&self, terms: Terms<'a>, item: PlanItem) -> Result<(), RateError> {
        match item.charging {
            Charging::FullPeriod => Ok(()),
            Charging::Prorated => Err(RateError::Unsupported {
                service: self.service,
                plan: terms.version.plan,
                version: terms.version.version,
            }),
        }
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

/// The quotient rounded to the nearest integer, a half to the even one. Both are at least 0, the divisor above.
fn divide_half_even(value: i128, divisor: i128) -> Option<i128> {
    let floor = value.checked_div(divisor)?;
    let twice = value.checked_rem(divisor)?.checked_mul(2)?;
    let up = twice > divisor || (twice == divisor && floor.checked_rem(2)? == 1);
    floor.checked_add(i128::from(up))
}
