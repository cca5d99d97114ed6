//! How many periods have begun, told by arithmetic and tables for any instant at once (T1, T2).

use super::calendar::{Calendar, DAY, Dates, Offsets, Starts, Stretch};
use crate::period::Boundaries;
use jiff::tz::TimeZone;
use schemas::{resource::tariff_plan::Period, time::Instant};

/// Periods of one length, from an anchor on. Instants are microseconds.
pub(super) trait Ordinal {
    /// What is known of an anchor.
    type Anchor: Copy;

    /// An anchor at this instant; `None` where the tables do not tell.
    fn anchor(&self, at: i64) -> Option<Self::Anchor>;

    /// How many periods begin at the anchor or after it and before `at`, which is after the anchor; and whether one
    /// begins at `at`.
    fn before(&self, anchor: Self::Anchor, at: i64) -> Option<(u64, bool)>;
}

/// Periods whose bounds are told as fast.
pub(super) trait Bounded: Ordinal {
    /// When the whole period begins that `at`, at the anchor or after it, is in, and when the next one does. With the
    /// calendar the first one begins before its anchor.
    fn around(&self, anchor: i64, at: i64) -> Option<(i64, i64)>;
}

/// So many of a fixed length in a length of time, the last one begun counted; and whether that is exact.
#[inline]
const fn begun<const STEP: u64>(length: u64) -> (u64, bool) {
    let count = length.div_ceil(STEP);
    (count, count.wrapping_mul(STEP) == length)
}

/// Periods of a fixed length.
pub(super) struct Fixed<const STEP: u64>;

impl<const STEP: u64> Ordinal for Fixed<STEP> {
    type Anchor = i64;

    #[inline]
    fn anchor(&self, at: i64) -> Option<i64> {
        Some(at)
    }

    #[inline]
    fn before(&self, anchor: i64, at: i64) -> Option<(u64, bool)> {
        Some(begun::<STEP>(at.wrapping_sub(anchor).cast_unsigned()))
    }
}

impl<const STEP: u64> Bounded for Fixed<STEP> {
    #[inline]
    fn around(&self, anchor: i64, at: i64) -> Option<(i64, i64)> {
        let since = at.wrapping_sub(anchor).cast_unsigned();
        let start = at.checked_sub_unsigned(since.checked_rem(STEP)?)?;
        Some((start, start.checked_add_unsigned(STEP)?))
    }
}

/// Boundaries that are the same for every anchor.
pub(super) trait Common {
    /// How many lie before `at`, counted from any instant that is the same for all; and whether one lies at `at`.
    fn before(&self, at: i64) -> Option<(u64, bool)>;
}

impl<C: Common> Ordinal for C {
    type Anchor = u64;

    #[inline]
    fn anchor(&self, at: i64) -> Option<u64> {
        // Less the anchor itself, which is a boundary too.
        Some(Common::before(self, at.wrapping_add(1))?.0.wrapping_sub(1))
    }

    #[inline]
    fn before(&self, anchor: u64, at: i64) -> Option<(u64, bool)> {
        let (count, exact) = Common::before(self, at)?;
        Some((count.wrapping_sub(anchor), exact))
    }
}

/// Whole local minutes.
pub(super) struct Minutes<'a>(pub(super) &'a Offsets);

impl Common for Minutes<'_> {
    #[inline]
    fn before(&self, at: i64) -> Option<(u64, bool)> {
        let stretch = self.0.at(at)?;
        let (count, exact) = begun::<60_000_000>(stretch.local(at));
        Some((count.wrapping_add(stretch.minutes), exact))
    }
}

/// Whole local hours.
pub(super) struct Hours<'a>(pub(super) &'a Offsets);

impl Common for Hours<'_> {
    #[inline]
    fn before(&self, at: i64) -> Option<(u64, bool)> {
        let stretch = self.0.at(at)?;
        let (count, exact) = begun::<3_600_000_000>(stretch.local(at));
        Some((count.wrapping_add(stretch.hours), exact))
    }
}

/// Civil days, months or years of the calendar.
pub(super) struct Civil<'a>(pub(super) &'a Starts);

impl Common for Civil<'_> {
    #[inline]
    fn before(&self, at: i64) -> Option<(u64, bool)> {
        self.0.before(at)
    }
}

impl Bounded for Civil<'_> {
    #[inline]
    fn around(&self, _anchor: i64, at: i64) -> Option<(i64, i64)> {
        self.0.around(at)
    }
}

/// Days, months or years from an anchor, which keep its local time.
pub(super) struct Anchored<'a, L> {
    pub(super) calendar: &'a Calendar,
    pub(super) offsets: &'a Offsets,
    pub(super) period: Period,
    pub(super) local: L,
}

/// How local times are counted.
pub(super) trait Local {
    /// What is known of the local time of an anchor.
    type Anchor: Copy;

    /// An anchor at a local time in microseconds.
    fn anchor(&self, local: u64) -> Option<Self::Anchor>;

    /// How many local boundaries lie before a local time at or after the anchor's, and whether one lies at it.
    fn before(&self, anchor: Self::Anchor, local: u64) -> Option<(u64, bool)>;
}

impl<L: Local> Ordinal for Anchored<'_, L> {
    type Anchor = (i64, L::Anchor);

    #[inline]
    fn anchor(&self, at: i64) -> Option<Self::Anchor> {
        let local = self.offsets.at(at)?.local(at);
        Some((at, self.local.anchor(local)?))
    }

    #[inline]
    fn before(&self, anchor: Self::Anchor, at: i64) -> Option<(u64, bool)> {
        let stretch = self.offsets.at(at)?;
        if at < stretch.quiet_from {
            return self.after_a_change(anchor, at, stretch);
        }
        self.local.before(anchor.1, stretch.local(at))
    }
}

