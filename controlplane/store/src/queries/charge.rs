//! Charges.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    model::charge::{Charge, NewCharge},
    schema::charge,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::civil::Date;

/// Writes charges. One whose key is already there is left out: the same run twice adds no row. Answers those that were
/// new.
///
/// # Errors
/// `ForeignKey` where the contract or the run does not exist.
pub async fn insert(tx: &mut Tx, charges: &[NewCharge]) -> Result<Vec<Charge>, StoreError> {
    let mut written = Vec::with_capacity(charges.len());
    for new in charges {
        let row: Option<Charge> = query!(tx, |link| diesel::insert_into(charge::table)
            .values(new.clone())
            .on_conflict_do_nothing()
            .returning(Charge::as_returning())
            .get_result(link))
        .optional()?;
        written.extend(row);
    }
    Ok(written)
}

/// The charge of an id.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, id: i64) -> Result<Option<Charge>, StoreError> {
    query!(conn, |link| charge::table.filter(charge::id.eq(id)).select(Charge::as_select()).get_result(link))
        .optional()
}

/// The charges of a contract that have a day in `first..=last`, in the order of days and ids.
///
/// # Errors
/// When the database fails.
pub async fn overlapping(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
    first: Date,
    last: Date,
) -> Result<Vec<Charge>, StoreError> {
    query!(conn, |link| charge::table
        .filter(charge::partner_id.eq(partner_id))
        .filter(charge::contract_id.eq(contract_id))
        .filter(charge::first_day.le(Sql(last)))
        .filter(charge::last_day.ge(Sql(first)))
        .order((charge::first_day.asc(), charge::id.asc()))
        .select(Charge::as_select())
        .load(link))
}
