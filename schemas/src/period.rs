//! Where periods begin: boundaries in a contract's time zone (T1 to T3).
//!
//! Three kinds of boundaries, each found without walking over the ones before:
//!
//! * minutes and hours from an anchor: plain arithmetic;
//! * calendar minutes and hours: the instants whose local time is whole, by arithmetic between two changes of the
//!   zone's offset;
//! * days, months and years: civil dates, each mapped to its instant.

use crate::{resource::tariff_plan::Period, time::Instant};
use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use std::iter;

const MICROS_PER_SECOND: i64 = 1_000_000;

const MICROS_PER_DAY: i64 = 24 * 3600 * MICROS_PER_SECOND;

/// The boundaries of a running service's periods: the anchor, and all that follows from it.
#[derive(Clone, Debug)]
pub struct Boundaries {
    anchor: Instant,
    calendar: bool,
    step: Step,
    zone: TimeZone,
}

/// How to get from one boundary to the next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many microseconds of real time.
    Fixed(i64),
    /// So many civil units after this date and time; the time matters without `calendar` only.
    Civil(Unit, DateTime),
}

/// A civil period.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Day,
    Month,
    Year,
}

impl Boundaries {
    /// The boundaries that follow from `anchor`, the first instant of a quantity above 0 (T1).
    ///
    /// With `calendar` the first period ends with the civil period that `anchor` falls in; without it every boundary
    /// is so many whole periods after `anchor`, in the month's last day where the month is too short.
    pub fn new(anchor: Instant, period: Period, calendar: bool, zone: TimeZone) -> Self {
        let civil = |unit| {
            let base = if calendar {
                unit_start(unit, civil_day(anchor, &zone)).to_datetime(Time::midnight())
            } else {
                zone.to_datetime(anchor.timestamp())
            };
            Step::Civil(unit, base)
        };
        let step = match period {
            Period::Minute => Step::Fixed(60 * MICROS_PER_SECOND),
            Period::Hour => Step::Fixed(3600 * MICROS_PER_SECOND),
            Period::Day => civil(Unit::Day),
            Period::Month => civil(Unit::Month),
            Period::Year => civil(Unit::Year),
        };
        Self { anchor, calendar, step, zone }
    }

    /// The first boundary after `instant`; `None` beyond the year 9000. Periods without length are skipped (T2).
    pub fn after(&self, instant: Instant) -> Option<Instant> {
        self.at_or_after(just_after(instant)?)
    }

    /// The first boundary at or after `instant`, the anchor at the earliest; `None` beyond the year 9000.
    pub fn at_or_after(&self, instant: Instant) -> Option<Instant> {
        if instant <= self.anchor {
            return Some(self.anchor);
        }
        match self.step {
            Step::Fixed(step) if self.calendar => self.whole_local(instant, step),
            Step::Fixed(step) => {
                let since = instant.micros().checked_sub(self.anchor.micros())?;
                let periods = ceil_div(since, step)?;
                instant_of(self.anchor.micros().checked_add(periods.checked_mul(step)?)?)
            }
            Step::Civil(unit, base) => {
                self.civil_near(unit, base, instant).find(|boundary| *boundary >= instant)
            }
        }
    }

    /// The last boundary at or before `instant`; `None` before the anchor.
    pub fn last_at_or_before(&self, instant: Instant) -> Option<Instant> {
        // No two boundaries are farther apart than this, days that a zone left out included.
        let farthest = match self.step {
            Step::Fixed(step) => step.checked_mul(2)?,
            Step::Civil(Unit::Day, _) => MICROS_PER_DAY.checked_mul(4)?,
            Step::Civil(Unit::Month, _) => MICROS_PER_DAY.checked_mul(34)?,
            Step::Civil(Unit::Year, _) => MICROS_PER_DAY.checked_mul(369)?,
        };
        let from = Instant::from_micros(instant.micros().checked_sub(farthest)?);
        let all = iter::successors(self.at_or_after(from), |last| self.after(*last));
        all.take_while(|boundary| *boundary <= instant).last()
    }

    /// When the whole period begins that has `start`, a boundary, in it: with calendar, the first period is a part of
    /// the civil one that the anchor lies in; every other begins at its boundary.
    pub fn whole_from(&self, start: Instant) -> Instant {
        if !self.calendar || start != self.anchor {
            return start;
        }
        let civil = match self.step {
            Step::Civil(unit, base) => self.civil(unit, base, 0),
            Step::Fixed(step) => step.checked_mul(2).and_then(|farthest| {
                let from = Instant::from_micros(start.micros().checked_sub(farthest)?);
                let next = |last: &Instant| self.whole_local(just_after(*last)?, step);
                iter::successors(self.whole_local(from, step), next).take_while(|at| *at <= start).last()
            }),
        };
        civil.map_or(start, |civil| civil.min(start))
    }

