//! Charging by the share of the period that was used (R1).

use super::item::divide_half_even;
use schemas::{resource::tariff_plan::PlanItem, time::Instant};

/// How much of a period was used, and how much of that is booked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// The true length of the whole period in microseconds, above 0.
    whole: i64,
    /// Up to where use is counted.
    pub(super) until: Instant,
    /// Quantity times microseconds, up to there.
    used: i128,
    /// How much of the rounded cumulative amount is booked, in units of 10^-7 rubles.
    booked: i128,
}

impl Share {
    /// Nothing used yet of the period that begins at `start`. It is a part of the whole one in `[from, to)`.
    pub(super) fn new(start: Instant, from: Instant, to: Instant) -> Option<Self> {
        let whole = to.micros().checked_sub(from.micros())?;
        (whole > 0).then_some(Self { whole, until: start, used: 0, booked: 0 })
    }

    /// Counts `quantity` until `instant`. `None` if that does not fit.
    pub(super) fn count(&mut self, quantity: u64, instant: Instant) -> Option<()> {
        let time = instant.micros().checked_sub(self.until.micros())?;
        self.used = self.used.checked_add(i128::from(quantity).checked_mul(time.into())?)?;
        self.until = instant;
        Some(())
    }

    /// Books what is counted: the rounded amount so far less what was booked before, so that the parts add up to the
    /// rounded whole. `divisor` base units cost the item's price for a whole period. `None` if that does not fit.
    pub(super) fn book(&mut self, item: PlanItem, divisor: i128) -> Option<i128> {
        let product = i128::from(item.price.units()).checked_mul(self.used)?;
        let amount = divide_half_even(product, divisor.checked_mul(self.whole.into())?)?;
        let more = amount.checked_sub(self.booked)?;
        self.booked = amount;
        Some(more)
    }
}
