//! A zone's offsets and civil boundaries in tables, found by an instant's bits: no search, no division.

use crate::period::{civil_day, day_start};
use jiff::{Span, civil::Date, tz::TimeZone};
use schemas::time::Instant;
use std::cell::OnceCell;

/// Microseconds in a civil day of 24 hours.
pub(super) const DAY: i64 = 86_400_000_000;

/// What local times are moved by so that none is negative: whole days, and so whole hours and minutes.
const BEFORE_1970: i64 = 2 * DAY;

/// The bits of an instant that are its place in a bucket of 2^36 microseconds: 19 hours, less than any civil day, so
/// that a bucket has one boundary at most.
const BUCKET_BITS: u32 = 36;

/// A clock that is moved by more than this leaves days out; its zone has no tables.
const MOST_MOVED: i64 = DAY / 2;

/// The tables of one zone for the instants `[from, to]`. Each is made when it is first asked for; `None` where the zone
/// did something that a table cannot tell.
#[derive(Debug)]
pub(super) struct Calendar {
    pub(super) zone: TimeZone,
    from: i64,
    to: i64,
    offsets: OnceCell<Option<Offsets>>,
    starts: [OnceCell<Option<Starts>>; 3],
    dates: OnceCell<Option<Dates>>,
}

/// A civil period.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Day,
    Month,
    Year,
}

impl Calendar {
    /// The tables of `zone` for `[from, to]`, in microseconds.
    pub(super) const fn new(zone: TimeZone, from: i64, to: i64) -> Self {
        let starts = [const { OnceCell::new() }; 3];
        Self { zone, from, to, offsets: OnceCell::new(), starts, dates: OnceCell::new() }
    }

    /// The offsets from UTC.
    pub(super) fn offsets(&self) -> Option<&Offsets> {
        if self.is_too_long() {
            return None;
        }
        self.offsets.get_or_init(|| Offsets::new(&self.zone, self.from, self.to)).as_ref()
    }

    /// Where the civil days, months or years begin.
    pub(super) fn starts(&self, unit: Unit) -> Option<&Starts> {
        if self.is_too_long() {
            return None;
        }
        let [day, month, year] = &self.starts;
        let table = match unit {
            Unit::Day => day,
            Unit::Month => month,
            Unit::Year => year,
        };
        table.get_or_init(|| Starts::new(&self.zone, unit, self.from, self.to)).as_ref()
    }

    /// The dates of local days.
    pub(super) fn dates(&self) -> Option<&Dates> {
        if self.is_too_long() {
            return None;
        }
        self.dates.get_or_init(|| Dates::new(self.from, self.to)).as_ref()
    }

    /// Whether tables would be larger than they are worth.
    const fn is_too_long(&self) -> bool {
        self.to.saturating_sub(self.from) > LONGEST
    }
}

/// The longest time that tables are made for: a hundred years.
const LONGEST: i64 = 36_525 * DAY;

/// The bucket that an instant is in.
#[inline]
fn bucket(start: i64, at: i64) -> Option<usize> {
    usize::try_from(at.wrapping_sub(start) >> BUCKET_BITS).ok()
}

/// What happens in one bucket.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// How much has happened before it.
    before: usize,
    /// When something happens in it; `i64::MAX` where nothing does.
    at: i64,
}

/// Buckets for `[from, to]` of events in order; `None` where two share a bucket.
fn buckets(from: i64, to: i64, events: &[i64]) -> Option<Vec<Bucket>> {
    let count = bucket(from, to)?.checked_add(1)?;
    let mut buckets = vec![Bucket { before: 0, at: i64::MAX }; count];
    for at in events.iter().filter(|at| (from..=to).contains(*at)) {
        let here = buckets.get_mut(bucket(from, *at)?)?;
        if here.at != i64::MAX {
            return None;
        }
        here.at = *at;
    }
    let mut before = events.partition_point(|at| *at < from);
    for here in &mut buckets {
        here.before = before;
        before = before.checked_add(usize::from(here.at != i64::MAX))?;
    }
    Some(buckets)
}

/// A zone's offsets from UTC.
#[derive(Debug)]
pub(super) struct Offsets {
    from: i64,
    buckets: Vec<Bucket>,
    stretches: Vec<Stretch>,
}

/// A stretch of time with one offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// Its first instant, in microseconds.
    pub(super) from: i64,
    /// From when on no local time of it came before, or was left out.
    pub(super) quiet_from: i64,
    /// What local time is ahead, in microseconds, moved by [`BEFORE_1970`].
    pub(super) ahead: i64,
    /// The same of the stretch before.
    pub(super) ahead_before: i64,
    /// Whole local minutes up to its first instant, less those of the local time at it.
    pub(super) minutes: u64,
    /// Whole local hours, likewise.
    pub(super) hours: u64,
}

impl Stretch {
    /// Local time at an instant, in microseconds after two days before 1970.
    #[inline]
    pub(super) const fn local(&self, at: i64) -> u64 {
        at.wrapping_add(self.ahead).cast_unsigned()
    }
}

