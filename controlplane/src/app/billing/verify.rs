//! What must hold of the ledger and of everything that is booked, checked against the live database.

use super::{
    super::{App, Error},
    CLIENT_ACCOUNT, CONTRACTS_AT_ONCE, count,
    replay::Replay,
    tomorrow,
};
use jiff::civil::Date;
use schemas::money::Money;
use std::collections::BTreeMap;
use store::{
    Conn, Visible,
    model::{
        charge::Charge as Row,
        contract::Contract,
        ledger::{LedgerFilter, TransactionKind},
    },
    queries,
};

/// Transactions that are read at once.
const TRANSACTIONS_AT_ONCE: i64 = 1000;

/// How many unbalanced transactions are named.
const MOST_NAMED: i64 = 100;

/// Checks that the ledger sums to zero, as a whole and in each transaction, that each balance is what its entries add up
/// to, that each day's transaction is what the day's charges add up to, that no charges overlap, and that every closing,
/// rated again by what was known at its cut-off, books what is booked, corrections too. Answers what does not hold. `progress` is told how many contracts of how many are
/// done.
///
/// # Errors
/// When the database fails.
pub async fn verify(app: &App, mut progress: impl FnMut(i64, i64) + Send) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let mut reader = app.store.read().await?;
    let sum = queries::ledger::sum_of_all(&mut reader).await?;
    if sum != Money::ZERO {
        found.push(format!("the ledger sums to {sum}, not to 0"));
    }
    for (partner_id, id) in queries::ledger::unbalanced(&mut reader, MOST_NAMED).await? {
        found.push(format!("transaction {id} of partner {partner_id} does not sum to 0"));
    }
    let total = count(app, &Visible::All).await?;
    let (mut after_id, mut done) = (0, 0);
    loop {
        let contracts =
            queries::contract::after(&mut reader, &Visible::All, after_id, CONTRACTS_AT_ONCE).await?;
        let Some(last) = contracts.last() else { return Ok(found) };
        after_id = last.id;
        for contract in &contracts {
            let named = |text: String| format!("contract {}: {text}", contract.public_id);
            match of_contract(&mut reader, contract).await {
                Ok(texts) => found.extend(texts.into_iter().map(named)),
                Err(Error::Unavailable(error)) => return Err(Error::Unavailable(error)),
                Err(error) => found.push(named(format!("it cannot be checked: {error}"))),
            }
            done += 1;
            progress(done, total);
        }
    }
}

/// What does not hold of one contract.
async fn of_contract(conn: &mut Conn, contract: &Contract) -> Result<Vec<String>, Error> {
    let mut found = ledger(conn, contract).await?;
    let mut replay = Replay::load(conn, contract).await?;
    let mut last = None;
    while let Some(closed) = replay.next(conn).await? {
        let missing = closed.missing();
        if let Some(first) = missing.first() {
            found.push(format!(
                "{} to {}: {} charge(s) are missing, such as {} of {}",
                closed.closing.first_day,
                closed.closing.last_day,
                missing.len(),
                first.service,
                first.resource
            ));
        }
        found.extend(closed.wrong());
        last = Some(closed.closing);
    }
    found.extend(replay.left_over(last.as_ref()));
    Ok(found)
}

/// What does not hold of the ledger of one contract.
pub(super) async fn ledger(conn: &mut Conn, contract: &Contract) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let (folded, mut booked) = fold(conn, contract).await?;
    let balance = queries::ledger::sum(conn, contract.partner_id, contract.id, CLIENT_ACCOUNT).await?;
    if balance != folded {
        found.push(format!("its balance is {balance}, its entries add up to {folded}"));
    }
    let rows =
        queries::charge::overlapping(conn, contract.partner_id, contract.id, Date::MIN, Date::MAX).await?;
    for (day, amount) in by_day(&rows)? {
        let entry = booked.remove(&day).unwrap_or_default();
        if entry.checked_add(amount) != Some(Money::ZERO) {
            found.push(format!("{day}: its charges add up to {amount}, the ledger has {entry}"));
        }
    }
    found.extend(booked.iter().map(|(day, entry)| format!("{day}: the ledger has {entry} without a charge")));
    overlaps(&rows, &mut found);
    Ok(found)
}

/// What the entries of a contract add up to, and what the ledger books for each day.
async fn fold(conn: &mut Conn, contract: &Contract) -> Result<(Money, BTreeMap<Date, Money>), Error> {
    let filter =
        LedgerFilter { contract: Some((contract.partner_id, contract.id)), ..LedgerFilter::default() };
    let (mut sum, mut days, mut before_id) = (Money::ZERO, BTreeMap::new(), 0);
    loop {
        let page =
            queries::ledger::newest(conn, &Visible::All, &filter, before_id, TRANSACTIONS_AT_ONCE).await?;
        let Some(last) = page.rows.last() else { return Ok((sum, days)) };
        before_id = last.id;
        let ids: Vec<i64> = page.rows.iter().map(|row| row.id).collect();
        let entries = queries::ledger::entries(conn, &[contract.partner_id], &ids).await?;
        let of_client = entries.into_iter().filter(|(_, entry)| entry.account == CLIENT_ACCOUNT);
        let amounts: BTreeMap<i64, Money> = of_client.map(|(id, entry)| (id, entry.amount)).collect();
        for row in &page.rows {
            let amount = amounts.get(&row.id).copied().unwrap_or_default();
            sum = add(sum, amount)?;
            if let (TransactionKind::Charges, Some(day)) = (row.kind, row.day) {
                let known: &mut Money = days.entry(day).or_default();
                *known = add(*known, amount)?;
            }
        }
    }
}

/// What the charges of each day add up to, days that cost nothing left out.
fn by_day(rows: &[Row]) -> Result<BTreeMap<Date, Money>, Error> {
    let mut totals: BTreeMap<Date, Money> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.amount_per_day != Money::ZERO) {
        let mut day = row.first_day;
        while day <= row.last_day {
            let total = totals.entry(day).or_default();
            *total = add(*total, row.amount_per_day)?;
            day = tomorrow(day)?;
        }
    }
    Ok(totals)
}

/// Two lines of the same thing, service, plan and version that have a day in common.
fn overlaps(rows: &[Row], found: &mut Vec<String>) {
    let mut last_days = BTreeMap::new();
    for row in rows.iter().filter(|row| row.kind != CORRECTION) {
        let key =
            (row.resource, &row.service, &row.kind, row.plan_id, row.plan_version, row.grant_id, &row.period);
        let before = last_days.insert(key, row.last_day);
        if before.is_some_and(|last| last >= row.first_day) {
            found.push(format!("{}: {} of {} is booked twice", row.first_day, row.service, row.resource));
        }
    }
}

/// The kind of a line that corrects a closed day: it follows from what was known later.
const CORRECTION: &str = "correction";

fn add(one: Money, other: Money) -> Result<Money, Error> {
    one.checked_add(other).ok_or_else(|| Error::internal("ledger", "a total is out of range"))
}
