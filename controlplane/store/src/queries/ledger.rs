//! The ledger.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    list::{Listed, Visible},
    model::ledger::{LedgerEntry, LedgerFilter, LedgerTransaction, NewLedgerTransaction, Posted},
    schema::{contract, ledger_entry, ledger_transaction},
    sql,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::money::Money;
use std::collections::BTreeMap;

/// Whether it may be seen: with the client of its contract, or with the partner.
macro_rules! seen {
    ($only:expr) => {{
        let contracts =
            contract::table.filter(contract::client_id.assume_not_null().eq_any($only.clients.clone()));
        ledger_transaction::partner_id
            .eq_any($only.partners.clone())
            .or(ledger_transaction::contract_id.eq_any(contracts.select(contract::id)))
    }};
}

/// Posts a transaction, once for its key. Entries of one account are added up.
///
/// # Errors
/// `Unbalanced` where the entries do not sum to zero; `ForeignKey` where there is no such contract.
pub async fn post(
    tx: &mut Tx,
    new: &NewLedgerTransaction,
    entries: &[LedgerEntry],
) -> Result<Posted, StoreError> {
    let sums = balance(new, entries)?;
    let written: Option<i64> = query!(tx, |link| diesel::insert_into(ledger_transaction::table)
        .values(new.clone())
        .on_conflict((ledger_transaction::partner_id, ledger_transaction::key))
        .do_nothing()
        .returning(ledger_transaction::id)
        .get_result(link))
    .optional()?;
    let Some(id) = written else {
        let id = query!(tx, |link| ledger_transaction::table
            .filter(ledger_transaction::partner_id.eq(new.partner_id))
            .filter(ledger_transaction::key.eq(&new.key))
            .select(ledger_transaction::id)
            .get_result(link))?;
        return Ok(Posted::AlreadyPosted(id));
    };
    for (account, amount) in sums {
        query!(tx, |link| diesel::insert_into(ledger_entry::table)
            .values((
                ledger_entry::partner_id.eq(new.partner_id),
                ledger_entry::transaction_id.eq(id),
                ledger_entry::account.eq(account),
                ledger_entry::amount.eq(Sql(amount)),
            ))
            .execute(link))?;
    }
    Ok(Posted::New(id))
}

/// The sum of each account, if they are zero together.
fn balance<'a>(
    new: &NewLedgerTransaction,
    entries: &'a [LedgerEntry],
) -> Result<BTreeMap<&'a str, Money>, StoreError> {
    let sum: i128 = entries.iter().map(|entry| i128::from(entry.amount.units())).sum();
    if sum != 0 {
        return Err(StoreError::Unbalanced { key: new.key.clone(), sum });
    }
    let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
    for entry in entries {
        let known = sums.entry(&entry.account).or_default();
        *known = known
            .checked_add(entry.amount)
            .ok_or_else(|| StoreError::Other(format!("the account {} overflows", entry.account)))?;
    }
    Ok(sums)
}

/// The transaction of a key.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    partner_id: i64,
    key: &str,
) -> Result<Option<LedgerTransaction>, StoreError> {
    query!(conn, |link| ledger_transaction::table
        .filter(ledger_transaction::partner_id.eq(partner_id))
        .filter(ledger_transaction::key.eq(key))
        .select(LedgerTransaction::as_select())
        .get_result(link))
    .optional()
}

/// Transactions before this one in the order of posting, the newest first; 0 begins with the last.
///
/// # Errors
/// When the database fails.
pub async fn newest(
    conn: &mut Conn,
    visible: &Visible,
    filter: &LedgerFilter,
    before_id: i64,
    limit: i64,
) -> Result<Listed<LedgerTransaction>, StoreError> {
    macro_rules! filtered {
        () => {{
            let mut query = ledger_transaction::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(partner_id) = filter.partner_id {
                query = query.filter(ledger_transaction::partner_id.eq(partner_id));
            }
            if let Some((partner_id, contract_id)) = filter.contract {
                query = query
                    .filter(ledger_transaction::partner_id.eq(partner_id))
                    .filter(ledger_transaction::contract_id.eq(contract_id));
            }
            if let Some(kind) = filter.kind {
                query = query.filter(ledger_transaction::kind.eq(kind));
            }
            if let Some(from) = filter.from {
                query = query.filter(ledger_transaction::day.assume_not_null().ge(Sql(from)));
            }
            if let Some(to) = filter.to {
                query = query.filter(ledger_transaction::day.assume_not_null().le(Sql(to)));
            }
            query
        }};
    }
    let total = query!(conn, |link| filtered!().count().get_result(link))?;
    let before_id = if before_id == 0 { i64::MAX } else { before_id };
    let rows = query!(conn, |link| filtered!()
        .filter(ledger_transaction::id.lt(before_id))
        .order(ledger_transaction::id.desc())
        .limit(limit)
        .select(LedgerTransaction::as_select())
        .load(link))?;
    Ok(Listed { rows, total })
}