impl Offsets {
    fn new(zone: &TimeZone, from: i64, to: i64) -> Option<Self> {
        let first = Instant::from_micros(from).timestamp();
        let ahead_at = |at: i64| {
            let seconds = zone.to_offset(Instant::from_micros(at).timestamp()).seconds();
            i64::from(seconds).checked_mul(1_000_000)?.checked_add(BEFORE_1970)
        };
        let mut changes: Vec<i64> = zone
            .following(first)
            .map(|change| change.timestamp().as_microsecond())
            .take_while(|at| *at <= to)
            .collect();
        changes.retain(|at| *at > from);
        let mut ahead = ahead_at(from)?;
        let last_change = zone.preceding(first).next().map(|change| change.timestamp().as_microsecond());
        let quiet_from = match last_change.filter(|at| from.saturating_sub(*at) <= DAY) {
            Some(at) => at.checked_add(ahead.checked_sub(ahead_at(at.checked_sub(1)?)?)?.checked_abs()?)?,
            None => from,
        };
        let mut stretches =
            vec![Stretch { from, quiet_from, ahead, ahead_before: ahead, minutes: 0, hours: 0 }];
        for at in &changes {
            let last = stretches.last()?;
            let next = ahead_at(*at)?;
            let moved = next.checked_sub(ahead)?.checked_abs()?;
            if moved > MOST_MOVED {
                return None;
            }
            let whole = |base: u64, step: u64| {
                let local = at.checked_add(next)?.cast_unsigned();
                Some(base.wrapping_add(last.local(*at).div_ceil(step)).wrapping_sub(local.div_ceil(step)))
            };
            let (minutes, hours) = (whole(last.minutes, 60_000_000)?, whole(last.hours, 3_600_000_000)?);
            let quiet_from = at.checked_add(moved)?;
            stretches.push(Stretch {
                from: *at,
                quiet_from,
                ahead: next,
                ahead_before: ahead,
                minutes,
                hours,
            });
            ahead = next;
        }
        Some(Self { from, buckets: buckets(from, to, &changes)?, stretches })
    }

    /// The stretch that an instant lies in.
    #[inline]
    pub(super) fn at(&self, at: i64) -> Option<&Stretch> {
        let here = self.buckets.get(bucket(self.from, at)?)?;
        self.stretches.get(here.before.wrapping_add(usize::from(at >= here.at)))
    }
}

/// Where civil periods begin.
#[derive(Debug)]
pub(super) struct Starts {
    from: i64,
    buckets: Vec<Bucket>,
    /// All of them from the last one at or before the first instant to the first one after the last.
    instants: Vec<i64>,
}

impl Starts {
    fn new(zone: &TimeZone, unit: Unit, from: i64, to: i64) -> Option<Self> {
        let first = civil_day(Instant::from_micros(from), zone);
        let mut day = match unit {
            Unit::Day => first,
            Unit::Month => first.first_of_month(),
            Unit::Year => first.first_of_year(),
        };
        let mut instants: Vec<i64> = Vec::new();
        while instants.last().is_none_or(|last| *last <= to) {
            let at = day_start(day, zone)?.micros();
            if instants.last().is_none_or(|last| *last < at) {
                instants.push(at);
            }
            day = match unit {
                Unit::Day => day.tomorrow().ok()?,
                Unit::Month => day.last_of_month().tomorrow().ok()?,
                Unit::Year => day.last_of_year().tomorrow().ok()?,
            };
        }
        Some(Self { from, buckets: buckets(from, to, &instants)?, instants })
    }

    /// How many periods begin before `at`, and whether one begins at it.
    #[inline]
    pub(super) fn before(&self, at: i64) -> Option<(u64, bool)> {
        let here = self.buckets.get(bucket(self.from, at)?)?;
        let count = here.before.wrapping_add(usize::from(at > here.at));
        Some((u64::try_from(count).ok()?, at == here.at))
    }

    /// When the period begins that `at` is in, and when the next one does.
    #[inline]
    pub(super) fn around(&self, at: i64) -> Option<(i64, i64)> {
        let here = self.buckets.get(bucket(self.from, at)?)?;
        let count = here.before.wrapping_add(usize::from(at >= here.at));
        let start = self.instants.get(count.wrapping_sub(1))?;
        Some((*start, *self.instants.get(count)?))
    }
}

/// The dates of local days.
#[derive(Debug)]
pub(super) struct Dates {
    first: u64,
    dates: Vec<LocalDate>,
}

/// A local date.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalDate {
    /// Months after January of the year 0.
    pub(super) month: u32,
    /// The day of the month, from 1.
    pub(super) day: u32,
    /// How many days the month has.
    pub(super) length: u32,
}

impl Dates {
    fn new(from: i64, to: i64) -> Option<Self> {
        // Local days lie a day around the instants at most.
        let number = |at: i64| at.cast_unsigned().checked_div(DAY.cast_unsigned());
        let (first, last) = (number(from)?, number(to)?.checked_add(4)?);
        let since_1970 = Span::new().try_days(first.cast_signed().checked_sub(2)?).ok()?;
        let mut day = Date::constant(1970, 1, 1).checked_add(since_1970).ok()?;
        let mut dates = Vec::new();
        for _ in first..last {
            let months = i32::from(day.year()).checked_mul(12)?.checked_add(i32::from(day.month()))?;
            dates.push(LocalDate {
                month: u32::try_from(months).ok()?,
                day: u32::try_from(day.day()).ok()?,
                length: u32::try_from(day.days_in_month()).ok()?,
            });
            day = day.tomorrow().ok()?;
        }
        Some(Self { first, dates })
    }

    /// The date of a local day, counted from two days before 1970.
    #[inline]
    pub(super) fn at(&self, day: u64) -> Option<&LocalDate> {
        self.dates.get(usize::try_from(day.wrapping_sub(self.first)).ok()?)
    }
}
