//! Charges by civil day, equal days in a row as one line (D1).

use super::{Charge, ChargeKind, Rule, Window, plan::Terms};
use crate::period::{civil_day, day_start};
use jiff::{civil::Date, tz::TimeZone};
use schemas::{
    money::Money,
    resource::tariff_plan::{Charging, PlanItem},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A civil day, as far as it lies in the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    /// Its date.
    pub(super) date: Date,
    /// Its first instant in the window.
    pub(super) start: Instant,
    /// Whether that is where the day begins.
    pub(super) begins: bool,
    /// The first instant after it, or the window's end.
    pub(super) end: Instant,
    /// Whether that is where the day ends.
    pub(super) ends: bool,
}

/// The civil days of a window; days that a zone left out are not among them.
#[derive(Debug)]
pub(super) struct Days {
    days: Vec<Day>,
    /// When the first of them begins, be it before the window.
    begin: Option<Instant>,
}

impl Days {
    /// The days of `window` in `zone` that share an instant with `wanted`, a part of it.
    pub(super) fn new(window: Window, wanted: Window, zone: &TimeZone) -> Self {
        let mut days = Vec::new();
        let mut date = civil_day(wanted.from, zone);
        let begin = day_start(date, zone).filter(|_| wanted.from < wanted.to);
        let mut start = wanted.from;
        while start < wanted.to {
            let next = date.tomorrow().ok();
            let midnight = next.and_then(|next| day_start(next, zone));
            let end = midnight.unwrap_or(window.to).min(window.to);
            if start < end {
                let begins = day_start(date, zone) == Some(start);
                days.push(Day { date, start, begins, end, ends: midnight == Some(end) });
            }
            start = end;
            let Some(next) = next else { break };
            date = next;
        }
        Self { days, begin }
    }

    /// When the first day begins, be it before the window.
    pub(super) const fn begin(&self) -> Option<Instant> {
        self.begin
    }

    /// Where days end in `(from, to]`, as far as they end in the window, and where the first one begins.
    pub(super) fn ends(&self, from: Instant, to: Instant) -> impl Iterator<Item = Instant> + use<> {
        let begin = self.begin.filter(|begin| from < *begin && *begin <= to);
        let ends: Vec<Instant> =
            self.among(from, to).iter().filter(|day| day.ends && from < day.end).map(|day| day.end).collect();
        begin.into_iter().chain(ends.into_iter().filter(move |end| *end <= to))
    }

    /// Where the day of `instant` ends, if that is in the window.
    pub(super) fn end_of(&self, instant: Instant) -> Option<Instant> {
        let day = self.days.get(self.days.partition_point(|day| day.end <= instant))?;
        (day.ends && self.begin <= Some(instant)).then_some(day.end)
    }

    /// The days that share an instant with `[from, to)`.
    pub(super) fn among(&self, from: Instant, to: Instant) -> &[Day] {
        let first = self.days.partition_point(|day| day.end <= from);
        let last = self.days.partition_point(|day| day.start < to);
        self.days.get(first..last).unwrap_or_default()
    }

    /// The part of `[from, to)` that lies in the window; the first is not before the second where there is none.
    pub(super) fn clip(&self, from: Instant, to: Instant) -> (Instant, Instant) {
        let first = self.days.first().map_or(Instant::MAX, |day| day.start);
        let last = self.days.last().map_or(Instant::MIN, |day| day.end);
        (from.max(first), to.min(last))
    }

    /// The date of `instant`, if it lies in the window.
    pub(super) fn of(&self, instant: Instant) -> Option<Date> {
        let day = self.days.get(self.days.partition_point(|day| day.end <= instant))?;
        (day.start <= instant).then_some(day.date)
    }
}

/// What all lines of a walk have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    kind: ChargeKind,
    grant: i64,
    /// Whether it was counted.
    metered: bool,
}

impl Label {
    /// An item of the plan.
    pub(super) const ITEM: Self = Self { kind: ChargeKind::Item, grant: 0, metered: false };

    /// A metered item of the plan.
    pub(super) const METERED: Self = Self { metered: true, ..Self::ITEM };

    /// The line of a promotion.
    pub(super) const fn promotion(grant: i64) -> Self {
        Self { kind: ChargeKind::Promotion, grant, metered: false }
    }

    /// The rule of a line that is charged in this way.
    const fn rule(self, charging: Charging) -> Rule {
        match (self.kind, charging) {
            (ChargeKind::Promotion, _) => Rule::A1,
            (ChargeKind::Correction, _) => Rule::P10,
            (ChargeKind::Item, _) if self.metered => Rule::M1,
            (ChargeKind::Item, Charging::FullPeriod) => Rule::F1,
            (ChargeKind::Item, Charging::Prorated) => Rule::R1,
        }
    }
}