/// The entries of these transactions, each with its transaction's id, in the order of accounts. Transactions are keyed
/// by their partners too.
///
/// # Errors
/// When the database fails.
pub async fn entries(
    conn: &mut Conn,
    partners: &[i64],
    transactions: &[i64],
) -> Result<Vec<(i64, LedgerEntry)>, StoreError> {
    query!(conn, |link| ledger_entry::table
        .filter(ledger_entry::partner_id.eq_any(partners.to_vec()))
        .filter(ledger_entry::transaction_id.eq_any(transactions.to_vec()))
        .order((ledger_entry::transaction_id.asc(), ledger_entry::account.asc()))
        .select((ledger_entry::transaction_id, LedgerEntry::as_select()))
        .load(link))
}

/// The sum of one account over a contract's transactions: its balance.
///
/// # Errors
/// When the database fails.
pub async fn sum(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
    account: &str,
) -> Result<Money, StoreError> {
    let units: Option<i64> = query!(conn, |link| ledger_entry::table
        .inner_join(
            ledger_transaction::table.on(ledger_transaction::partner_id
                .eq(ledger_entry::partner_id)
                .and(ledger_transaction::id.eq(ledger_entry::transaction_id)))
        )
        .filter(ledger_transaction::partner_id.eq(partner_id))
        .filter(ledger_transaction::contract_id.eq(contract_id))
        .filter(ledger_entry::account.eq(account))
        .select(sql::ledger_sum())
        .get_result(link))?;
    Ok(Money::from_units(units.unwrap_or(0)))
}

/// The sum of the whole ledger, which is zero.
///
/// # Errors
/// When the database fails.
pub async fn sum_of_all(conn: &mut Conn) -> Result<Money, StoreError> {
    let units: Option<i64> =
        query!(conn, |link| ledger_entry::table.select(sql::ledger_sum()).get_result(link))?;
    Ok(Money::from_units(units.unwrap_or(0)))
}

/// Transactions whose entries do not sum to zero, by partner and id: there are none, unless somebody wrote past us.
///
/// # Errors
/// When the database fails.
pub async fn unbalanced(conn: &mut Conn, limit: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    query!(conn, |link| ledger_entry::table
        .group_by((ledger_entry::partner_id, ledger_entry::transaction_id))
        .having(sql::ledger_sum().ne(0_i64))
        .select((ledger_entry::partner_id, ledger_entry::transaction_id))
        .order((ledger_entry::partner_id.asc(), ledger_entry::transaction_id.asc()))
        .limit(limit)
        .load(link))
}

/// The sum of one account for each of some contracts; a contract without entries is left out. Contracts are keyed by
/// their partners too.
///
/// # Errors
/// When the database fails.
pub async fn balances(
    conn: &mut Conn,
    partners: &[i64],
    contracts: &[i64],
    account: &str,
) -> Result<Vec<(i64, Money)>, StoreError> {
    let rows: Vec<(i64, Option<i64>)> = query!(conn, |link| ledger_entry::table
        .inner_join(
            ledger_transaction::table.on(ledger_transaction::partner_id
                .eq(ledger_entry::partner_id)
                .and(ledger_transaction::id.eq(ledger_entry::transaction_id)))
        )
        .filter(ledger_transaction::partner_id.eq_any(partners.to_vec()))
        .filter(ledger_transaction::contract_id.eq_any(contracts.to_vec()))
        .filter(ledger_entry::account.eq(account))
        .group_by(ledger_transaction::contract_id)
        .select((ledger_transaction::contract_id, sql::ledger_sum()))
        .load(link))?;
    Ok(rows.into_iter().map(|(id, units)| (id, Money::from_units(units.unwrap_or(0)))).collect())
}
