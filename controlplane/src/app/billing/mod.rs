//! Billing: charges and ledger entries of the days that have closed, contract by contract (P9, P10, B1).

mod balance;
mod explain;
mod impact;
mod lines;
mod rated;
mod replay;
mod report;
mod rerun;
mod standing;
mod verify;

pub(crate) use balance::balances;
pub use explain::explain;
pub(super) use impact::{Impact, impact};
pub use report::{Parts, report};
pub use rerun::{Rerun, Scope, rerun};
use standing::settle;
pub use standing::settle_due;
pub(crate) use standing::{After, Said, settle_or_put_off, stops_at};
pub use verify::verify;

use super::{App, Error, note};
use ::billing::period;
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use lines::Lines;
use rated::Terms;
use schemas::{money::Money, span::Span, time::Instant};
use std::collections::BTreeMap;
use store::{
    ListQuery, Page, StoreError, Tx, Visible,
    model::{
        charge::{BillRun, Charge as Row},
        closing::Closing,
        contract::Contract,
        ledger::{LedgerEntry, NewLedgerTransaction, Posted, TransactionKind},
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
    let run = begin(app, to).await?;
    let mut summary = Summary::default();
    let total = count(app, &Visible::All).await?;
    let (mut after_id, mut done) = (0, 0);
    loop {
        let mut reader = app.store.read().await?;
        let contracts =
            queries::contract::after(&mut reader, &Visible::All, after_id, CONTRACTS_AT_ONCE).await?;
        drop(reader);
        let Some(last) = contracts.last() else { break };
        after_id = last.id;
        for contract in &contracts {
            bill(app, run.id, contract, run.to_at, &mut summary).await?;
            done += 1;
            progress(done, total);
        }
    }
    finish(app, run.id, summary).await?;
    Ok(summary)
}

/// Begins a run that books what has closed by `to`.
async fn begin(app: &App, to: Instant) -> Result<BillRun, Error> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let run = queries::run::start(&mut tx, to.min(now), now, now).await?;
    tx.commit().await?;
    Ok(run)
}

/// Ends a run.
async fn finish(app: &App, run_id: i64, summary: Summary) -> Result<(), Error> {
    let outcome = queries::run::Outcome {
        contracts: summary.contracts,
        charges: summary.charges,
        failed: summary.parked,
    };
    let mut tx = app.store.begin().await?;
    queries::run::finish(&mut tx, run_id, outcome, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// How many contracts somebody sees.
async fn count(app: &App, visible: &Visible) -> Result<i64, Error> {
    let mut reader = app.store.read().await?;
    let one = ListQuery { page: Page::Offset { page: 1, limit: 1 }, ..ListQuery::default() };
    Ok(queries::contract::list(&mut reader, visible, &one).await?.total)
}

async fn bill(
    app: &App,
    run_id: i64,
    contract: &Contract,
    to: Instant,
    summary: &mut Summary,
) -> Result<(), Error> {
    match book(app, run_id, contract, to).await {
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

/// Books the days of one contract that have closed by `to` in one transaction, with what is to be corrected in those that
/// closed before; none where there is no new one.
async fn book(app: &App, run_id: i64, contract: &Contract, to: Instant) -> Result<Option<i64>, Error> {
    let zone = zone(contract)?;
    let Some(last_day) = last_closed_day(to, &zone) else { return Ok(None) };
    let mut tx = app.store.begin().await?;
    let contract = lock_contract(&mut tx, contract).await?;
    // Nobody says anything of the contract from here to the end: what counts is exactly what was recorded before.
    let cutoff_at = app.clock.now();
    // How it stands decides what is charged.
    let contract = settle(&mut tx, &contract, cutoff_at, After::Nothing).await?;
    let first_day = first_open_day(&contract, &zone)?;
    let ended = contract.closed_at.is_some_and(|at| period::civil_day(at, &zone) < first_day);
    if first_day > last_day || ended {
        tx.commit().await?;
        return Ok(None);
    }
    let terms = Terms::as_of(&mut tx, &contract, cutoff_at).await?;
    let (partner_id, contract_id, evidence) = (contract.partner_id, contract.id, terms.evidence);
    let closing = Closing { partner_id, contract_id, last_day, first_day, run_id, cutoff_at, evidence };
    let corrected = corrected(&mut tx, &contract, evidence).await?;
    let lines = Lines::of(&contract, &terms, &closing, corrected.as_deref())?;
    let written = queries::charge::insert(&mut tx, &lines.charges).await?;
    post(&mut tx, &contract, &lines.totals, cutoff_at).await?;
    queries::closing::insert(&mut tx, &closing).await?;
    queries::contract::set_booked_to(&mut tx, partner_id, contract_id, last_day).await?;
    if contract.parked_reason.is_some() {
        queries::contract::set_parked(&mut tx, partner_id, contract_id, None).await?;
    }
    tx.commit().await?;
    i64::try_from(written.len()).map(Some).map_err(|error| Error::internal("charges", error))
}

/// All that is booked of a contract, where evidence came since the last closing that may change what it should have been
/// (P10). It is counted, not searched for by its time: a fact whose transaction was still open at the last cut-off is
/// found too.
async fn corrected(tx: &mut Tx, contract: &Contract, evidence: i64) -> Result<Option<Vec<Row>>, Error> {
    let Some(last_day) = contract.booked_to else { return Ok(None) };
    let (partner_id, id) = (contract.partner_id, contract.id);
    let last = queries::closing::last(tx, partner_id, id).await?;
    if last.is_some_and(|last| last.evidence == evidence) {
        return Ok(None);
    }
    let first_day = first_day(contract, &zone(contract)?);
    Ok(Some(queries::charge::overlapping(tx, partner_id, id, first_day, last_day).await?))
}

/// One ledger transaction for each day that cost something, once for ever. Answers how many were new.
async fn post(
    tx: &mut Tx,
    contract: &Contract,
    totals: &BTreeMap<Date, Money>,
    at: Instant,
) -> Result<usize, Error> {
    let mut posted = 0;
    for (&day, &amount) in totals {
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
        let became = queries::ledger::post(tx, &transaction, &entries).await?;
        posted += usize::from(matches!(became, Posted::New(_)));
    }
    Ok(posted)
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
pub(crate) fn zone(contract: &Contract) -> Result<TimeZone, Error> {
    TimeZone::get(&contract.time_zone).map_err(|error| Error::internal("time zone", error))
}

/// The day the contract was made.
fn first_day(contract: &Contract, zone: &TimeZone) -> Date {
    period::civil_day(contract.created_at, zone)
}

/// The first day that is not booked: the day after the last booked one, or the day the contract was made.
fn first_open_day(contract: &Contract, zone: &TimeZone) -> Result<Date, Error> {
    contract.booked_to.map_or_else(|| Ok(first_day(contract, zone)), tomorrow)
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