impl<L: Local> Anchored<'_, L> {
    /// Shortly after a clock was moved local times come twice, or were left out: the few boundaries since then are
    /// found one by one.
    #[cold]
    fn after_a_change(
        &self,
        (anchor, local): (i64, L::Anchor),
        at: i64,
        stretch: &Stretch,
    ) -> Option<(u64, bool)> {
        let zone: TimeZone = self.calendar.zone.clone();
        let boundaries = Boundaries::new(Instant::from_micros(anchor), self.period, false, zone);
        let at = Instant::from_micros(at);
        let known = if anchor < stretch.from {
            let before = stretch.from.wrapping_add(stretch.ahead_before).cast_unsigned();
            self.local.before(local, before)?.0
        } else {
            0
        };
        let more = boundaries.count(Instant::from_micros(stretch.from), at)?;
        Some((known.checked_add(more)?, boundaries.at_or_after(at) == Some(at)))
    }
}

/// Days of local time.
pub(super) struct LocalDays;

impl Local for LocalDays {
    type Anchor = u64;

    #[inline]
    fn anchor(&self, local: u64) -> Option<u64> {
        Some(local)
    }

    #[inline]
    fn before(&self, anchor: u64, local: u64) -> Option<(u64, bool)> {
        Some(begun::<{ DAY.cast_unsigned() }>(local.wrapping_sub(anchor)))
    }
}

/// So many months of local time; the last day of a month that is too short.
pub(super) struct LocalMonths<'a, const MONTHS: u64>(pub(super) &'a Dates);

/// Month, day and microsecond of the day.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalTime {
    month: u32,
    day: u32,
    micros: u64,
}

impl<const MONTHS: u64> LocalMonths<'_, MONTHS> {
    /// The local time, and how long its month is.
    #[inline]
    fn of(&self, local: u64) -> Option<(LocalTime, u32)> {
        let number = local.checked_div(DAY.cast_unsigned())?;
        let date = self.0.at(number)?;
        let micros = local.wrapping_sub(number.wrapping_mul(DAY.cast_unsigned()));
        Some((LocalTime { month: date.month, day: date.day, micros }, date.length))
    }
}

impl<const MONTHS: u64> Local for LocalMonths<'_, MONTHS> {
    type Anchor = LocalTime;

    #[inline]
    fn anchor(&self, local: u64) -> Option<LocalTime> {
        self.of(local).map(|(time, _)| time)
    }

    #[inline]
    fn before(&self, anchor: LocalTime, local: u64) -> Option<(u64, bool)> {
        let (now, length) = self.of(local)?;
        let due = (anchor.day.min(length), anchor.micros);
        let months = u64::from(now.month.wrapping_sub(anchor.month));
        let count = months.wrapping_add(u64::from((now.day, now.micros) > due));
        let exact = (now.day, now.micros) == due && months.is_multiple_of(MONTHS);
        Some((count.div_ceil(MONTHS), exact))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    const QUARTER: i64 = 15 * 60_000_000;

    /// What the tables tell of periods from an anchor on, and what the boundaries themselves do, at an instant.
    fn is_told<O: Ordinal>(ordinal: &O, boundaries: &Boundaries, anchor: i64, at: i64) -> bool {
        let exact = Instant::from_micros(at);
        let count = boundaries.count(Instant::from_micros(anchor), exact);
        let told = ordinal.before(ordinal.anchor(anchor).unwrap(), at);
        told.is_some() && told == count.map(|count| (count, boundaries.at_or_after(exact) == Some(exact)))
    }

    /// Local times that come twice, or were left out, are the anchors' and the instants' that are asked for.
    #[test]
    fn periods_with_an_anchor_are_told_around_a_change_of_clocks() {
        for (name, day) in [
            ("America/New_York", "2024-03-10T00:00:00Z"),
            ("America/New_York", "2024-11-03T00:00:00Z"),
            ("Australia/Lord_Howe", "2024-04-06T00:00:00Z"),
            ("Australia/Lord_Howe", "2024-10-05T00:00:00Z"),
            ("America/St_Johns", "2010-11-07T00:00:00Z"),
            ("Antarctica/Troll", "2024-03-31T00:00:00Z"),
        ] {
            let zone = TimeZone::get(name).unwrap();
            let change = zone.following(day.parse().unwrap()).next().unwrap().timestamp().as_microsecond();
            let calendar = Calendar::new(zone.clone(), change - 40 * DAY, change + 3 * DAY);
            let (offsets, dates) = (calendar.offsets().unwrap(), calendar.dates().unwrap());
            for back in [0, 1, 31] {
                for half in -6..=6 {
                    let anchor = change - back * DAY + half * 2 * QUARTER;
                    for (period, more) in
                        (-12..=12).flat_map(|more| [(Period::Day, more), (Period::Month, more)])
                    {
                        let at = change + more * QUARTER;
                        let boundaries =
                            Boundaries::new(Instant::from_micros(anchor), period, false, zone.clone());
                        let calendar = &calendar;
                        // One instant is before its quarter, one at it, one after.
                        for at in [at - 1, at, at + 1].into_iter().filter(|at| *at > anchor) {
                            let told = if period == Period::Day {
                                let ordinal = Anchored { calendar, offsets, period, local: LocalDays };
                                is_told(&ordinal, &boundaries, anchor, at)
                            } else {
                                let ordinal =
                                    Anchored { calendar, offsets, period, local: LocalMonths::<1>(dates) };
                                is_told(&ordinal, &boundaries, anchor, at)
                            };
                            assert!(told, "{name}: {period:?} from {back} days before and {half}, {more}");
                        }
                    }
                }
            }
        }
    }
}
