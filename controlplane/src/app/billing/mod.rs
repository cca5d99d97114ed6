//! Billing: charges and ledger entries of the days that have closed, contract by contract (P9, P10, B1).

mod impact;
mod rated;
mod report;

pub(super) use impact::{Impact, impact};
pub use report::report;

use super::{App, Error, note};
use ::billing::{period, rate};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use rated::rated;
use schemas::{money::Money, span::Span, time::Instant};
use std::collections::BTreeMap;
use store::{
    Tx, Visible,
    model::{
        charge::NewCharge,
        contract::Contract,
        ledger::{LedgerEntry, NewLedgerTransaction},
        resource::Resource,
    },
    queries,
};
use uuid::Uuid;

/// The ledger account of what a client owes (negative) or has paid (positive).
pub(crate) const CLIENT_ACCOUNT: &str = "client";

/// The ledger account of what the partner earned.
const REVENUE_ACCOUNT: &str = "revenue";

/// Contracts that are read at once.
const CONTRACTS_AT_ONCE: i64 = 500;

/// How long after its local end a civil day closes (P10).
pub const CLOSE_AFTER: Span = Span::from_s(24 * 3600);

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Contracts that were billed.
    pub contracts: i64,
    /// Charges that were booked.
    pub charges: i64,
    /// Contracts that were parked, each with its reason.
    pub parked: i64,
}

/// Books every day that has closed by `to`, for every contract. The same bounds book nothing twice. A contract that
/// cannot be rated is parked with the reason; the others go on.
///
/// # Errors
/// When the database fails.
pub async fn run(app: &App, to: Instant) -> Result<Summary, Error> {
    let now = app.clock.now();
    let to = to.min(now);
    let mut tx = app.store.begin().await?;
    let run = queries::run::start(&mut tx, to, now, now).await?;
    tx.commit().await?;
    let mut summary = Summary::default();
    let mut after_id = 0;
    loop {
        let mut reader = app.store.read().await?;
        let contracts =
            queries::contract::after(&mut reader, &Visible::All, after_id, CONTRACTS_AT_ONCE).await?;
        drop(reader);
        let Some(last) = contracts.last() else { break };
        after_id = last.id;
        for contract in &contracts {
            bill(app, run.id, contract, Bounds { to, cutoff: now }, &mut summary).await?;
        }
    }
    let outcome = queries::run::Outcome {
        contracts: summary.contracts,
        charges: summary.charges,
        failed: summary.parked,
    };
    let mut tx = app.store.begin().await?;
    queries::run::finish(&mut tx, run.id, outcome, app.clock.now()).await?;
    tx.commit().await?;
    Ok(summary)
}

/// What a run takes into account: facts before `to` that were recorded before `cutoff` (P9).
#[derive(Clone, Copy, Debug)]
struct Bounds {
    to: Instant,
    cutoff: Instant,
}

async fn bill(
    app: &App,
    run_id: i64,
    contract: &Contract,
    bounds: Bounds,
    summary: &mut Summary,
) -> Result<(), Error> {
    match book(app, run_id, contract, bounds).await {
        Ok(None) => Ok(()),
        Ok(Some(charges)) => {
            summary.contracts += 1;
            summary.charges += charges;
            Ok(())
        }
        Err(Error::Unavailable(error)) => Err(Error::Unavailable(error)),
        Err(error) => {
            let reason = error.to_string();
            tracing::error!(contract = %contract.public_id, %reason, "contract parked");
            summary.parked += 1;
            let is_news = contract.parked_reason.as_ref() != Some(&reason);
            let mut tx = app.store.begin().await?;
            queries::contract::set_parked(&mut tx, contract.partner_id, contract.id, Some(&reason)).await?;
            if let Some(client_id) = contract.client_id.filter(|_| is_news) {
                let text = format!("Billing leaves the contract \"{}\" out for now: {reason}", contract.name);
                note::by_system(&mut tx, (contract.partner_id, client_id), text, app.clock.now()).await?;
            }
            tx.commit().await?;
            Ok(())
        }
    }
}

