//! Days that have closed.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    model::closing::Closing,
    schema::closing,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Records that days have closed.
///
/// # Errors
/// `ForeignKey` where the contract or the run does not exist; `Unique` where the last day has closed before.
pub async fn insert(tx: &mut Tx, new: &Closing) -> Result<(), StoreError> {
    query!(tx, |link| diesel::insert_into(closing::table).values(new.clone()).execute(link))?;
    Ok(())
}

/// The days of a contract that closed last.
///
/// # Errors
/// When the database fails.
pub async fn last(conn: &mut Conn, partner_id: i64, contract_id: i64) -> Result<Option<Closing>, StoreError> {
    query!(conn, |link| closing::table
        .filter(closing::partner_id.eq(partner_id))
        .filter(closing::contract_id.eq(contract_id))
        .order(closing::last_day.desc())
        .limit(1)
        .select(Closing::as_select())
        .get_result(link))
    .optional()
}

/// The closings of a contract, the first one first.
///
/// # Errors
/// When the database fails.
pub async fn of_contract(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
) -> Result<Vec<Closing>, StoreError> {
    query!(conn, |link| closing::table
        .filter(closing::partner_id.eq(partner_id))
        .filter(closing::contract_id.eq(contract_id))
        .order(closing::last_day.asc())
        .select(Closing::as_select())
        .load(link))
}
