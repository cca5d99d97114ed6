//! Billing: charges and ledger entries of the days that have closed, contract by contract (P9, P10, B1).

mod balance;
mod explain;
mod impact;
mod rated;
mod report;
mod standing;
mod verify;

pub(crate) use balance::balances;
pub use explain::explain;
pub(super) use impact::{Impact, impact};
pub use report::{Parts, report};
use standing::settle;
pub use standing::settle_due;
pub(crate) use standing::{After, Said, settle_or_put_off, stops_at};
pub use verify::verify;

use super::{App, Error, note};
use ::billing::{
    period,
    rate::{self, Correction},
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use rated::Terms;
use schemas::{money::Money, span::Span, time::Instant};
use std::collections::BTreeMap;
use store::{
    ListQuery, Page, StoreError, Tx, Visible,
    model::{
        charge::NewCharge,
        closing::Closing,
        contract::Contract,
        ledger::{LedgerEntry, NewLedgerTransaction, TransactionKind},
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
/// cannot be rated is parked with the reason; the others go on. `progress` is told how many contracts of how many are
/// done.
///
/// # Errors
/// When the database fails.
pub async fn run(
    app: &App,
    to: Instant,
    mut progress: impl FnMut(i64, i64) + Send,
) -> Result<Summary, Error> {
    let now = app.clock.now();
    let to = to.min(now);
    let mut tx = app.store.begin().await?;
    let run = queries::run::start(&mut tx, to, now, now).await?;
    tx.commit().await?;
    let mut summary = Summary::default();
    let total = count(app).await?;
    let (mut after_id, mut done) = (0, 0);
    loop {
        let mut reader = app.store.read().await?;
        let contracts =
            queries::contract::after(&mut reader, &Visible::All, after_id, CONTRACTS_AT_ONCE).await?;
        drop(reader);
        let Some(last) = contracts.last() else { break };
        after_id = last.id;
        for contract in &contracts {
            bill(app, run.id, contract, Bounds { to, cutoff: now }, &mut summary).await?;
            done += 1;
            progress(done, total);
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

/// How many contracts there are.
async fn count(app: &App) -> Result<i64, Error> {
    let mut reader = app.store.read().await?;
    let one = ListQuery { page: Page::Offset { page: 1, limit: 1 }, ..ListQuery::default() };
    Ok(queries::contract::list(&mut reader, &Visible::All, &one).await?.total)
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
            let contract = lock_contract(&mut tx, contract).await?;
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

/// Books the closed days of one contract in one transaction, with what is to be corrected in those that closed before;
/// none where there is no new one.
async fn book(app: &App, run_id: i64, contract: &Contract, bounds: Bounds) -> Result<Option<i64>, Error> {
    let zone = zone(contract)?;
    let Some(last_day) = last_closed_day(bounds.to, &zone) else { return Ok(None) };
    let mut tx = app.store.begin().await?;
    let contract = lock_contract(&mut tx, contract).await?;
    // How it stands decides what is charged.
    let contract = settle(&mut tx, &contract, bounds.cutoff, After::Nothing).await?;
    let first_day = first_open_day(&contract, &zone)?;
    let ended = contract.closed_at.is_some_and(|at| period::civil_day(at, &zone) < first_day);
    if first_day > last_day || ended {
        tx.commit().await?;
        return Ok(None);
    }
    let window = rate::Window { from: start(first_day, &zone)?, to: start(tomorrow(last_day)?, &zone)? };
    let terms = Terms::load(&mut tx, &contract, bounds.cutoff).await?;
    let mut booked = terms.rate(window)?;
    let corrections = corrections(&mut tx, &contract, &terms, first_day).await?;
    let resources = terms.resources();
    let mut charges = Vec::with_capacity(booked.len() + corrections.len());
    for charge in &booked {
        charges.push(new_charge(&contract, run_id, charge, None, resources.get(&charge.resource).copied())?);
    }
    for Correction { line, charge } in corrections {
        charges.push(new_charge(&contract, run_id, &charge, line, resources.get(&charge.resource).copied())?);
        booked.push(charge);
    }
    let written = queries::charge::insert(&mut tx, &charges).await?;
    post(&mut tx, &contract, &booked, bounds.cutoff).await?;
    let (partner_id, contract_id, cutoff_at) = (contract.partner_id, contract.id, bounds.cutoff);
    let evidence = terms.evidence;
    let closing = Closing { partner_id, contract_id, last_day, first_day, run_id, cutoff_at, evidence };
    queries::closing::insert(&mut tx, &closing).await?;
    queries::contract::set_booked_to(&mut tx, contract.partner_id, contract.id, last_day).await?;
    if contract.parked_reason.is_some() {
        queries::contract::set_parked(&mut tx, contract.partner_id, contract.id, None).await?;
    }
    tx.commit().await?;
    i64::try_from(written).map(Some).map_err(|error| Error::internal("charges", error))
}

/// What evidence that came since the last closing changes in the closed days (P10), to be booked on `open_day`. It is
/// counted, not searched for by its time: a fact whose transaction was still open at the last cut-off is found too.
async fn corrections(
    tx: &mut Tx,
    contract: &Contract,
    terms: &Terms,
    open_day: Date,
) -> Result<Vec<Correction>, Error> {
    let Some(last_day) = contract.booked_to else { return Ok(Vec::new()) };
    let last = queries::closing::last(tx, contract.partner_id, contract.id).await?;
    if last.is_some_and(|last| last.evidence == terms.evidence) {
        return Ok(Vec::new());
    }
    let zone = zone(contract)?;
    let first_day = period::civil_day(contract.created_at, &zone);
    let window = rate::Window { from: start(first_day, &zone)?, to: start(open_day, &zone)? };
    let rerated = terms.rate(window)?;
    let rows =
        queries::charge::overlapping(tx, contract.partner_id, contract.id, first_day, last_day).await?;
    let booked = rows
        .iter()
        .map(|row| Ok(rate::Booked { id: row.id, charge: report::charge(row)? }))
        .collect::<Result<Vec<_>, Error>>()?;
    rate::correct(&booked, &rerated, open_day).map_err(|error| Error::Internal(error.to_string()))
}

/// One ledger transaction for each day that cost something.
async fn post(tx: &mut Tx, contract: &Contract, charges: &[rate::Charge], at: Instant) -> Result<(), Error> {
    for (day, amount) in day_totals(charges)? {
        let owed = amount.checked_neg().ok_or_else(|| Error::internal("ledger", "amount out of range"))?;
        let transaction = NewLedgerTransaction {
            partner_id: contract.partner_id,
            key: format!("charges/{}/{day}", contract.public_id),
            contract_id: contract.id,
            kind: TransactionKind::Charges,
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
    // A correction may set off what the day cost.
    totals.retain(|_, total| *total != Money::ZERO);
    Ok(totals)
}

fn new_charge(
    contract: &Contract,
    run_id: i64,
    charge: &rate::Charge,
    corrects: Option<i64>,
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
        about_day: charge.corrects.unwrap_or(charge.first_day),
        corrects,
    })
}

/// The contract, kept from others until the transaction ends, with its client before it: in that order everywhere.
pub(crate) async fn lock_contract(tx: &mut Tx, contract: &Contract) -> Result<Contract, Error> {
    if let Some(client_id) = contract.client_id {
        match queries::client::lock(tx, contract.partner_id, client_id).await {
            // Its client was deleted meanwhile; the contract is still there.
            Ok(_) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(queries::contract::lock(tx, contract.partner_id, contract.id).await?)
}

/// The civil day of an instant in a contract's zone (T2).
pub(crate) fn civil_day(contract: &Contract, at: Instant) -> Result<Date, Error> {
    Ok(period::civil_day(at, &zone(contract)?))
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

/// The first instant at which what happens now is in the past.
fn just_after(now: Instant) -> Instant {
    Instant::from_micros(now.micros().saturating_add(1))
}

/// Names of resources by id.
type Names = BTreeMap<Uuid, String>;
