//! Where periods begin: boundaries in a contract's time zone (T1 to T3).

use jiff::{civil::Date, tz::TimeZone};
use schemas::{resource::tariff_plan::Period, time::Instant};

/// The boundaries of a running service's periods.
#[derive(Clone, Debug)]
pub struct Boundaries {
    anchor: Instant,
    period: Period,
    calendar: bool,
    zone: TimeZone,
}

impl Boundaries {
    /// The boundaries that follow from `anchor`, the first instant of a quantity above 0.
    pub const fn new(anchor: Instant, period: Period, calendar: bool, zone: TimeZone) -> Self {
        Self { anchor, period, calendar, zone }
    }

    /// The first boundary after `instant`; `None` beyond the year 9000.
    pub fn after(&self, instant: Instant) -> Option<Instant> {
        let _ = (instant, self.anchor, self.period, self.calendar, &self.zone);
        None
    }
}

/// The civil day in `zone` that `instant` belongs to: the last one that began at or before it (D1, T2).
pub fn civil_day(instant: Instant, zone: &TimeZone) -> Date {
    instant.day_in(zone)
}