/// What is charged at an instant, or at many of one day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// Periods begun.
    pub(super) starts: u64,
    /// Rises.
    pub(super) rises: u64,
    /// Charged quantity in base units.
    pub(super) quantity: u128,
    /// Amount in 10^-7 rubles.
    pub(super) amount: i128,
}

impl Sum {
    /// So many of it; `None` if that does not fit.
    pub(super) fn times(self, count: u64) -> Option<Self> {
        Some(Self {
            starts: self.starts.checked_mul(count)?,
            rises: self.rises.checked_mul(count)?,
            quantity: self.quantity.checked_mul(count.into())?,
            amount: self.amount.checked_mul(count.into())?,
        })
    }

    /// Both together; `None` if that does not fit.
    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            starts: self.starts.checked_add(other.starts)?,
            rises: self.rises.checked_add(other.rises)?,
            quantity: self.quantity.checked_add(other.quantity)?,
            amount: self.amount.checked_add(other.amount)?,
        })
    }
}

/// The lines of one service of one resource. What is added must come in the order of time.
#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<(i64, i64), Line>);

/// The lines under one version of a plan: runs of equal days, and the day that may still grow.
#[derive(Debug)]
struct Line {
    item: PlanItem,
    runs: Vec<Run>,
    day: Date,
    sum: Sum,
}

/// Equal days in a row.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: Date,
    last: Date,
    starts: u32,
    rises: u32,
    quantity: u64,
    amount: Money,
    total: Money,
}

impl Lines {
    /// Adds `sum` to `day`, for a period that began under `terms` with `item`. `None` if a number does not fit.
    pub(super) fn add(&mut self, day: Date, terms: Terms<'_>, item: PlanItem, sum: Sum) -> Option<()> {
        let key = (terms.version.plan, terms.version.version);
        let line =
            self.0.entry(key).or_insert_with(|| Line { item, runs: Vec::new(), day, sum: Sum::default() });
        if line.day != day {
            line.close()?;
            line.day = day;
            line.sum = Sum::default();
        }
        line.sum = line.sum.plus(sum)?;
        Some(())
    }

    /// All lines as charges, in the order of first day, plan and version. `None` if a number does not fit.
    pub(super) fn finish(self, resource: Uuid, service: Service, label: Label) -> Option<Vec<Charge>> {
        let Label { kind, grant, .. } = label;
        let mut charges = Vec::new();
        for ((plan, version), mut line) in self.0 {
            line.close()?;
            let PlanItem { period, calendar, price, charging, .. } = line.item;
            let rule = label.rule(charging);
            charges.extend(line.runs.into_iter().map(|run| Charge {
                resource,
                service,
                kind,
                first_day: run.first,
                last_day: run.last,
                corrects: None,
                plan,
                version,
                grant,
                period,
                calendar,
                price,
                starts_per_day: run.starts,
                rises_per_day: run.rises,
                quantity_per_day: run.quantity,
                amount_per_day: run.amount,
                total: run.total,
                rule,
            }));
        }
        charges.sort_by_key(|charge| (charge.first_day, charge.plan, charge.version));
        Some(charges)
    }
}

impl Line {
    /// Ends the open day: it prolongs the last run if it is the day after, with equal numbers.
    fn close(&mut self) -> Option<()> {
        let amount = Money::from_units(i64::try_from(self.sum.amount).ok()?);
        let day = Run {
            first: self.day,
            last: self.day,
            starts: u32::try_from(self.sum.starts).ok()?,
            rises: u32::try_from(self.sum.rises).ok()?,
            quantity: i64::try_from(self.sum.quantity).ok()?.unsigned_abs(),
            amount,
            total: amount,
        };
        match self.runs.last_mut().and_then(|run| Some((run.prolonged(&day)?, run))) {
            Some((longer, run)) => *run = longer,
            None => self.runs.push(day),
        }
        Some(())
    }
}

impl Run {
    /// This run with one more day; `None` if the day is not its next or differs, or the total would not fit.
    fn prolonged(&self, day: &Self) -> Option<Self> {
        let next = self.last.tomorrow().ok()? == day.first;
        let numbers = |run: &Self| (run.starts, run.rises, run.quantity, run.amount);
        if !next || numbers(self) != numbers(day) {
            return None;
        }
        Some(Self { last: day.last, total: self.total.checked_add(day.amount)?, ..*self })
    }
}
