//! What the closing of some days of a contract books, computed the same way whenever it is computed (P2, P9).

use super::{
    super::Error,
    first_day,
    rated::{Terms, text},
    report, start, tomorrow, zone,
};
use ::billing::rate::{self, Correction};
use jiff::civil::Date;
use schemas::money::Money;
use std::collections::BTreeMap;
use store::model::{
    charge::{Charge as Row, NewCharge},
    closing::Closing,
    contract::Contract,
    resource::Resource,
};

/// What a closing books.
pub(super) struct Lines {
    /// Its charges, corrections of days that closed before included.
    pub charges: Vec<NewCharge>,
    /// What each day comes to, days that come to nothing left out.
    pub totals: BTreeMap<Date, Money>,
}

impl Lines {
    /// What `closing` books by what was known. `corrected` is all that was booked before, where evidence came since
    /// that may change what it should have been (P10).
    ///
    /// # Errors
    /// When the contract cannot be rated.
    pub(super) fn of(
        contract: &Contract,
        terms: &Terms,
        closing: &Closing,
        corrected: Option<&[Row]>,
    ) -> Result<Self, Error> {
        let zone = zone(contract)?;
        let day_start = |day| start(day, &zone);
        let window =
            rate::Window { from: day_start(closing.first_day)?, to: day_start(tomorrow(closing.last_day)?)? };
        let mut booked = terms.rate(window)?;
        let resources = terms.resources();
        let new = |charge: &rate::Charge, corrects: Option<i64>| {
            new_charge(closing, charge, corrects, resources.get(&charge.resource).copied())
        };
        let mut charges = booked.iter().map(|charge| new(charge, None)).collect::<Result<Vec<_>, Error>>()?;
        if let Some(rows) = corrected {
            let window = rate::Window { from: day_start(first_day(contract, &zone))?, to: window.from };
            for Correction { line, charge } in corrections(rows, &terms.rate(window)?, closing.first_day)? {
                charges.push(new(&charge, line)?);
                booked.push(charge);
            }
        }
        Ok(Self { charges, totals: day_totals(&booked)? })
    }
}

/// What closed days should have cost, less what was booked for them.
fn corrections(rows: &[Row], rerated: &[rate::Charge], open_day: Date) -> Result<Vec<Correction>, Error> {
    let booked = rows
        .iter()
        .map(|row| Ok(rate::Booked { id: row.id, charge: report::charge(row)? }))
        .collect::<Result<Vec<_>, Error>>()?;
    rate::correct(&booked, rerated, open_day).map_err(|error| Error::Internal(error.to_string()))
}

/// What each day cost, days that cost nothing left out.
fn day_totals(charges: &[rate::Charge]) -> Result<BTreeMap<Date, Money>, Error> {
    let mut totals: BTreeMap<Date, Money> = BTreeMap::new();
    for charge in charges.iter().filter(|charge| charge.amount_per_day != Money::ZERO) {
        let mut day = charge.first_day;
        while day <= charge.last_day {
            let total = totals.entry(day).or_default();
            *total = total
                .checked_add(charge.amount_per_day)
                .ok_or_else(|| Error::internal("ledger", "a day's total is out of range"))?;
            day = tomorrow(day)?;
        }
    }
    // A correction may set off what the day cost.
    totals.retain(|_, total| *total != Money::ZERO);
    Ok(totals)
}

fn new_charge(
    closing: &Closing,
    charge: &rate::Charge,
    corrects: Option<i64>,
    resource: Option<&Resource>,
) -> Result<NewCharge, Error> {
    let number = |quantity: u64| i64::try_from(quantity).map_err(|error| Error::internal("charge", error));
    Ok(NewCharge {
        partner_id: closing.partner_id,
        contract_id: closing.contract_id,
        run_id: closing.run_id,
        resource: charge.resource,
        resource_kind: resource.map_or_else(String::new, |row| row.kind.clone()),
        resource_name: resource.map_or_else(String::new, |row| row.name.clone()),
        project_id: resource.and_then(|row| row.project_id),
        service: charge.service.to_string(),
        kind: text(&charge.kind)?,
        first_day: charge.first_day,
        last_day: charge.last_day,
        plan_id: charge.plan,
        plan_version: charge.version,
        grant_id: charge.grant,
        period: text(&charge.period)?,
        calendar: charge.calendar,
        price: Money::from_units(charge.price.units()),
        starts_per_day: i64::from(charge.starts_per_day),
        rises_per_day: i64::from(charge.rises_per_day),
        quantity_per_day: number(charge.quantity_per_day)?,
        amount_per_day: charge.amount_per_day,
        total: charge.total,
        rule: text(&charge.rule)?,
        about_day: charge.corrects.unwrap_or(charge.first_day),
        corrects,
    })
}
