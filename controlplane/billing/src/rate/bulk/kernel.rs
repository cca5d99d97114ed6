//! The kernel: a row's cost is the number of periods that begin in it times the price of one, and what it rises by
//! (F1). No row is looked at twice, and no period by itself.

use super::{
    column::Rows,
    ordinal::{Bounded, Ordinal},
};
use schemas::resource::tariff_plan::{PlanItem, While};

/// What a quantity costs for one period. A price is for 2^`BITS` base units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tariff<const BITS: u32> {
    /// 10^-7 rubles.
    price: u64,
    /// Whether a machine must run.
    only_running: bool,
}

impl<const BITS: u32> Tariff<BITS> {
    /// The price of an item.
    pub(super) const fn new(item: &PlanItem) -> Self {
        let only_running = matches!(item.charged_while, While::Running);
        Self { price: item.price.units().unsigned_abs(), only_running }
    }

    /// The price of so many base units times microseconds of a period of this length, half-even (R1).
    fn share(self, used: u128, whole: i64) -> Option<u64> {
        if used == 0 {
            return Some(0);
        }
        let product = u128::from(self.price).checked_mul(used)?;
        let divisor = u128::from(u64::try_from(whole).ok()?) << BITS;
        let floor = product.checked_div(divisor)?;
        let twice = product.wrapping_sub(floor.wrapping_mul(divisor)) << 1;
        let floor = u64::try_from(floor).ok()?;
        let up = twice > divisor || (twice == divisor && floor & 1 == 1);
        floor.checked_add(u64::from(up))
    }

    /// The price of a quantity for one period in 10^-7 rubles, half-even (D1); `None` beyond 64 bits.
    #[inline]
    fn amount(self, quantity: u64) -> Option<u64> {
        // Below 2^44 times below 2^62.
        let product = u128::from(self.price).wrapping_mul(u128::from(quantity));
        let floor = u64::try_from(product >> BITS).ok()?;
        let unit = 1_u64 << BITS;
        let rest = self.price.wrapping_mul(quantity) & unit.wrapping_sub(1);
        // More than a half; or a half, above an odd number. Whole pieces leave no rest, and the unit is 1.
        floor.checked_add(u64::from((rest << 1) | (floor & 1) > unit))
    }
}

/// What the rows cost before `end`, in 10^-7 rubles; `None` where the tables do not tell, or a number does not fit.
#[inline(never)]
pub(super) fn full_periods<O: Ordinal, const BITS: u32>(
    rows: Rows<'_>,
    ordinal: &O,
    tariff: Tariff<BITS>,
    end: i64,
) -> Option<u64> {
    let mut total: u64 = 0;
    let mut anchor: Option<O::Anchor> = None;
    // Periods begun before the row, whether one begins with it, and what is paid for the one that runs.
    let (mut before, mut at_boundary, mut paid) = (0_u64, true, 0_u64);
    for row in rows.iter() {
        if row.from >= end {
            continue;
        }
        let quantity = row.quantity(tariff.only_running);
        if row.is_anew() || anchor.is_none() {
            if quantity == 0 {
                anchor = None;
                continue;
            }
            anchor = Some(ordinal.anchor(row.from)?);
            (before, at_boundary, paid) = (0, true, 0);
        }
        let amount = tariff.amount(quantity)?;
        let (begun, exact) = ordinal.before(anchor?, row.to.min(end))?;
        let starts = begun.wrapping_sub(before);
        let rise = if at_boundary { 0 } else { amount.saturating_sub(paid) };
        total = total.checked_add(amount.checked_mul(starts)?)?.checked_add(rise)?;
        paid = if starts > 0 { amount } else { amount.max(paid) };
        (before, at_boundary) = (begun, exact);
    }
    Some(total)
}

