//! What late evidence changes in days that have closed (P10).

use super::{Charge, ChargeKind, RateError, Rule};
use jiff::civil::Date;
use schemas::{money::Money, service::Service};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A charge that was booked, a correction too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The number of its line; a later line has a higher one.
    pub id: i64,
    /// The charge.
    pub charge: Charge,
}

/// A charge that sets a closed day right, on an open one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The line that it corrects: the last one about the closed day; `None` where nothing was booked for it.
    pub line: Option<i64>,
    /// The charge: its amount is what the closed day should have cost less what was booked for it. Starts, rises and
    /// quantity are 0.
    pub charge: Charge,
}

/// What was booked for one service of one resource on a closed day, and what should have been.
#[derive(Default)]
struct Cell<'a> {
    more: i128,
    line: Option<&'a Booked>,
    rerated: Option<&'a Charge>,
}

/// What closed days cost as they are rated now, less what was `booked` for them: one correction for each resource,
/// service and closed day, on `open_day`. Where nothing has changed there is none, so that what is corrected once
/// stays so. `booked` and `rerated` are all charges of the same closed days, whatever the order.
///
/// # Errors
/// When an amount does not fit.
pub fn correct(booked: &[Booked], rerated: &[Charge], open_day: Date) -> Result<Vec<Correction>, RateError> {
    let mut cells = BTreeMap::<(Uuid, Service, Date), Cell<'_>>::new();
    for line in booked {
        for (day, amount) in days(&line.charge) {
            let cell = cells.entry((line.charge.resource, line.charge.service, day)).or_default();
            cell.more = cell.more.checked_sub(amount).ok_or(RateError::Total)?;
            if cell.line.is_none_or(|last| last.id < line.id) {
                cell.line = Some(line);
            }
        }
    }
    for charge in rerated {
        for (day, amount) in days(charge) {
            let cell = cells.entry((charge.resource, charge.service, day)).or_default();
            cell.more = cell.more.checked_add(amount).ok_or(RateError::Total)?;
            cell.rerated = Some(charge);
        }
    }
    let changed = cells.into_iter().filter(|(_, cell)| cell.more != 0);
    changed.filter_map(|((_, _, day), cell)| correction(day, &cell, open_day).transpose()).collect()
}

/// The closed days that a charge is about, each with its amount.
fn days(charge: &Charge) -> impl Iterator<Item = (Date, i128)> + use<> {
    let amount = i128::from(charge.amount_per_day.units());
    let (first, last) = charge.corrects.map_or((charge.first_day, charge.last_day), |day| (day, day));
    let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
    days.take_while(move |day| *day <= last).map(move |day| (day, amount))
}

fn correction(day: Date, cell: &Cell<'_>, open_day: Date) -> Result<Option<Correction>, RateError> {
    let Some(charge) = cell.line.map(|line| &line.charge).or(cell.rerated) else { return Ok(None) };
    let more = Money::from_units(i64::try_from(cell.more).map_err(|_| RateError::Total)?);
    let charge = Charge {
        kind: ChargeKind::Correction,
        first_day: open_day,
        last_day: open_day,
        corrects: Some(day),
        starts_per_day: 0,
        rises_per_day: 0,
        quantity_per_day: 0,
        amount_per_day: more,
        total: more,
        rule: Rule::P10,
        ..charge.clone()
    };
    Ok(Some(Correction { line: cell.line.map(|line| line.id), charge }))
}
