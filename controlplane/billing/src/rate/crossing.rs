//! When a prepaid balance would fall below 0 (B2).

use super::{Charge, Contract, PlanVersion, RateError, Resource, Window, rate};
use crate::period::day_start;
use jiff::civil::Date;
use schemas::{money::Money, time::Instant};
use std::collections::BTreeMap;

/// The step that would take a balance below 0. All that a contract is charged at one instant is one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// When.
    pub at: Instant,
    /// The balance just before the step.
    pub before: Money,
    /// What the whole step costs, more than that.
    pub step: Money,
}

/// The earliest instant in `[from, horizon)` at which a step would take `balance` below 0, if nothing changes until
/// then. `balance` is what is left once everything before `from` is charged; where it is below 0 already, that instant
/// is `from`.
///
/// # Errors
/// See [`RateError`].
pub fn crossing(
    contract: &Contract,
    versions: &[PlanVersion],
    resources: &[Resource],
    balance: Money,
    from: Instant,
    horizon: Instant,
) -> Result<Option<Crossing>, RateError> {
    let charges = |from, to| rate(contract, versions, resources, Window { from, to });
    let cost = |from, to| charges(from, to).and_then(|charges| sum(&charges));
    let balance = i128::from(balance.units());
    let (lo, hi, left) = if balance < 0 {
        (from, just_after(from), balance)
    } else {
        let Some((day, left)) = last_day(&charges(from, horizon)?, balance)? else { return Ok(None) };
        let begin = |day: Option<Date>| day.and_then(|day| day_start(day, &contract.zone));
        let end = begin(day.tomorrow().ok()).map_or(horizon, |end| end.min(horizon));
        (begin(Some(day)).map_or(from, |begin| begin.max(from)), end, left)
    };
    // What [lo, known) costs is there; what [lo, beyond) costs is not.
    let (mut known, mut beyond) = (lo, hi);
    while just_after(known) < beyond {
        let middle = midpoint(known, beyond);
        if cost(lo, middle)? > left {
            beyond = middle;
        } else {
            known = middle;
        }
    }
    let before = left.checked_sub(cost(lo, known)?).ok_or(RateError::Total)?;
    Ok(Some(Crossing { at: known, before: money(before)?, step: money(cost(known, beyond)?)? }))
}

/// The day whose charges `balance` does not cover any more, and what is left of it when that day begins.
fn last_day(charges: &[Charge], balance: i128) -> Result<Option<(Date, i128)>, RateError> {
    let mut days = BTreeMap::<Date, i128>::new();
    for charge in charges {
        let mut day = Some(charge.first_day);
        while let Some(date) = day.filter(|day| *day <= charge.last_day) {
            let sum = days.entry(date).or_default();
            *sum = sum.checked_add(charge.amount_per_day.units().into()).ok_or(RateError::Total)?;
            day = date.tomorrow().ok();
        }
    }
    let mut left = balance;
    for (day, amount) in days {
        if amount > left {
            return Ok(Some((day, left)));
        }
        left = left.checked_sub(amount).ok_or(RateError::Total)?;
    }
    Ok(None)
}

/// What charges cost in all, in units of 10^-7 rubles.
fn sum(charges: &[Charge]) -> Result<i128, RateError> {
    let mut totals = charges.iter().map(|charge| i128::from(charge.total.units()));
    totals.try_fold(0_i128, i128::checked_add).ok_or(RateError::Total)
}

fn money(units: i128) -> Result<Money, RateError> {
    i64::try_from(units).map(Money::from_units).map_err(|_| RateError::Total)
}

fn just_after(instant: Instant) -> Instant {
    Instant::from_micros(instant.micros().saturating_add(1))
}

/// An instant between the two, and neither of them where there is one.
fn midpoint(from: Instant, to: Instant) -> Instant {
    let half = to.micros().saturating_sub(from.micros()).checked_div(2).unwrap_or(0);
    Instant::from_micros(from.micros().saturating_add(half))
}