    /// All boundaries in `[from, to)`, in order.
    pub fn between(&self, from: Instant, to: Instant) -> impl Iterator<Item = Instant> + '_ {
        iter::successors(self.at_or_after(from), |last| self.after(*last)).take_while(move |at| *at < to)
    }

    /// How many boundaries lie in `[from, to)`. Takes no longer for minutes than for years.
    ///
    /// `None` is never returned for instants up to the year 9000.
    pub fn count(&self, from: Instant, to: Instant) -> Option<u64> {
        let from = from.max(self.anchor);
        if from >= to {
            return Some(0);
        }
        match self.step {
            Step::Fixed(step) if self.calendar => self.count_whole_local(from, to, step),
            Step::Fixed(step) => {
                let before = |at: Instant| ceil_div(at.micros().checked_sub(self.anchor.micros())?, step);
                u64::try_from(before(to)?.checked_sub(before(from)?)?).ok()
            }
            Step::Civil(..) => u64::try_from(self.between(from, to).count()).ok(),
        }
    }

    /// The first instant at or after `from` whose local time is a whole multiple of `step`.
    fn whole_local(&self, from: Instant, step: i64) -> Option<Instant> {
        self.stretches(from).find_map(|stretch| {
            let local = stretch.from.checked_add(stretch.offset)?;
            let whole = ceil_div(local, step)?.checked_mul(step)?.checked_sub(stretch.offset)?;
            (whole < stretch.to).then(|| instant_of(whole))?
        })
    }

    /// How many boundaries of whole local time lie in `[from, to)`; `from` is at or after the anchor.
    fn count_whole_local(&self, from: Instant, to: Instant, step: i64) -> Option<u64> {
        let first = if from == self.anchor { from.micros().checked_add(1)? } else { from.micros() };
        let mut count = i64::from(from == self.anchor);
        for stretch in self.stretches(Instant::from_micros(first)) {
            let before = |at: i64| ceil_div(at.checked_add(stretch.offset)?, step);
            let end = stretch.to.min(to.micros());
            if stretch.from >= end {
                break;
            }
            count = count.checked_add(before(end)?.checked_sub(before(stretch.from)?)?)?;
        }
        u64::try_from(count).ok()
    }

    /// The stretches of constant offset from `from` on.
    fn stretches(&self, from: Instant) -> impl Iterator<Item = Stretch> + '_ {
        let first = Some(self.stretch(from.timestamp()));
        iter::successors(first, |last| Some(self.stretch(instant_of(last.to)?.timestamp())))
    }

    /// The stretch of constant offset that begins at `from`.
    fn stretch(&self, from: Timestamp) -> Stretch {
        let next = self.zone.following(from).next();
        Stretch {
            from: from.as_microsecond(),
            to: next.map_or(i64::MAX, |change| change.timestamp().as_microsecond()),
            offset: i64::from(self.zone.to_offset(from).seconds()).saturating_mul(MICROS_PER_SECOND),
        }
    }

    /// Civil boundaries in order, from shortly before `instant` on.
    fn civil_near(&self, unit: Unit, base: DateTime, instant: Instant) -> impl Iterator<Item = Instant> + '_ {
        let near = units_between(unit, base.date(), self.zone.to_datetime(instant.timestamp()).date());
        (near.saturating_sub(1).max(1)..).map_while(move |k| self.civil(unit, base, k))
    }

    /// The k-th civil boundary, k at least 1: always from the base, so that 31 January, 28 February and 31 March
    /// follow one another.
    fn civil(&self, unit: Unit, base: DateTime, k: i64) -> Option<Instant> {
        let span = match unit {
            Unit::Day => Span::new().try_days(k),
            Unit::Month => Span::new().try_months(k),
            Unit::Year => Span::new().try_years(k),
        };
        local_instant(base.checked_add(span.ok()?).ok()?, &self.zone)
    }
}

/// A stretch of time with one offset from UTC, in microseconds.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: i64,
    to: i64,
    offset: i64,
}

/// The civil day in `zone` that `instant` belongs to: the last one that began at or before it (D1, T2).
///
/// It differs from the local date only where a clock goes back over midnight: that hour belongs to the day that had
/// already begun, so that no day comes twice.
pub fn civil_day(instant: Instant, zone: &TimeZone) -> Date {
    let mut day = zone.to_datetime(instant.timestamp()).date();
    while let Some(next) =
        day.tomorrow().ok().filter(|next| day_start(*next, zone).is_some_and(|at| at <= instant))
    {
        day = next;
    }
    day
}

/// When a civil day begins in `zone`: at its first midnight, or when the clock jumps over it. `None` outside the years
/// 1970 to 9000.
///
/// A day that a zone left out (Apia, 30 December 2011) begins when the next one does.
pub fn day_start(day: Date, zone: &TimeZone) -> Option<Instant> {
    local_instant(day.to_datetime(Time::midnight()), zone)
}

/// The instant of a local time: in a gap later by the gap, in a fold the first (T2).
fn local_instant(local: DateTime, zone: &TimeZone) -> Option<Instant> {
    instant_of(zone.to_ambiguous_timestamp(local).compatible().ok()?.as_microsecond())
}

/// The instant after this one; `None` after the last.
fn just_after(instant: Instant) -> Option<Instant> {
    instant_of(instant.micros().checked_add(1)?)
}

/// The instant of so many microseconds, if ESU knows it.
fn instant_of(micros: i64) -> Option<Instant> {
    (Instant::MIN.micros()..=Instant::MAX.micros()).contains(&micros).then(|| Instant::from_micros(micros))
}

/// The first day of the civil unit that holds `day`.
fn unit_start(unit: Unit, day: Date) -> Date {
    match unit {
        Unit::Day => day,
        Unit::Month => day.first_of_month(),
        Unit::Year => day.first_of_year(),
    }
}

/// Whole civil units from the one that holds `base` to the one that holds `day`.
fn units_between(unit: Unit, base: Date, day: Date) -> i64 {
    let years = i64::from(day.year()).saturating_sub(i64::from(base.year()));
    match unit {
        Unit::Day => i64::from(base.until(day).map_or(0, |span| span.get_days())),
        Unit::Month => years
            .saturating_mul(12)
            .saturating_add(i64::from(day.month()))
            .saturating_sub(i64::from(base.month())),
        Unit::Year => years,
    }
}

/// The quotient rounded up; the divisor is above 0.
fn ceil_div(value: i64, divisor: i64) -> Option<i64> {
    let floor = value.checked_div_euclid(divisor)?;
    let exact = value.checked_rem_euclid(divisor)? == 0;
    floor.checked_add(i64::from(!exact))
}