/// Books the closed days of one contract in one transaction; none where there is no new one.
async fn book(app: &App, run_id: i64, contract: &Contract, bounds: Bounds) -> Result<Option<i64>, Error> {
    let zone = zone(contract)?;
    let Some(last_day) = last_closed_day(bounds.to, &zone) else { return Ok(None) };
    let mut tx = app.store.begin().await?;
    let contract = queries::contract::lock(&mut tx, contract.partner_id, contract.id).await?;
    let first_day = first_open_day(&contract, &zone)?;
    let ended = contract.closed_at.is_some_and(|at| period::civil_day(at, &zone) < first_day);
    if first_day > last_day || ended {
        return Ok(None);
    }
    let window = rate::Window { from: start(first_day, &zone)?, to: start(tomorrow(last_day)?, &zone)? };
    let rated = rated(&mut tx, &contract, window, bounds.cutoff).await?;
    let charges = rated
        .charges
        .iter()
        .map(|charge| new_charge(&contract, run_id, charge, rated.resources.get(&charge.resource)))
        .collect::<Result<Vec<_>, Error>>()?;
    let written = queries::charge::insert(&mut tx, &charges).await?;
    post(&mut tx, &contract, &rated.charges, bounds.cutoff).await?;
    queries::contract::set_booked_to(&mut tx, contract.partner_id, contract.id, last_day).await?;
    if contract.parked_reason.is_some() {
        queries::contract::set_parked(&mut tx, contract.partner_id, contract.id, None).await?;
    }
    tx.commit().await?;
    i64::try_from(written).map(Some).map_err(|error| Error::internal("charges", error))
}

/// One ledger transaction for each day that cost something.
async fn post(tx: &mut Tx, contract: &Contract, charges: &[rate::Charge], at: Instant) -> Result<(), Error> {
    for (day, amount) in day_totals(charges)? {
        let owed = amount.checked_neg().ok_or_else(|| Error::internal("ledger", "amount out of range"))?;
        let transaction = NewLedgerTransaction {
            partner_id: contract.partner_id,
            key: format!("charges/{}/{day}", contract.public_id),
            contract_id: contract.id,
            kind: "charges".to_owned(),
            day: Some(day),
            at,
        };
        let entries = [
            LedgerEntry { account: CLIENT_ACCOUNT.to_owned(), amount: owed },
            LedgerEntry { account: REVENUE_ACCOUNT.to_owned(), amount },
        ];
        queries::ledger::post(tx, &transaction, &entries).await?;
    }
    Ok(())
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
    Ok(totals)
}

fn new_charge(
    contract: &Contract,
    run_id: i64,
    charge: &rate::Charge,
    resource: Option<&Resource>,
) -> Result<NewCharge, Error> {
    let number = |quantity: u64| i64::try_from(quantity).map_err(|error| Error::internal("charge", error));
    Ok(NewCharge {
        partner_id: contract.partner_id,
        contract_id: contract.id,
        run_id,
        resource: charge.resource,
        resource_kind: resource.map_or_else(String::new, |row| row.kind.clone()),
        resource_name: resource.map_or_else(String::new, |row| row.name.clone()),
        project_id: resource.and_then(|row| row.project_id),
        service: charge.service.to_string(),
        kind: rated::text(&charge.kind)?,
        first_day: charge.first_day,
        last_day: charge.last_day,
        plan_id: charge.plan,
        plan_version: charge.version,
        grant_id: charge.grant,
        period: rated::text(&charge.period)?,
        calendar: charge.calendar,
        price: Money::from_units(charge.price.units()),
        starts_per_day: i64::from(charge.starts_per_day),
        rises_per_day: i64::from(charge.rises_per_day),
        quantity_per_day: number(charge.quantity_per_day)?,
        amount_per_day: charge.amount_per_day,
        total: charge.total,
        rule: rated::text(&charge.rule)?,
    })
}

/// The zone of a contract's civil days (T2).
fn zone(contract: &Contract) -> Result<TimeZone, Error> {
    TimeZone::get(&contract.time_zone).map_err(|error| Error::internal("time zone", error))
}

/// The first day that is not booked: the day after the last booked one, or the day the contract was made.
fn first_open_day(contract: &Contract, zone: &TimeZone) -> Result<Date, Error> {
    contract.booked_to.map_or_else(|| Ok(period::civil_day(contract.created_at, zone)), tomorrow)
}

/// The last day that has closed by `to` (P10); none where the time has only begun.
fn last_closed_day(to: Instant, zone: &TimeZone) -> Option<Date> {
    let micros = to.micros().checked_sub(CLOSE_AFTER.as_micros())?;
    period::civil_day(Instant::from_micros(micros), zone).checked_sub(1.day()).ok()
}

fn tomorrow(day: Date) -> Result<Date, Error> {
    day.checked_add(1.day()).map_err(|error| Error::internal("day", error))
}

fn start(day: Date, zone: &TimeZone) -> Result<Instant, Error> {
    period::day_start(day, zone).ok_or_else(|| Error::internal("day", format!("{day} does not begin")))
}

/// Names of resources by id.
type Names = BTreeMap<Uuid, String>;
