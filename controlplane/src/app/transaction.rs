//! The ledger, as it is read.

use super::{Error, Operation, billing::CLIENT_ACCOUNT, contract::Owners, list};
use jiff::civil::Date;
use schemas::{
    endpoint::{Page, transaction::TransactionQuery},
    money::Money,
    resource::transaction::{Entry, TransactionKind as Word, TransactionView},
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    Page as StorePage,
    model::ledger::{LedgerFilter, LedgerTransaction, TransactionKind},
    queries,
};

/// Lists the ledger's transactions that the caller sees, the newest first.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: TransactionQuery) -> Result<Page<TransactionView>, Error> {
    let cursor = query.cursor.as_deref().unwrap_or_default();
    let (page, limit) = list::page(None, query.limit, Some(cursor))?;
    let of = (query.partner.as_deref(), query.client.as_deref(), query.contract.as_deref());
    let (partner_id, contract) = op.contract_named(of).await?;
    let filter = LedgerFilter {
        partner_id,
        contract,
        kind: query.kind.map(stored),
        from: query.from.as_deref().map(|text| day("from", text)).transpose()?,
        to: query.to.as_deref().map(|text| day("to", text)).transpose()?,
    };
    let before_id = match page {
        StorePage::Keyset { after_id, .. } => after_id,
        StorePage::Offset { .. } => 0,
    };
    let visible = op.visible();
    let listed = queries::ledger::newest(op.conn(), &visible, &filter, before_id, limit).await?;
    let full = i64::try_from(listed.rows.len()) == Ok(limit);
    let next_cursor = listed.rows.last().filter(|_| full).map(|row| row.id.to_string());
    let items = views(op, &listed.rows).await?;
    Ok(Page { items, total: listed.total, limit, next_cursor })
}

/// A civil day of a query.
///
/// # Errors
/// When the text is none.
pub(crate) fn day(name: &str, text: &str) -> Result<Date, Error> {
    // The parser takes times of day as well.
    let day = if text.len() == 10 { text.parse().ok() } else { None };
    day.ok_or_else(|| Error::field(name, format!("\"{text}\" is not a day; write it like 2021-12-20")))
}

/// Many transactions, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[LedgerTransaction]) -> Result<Vec<TransactionView>, Error> {
    let owners = Owners::load(op, rows.iter().map(|row| (row.partner_id, row.contract_id))).await?;
    let partner_ids = list::distinct(rows.iter().map(|row| row.partner_id));
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut entries: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
    for (id, entry) in queries::ledger::entries(op.conn(), &partner_ids, &ids).await? {
        entries.entry(id).or_default().push(Entry { account: entry.account, amount: entry.amount });
    }
    let mut view = |row: &LedgerTransaction| {
        let owner = owners.of(row.partner_id, row.contract_id)?;
        let entries = entries.remove(&row.id).unwrap_or_default();
        let amount = entries.iter().find(|entry| entry.account == CLIENT_ACCOUNT);
        Ok(TransactionView {
            id: row.id,
            ctime: WireTime(row.at),
            day: row.day.map(|day| day.to_string()),
            kind: match row.kind {
                TransactionKind::Charges => Word::Charges,
                TransactionKind::Payment => Word::Payment,
                TransactionKind::Correction => Word::Correction,
            },
            amount: amount.map_or(Money::ZERO, |entry| entry.amount),
            contract: owner.contract,
            client: owner.client,
            partner: owner.partner,
            entries,
        })
    };
    rows.iter().map(&mut view).collect()
}

const fn stored(kind: Word) -> TransactionKind {
    match kind {
        Word::Charges => TransactionKind::Charges,
        Word::Payment => TransactionKind::Payment,
        Word::Correction => TransactionKind::Correction,
    }
}