/// What the rows cost before `end` by the share of each period that they use (R1), in 10^-7 rubles; `None` where the
/// tables do not tell, or a number does not fit. What is used after `booked`, where the last civil day before `end`
/// ends, counts only in periods that end before `end`: the rest is not booked yet.
#[inline(never)]
pub(super) fn shares<O: Bounded, const BITS: u32>(
    rows: Rows<'_>,
    ordinal: &O,
    tariff: Tariff<BITS>,
    (booked, end): (i64, i64),
) -> Option<u64> {
    let mut total: u64 = 0;
    let mut running: Option<Period<O::Anchor>> = None;
    for row in rows.iter() {
        if row.from >= end {
            continue;
        }
        let quantity = row.quantity(tariff.only_running);
        if row.is_anew()
            && let Some(last) = running.take()
        {
            total = total.checked_add(tariff.share(last.booked, last.whole()?)?)?;
        }
        let mut period = match running {
            Some(period) => period,
            None if quantity > 0 => Period::new(ordinal, (row.from, ordinal.anchor(row.from)?), row.from)?,
            None => continue,
        };
        let to = row.to.min(end);
        if to < period.end {
            period.count(quantity, (row.from, to), booked)?;
            running = Some(period);
            continue;
        }
        period.count(quantity, (row.from, period.end), booked)?;
        total = total.checked_add(tariff.share(period.used, period.whole()?)?)?;
        let mut next = Period::new(ordinal, period.anchor, to)?;
        if next.start > period.end {
            // The periods between are used as a whole.
            let before = |at| Some(ordinal.before(period.anchor.1, at)?.0);
            let count = before(next.start)?.checked_sub(before(period.end)?)?;
            total = total.checked_add(tariff.amount(quantity)?.checked_mul(count)?)?;
        }
        next.count(quantity, (next.start, to), booked)?;
        running = Some(next);
    }
    match running {
        Some(last) => total.checked_add(tariff.share(last.booked, last.whole()?)?),
        None => Some(total),
    }
}

/// A period that is charged by its share.
#[derive(Clone, Copy, Debug)]
struct Period<A> {
    anchor: (i64, A),
    start: i64,
    end: i64,
    /// Quantity times microseconds.
    used: u128,
    /// The same up to the end of the last civil day.
    booked: u128,
}

impl<A: Copy> Period<A> {
    /// Nothing used yet of the period that `at` is in.
    fn new<O: Bounded<Anchor = A>>(ordinal: &O, anchor: (i64, A), at: i64) -> Option<Self> {
        let (start, end) = ordinal.around(anchor.0, at)?;
        Some(Self { anchor, start, end, used: 0, booked: 0 })
    }

    /// Its true length.
    const fn whole(&self) -> Option<i64> {
        self.end.checked_sub(self.start)
    }

    /// Counts a quantity for some time.
    fn count(&mut self, quantity: u64, (from, to): (i64, i64), booked: i64) -> Option<()> {
        let used = |to: i64| {
            let time = u64::try_from(to.checked_sub(from)?.max(0)).ok()?;
            u128::from(quantity).checked_mul(u128::from(time))
        };
        self.used = self.used.checked_add(used(to)?)?;
        self.booked = self.booked.checked_add(used(to.min(booked))?)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::Tariff;
    use crate::rate::item::divide_half_even;
    use proptest::prelude::*;

    /// Whether a tariff comes to what the one rounding of money gives, for so much in a period of this length.
    fn agrees<const BITS: u32>(price: u64, quantity: u64, whole: u32) -> bool {
        let tariff = Tariff::<BITS> { price, only_running: false };
        let exact = |divisor: i128| {
            let amount = divide_half_even(i128::from(price) * i128::from(quantity), divisor);
            amount.and_then(|amount| u64::try_from(amount).ok())
        };
        let unit = 1_i128 << BITS;
        tariff.amount(quantity) == exact(unit)
            && tariff.share(quantity.into(), whole.into()) == exact(i128::from(whole) * unit)
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let gb = |price, quantity| Tariff::<10> { price, only_running: false }.amount(quantity);
        assert_eq!([gb(1, 512), gb(3, 512), gb(1, 511), gb(1, 513)], [Some(0), Some(2), Some(0), Some(1)]);
        let part = |used, whole| Tariff::<0> { price: 1, only_running: false }.share(used, whole);
        assert_eq!([part(1, 2), part(3, 2), part(1, 3), part(2, 3)], [Some(0), Some(2), Some(0), Some(1)]);
    }

    proptest! {
        #[test]
        fn it_rounds_as_all_money_is_rounded(
            price in prop_oneof![0..100_u64, 0..1_u64 << 44],
            quantity in prop_oneof![0..5000_u64, 0..1_u64 << 40],
            whole in prop_oneof![1..16_u32, 1..u32::MAX],
        ) {
            prop_assert!(agrees::<10>(price, quantity, whole) && agrees::<0>(price, quantity, whole));
        }
    }
}
