//! The balance as it is shown: what is booked, less what was used since and is not booked yet (B1).

use super::{
    super::{Error, list},
    CLIENT_ACCOUNT, first_open_day, just_after,
    rated::Terms,
    start, zone,
};
use schemas::{money::Money, time::Instant};
use std::collections::BTreeMap;
use store::{Conn, model::contract::Contract, queries};

/// The balances of some contracts at an instant, by internal id. What a contract that cannot be rated used is left out
/// of its balance, as it is left out of its bill.
///
/// # Errors
/// When the database fails.
pub(crate) async fn balances(
    conn: &mut Conn,
    contracts: &[Contract],
    now: Instant,
) -> Result<BTreeMap<i64, Money>, Error> {
    let partner_ids = list::distinct(contracts.iter().map(|contract| contract.partner_id));
    let ids: Vec<i64> = contracts.iter().map(|contract| contract.id).collect();
    let booked = queries::ledger::balances(conn, &partner_ids, &ids, CLIENT_ACCOUNT).await?;
    let mut balances: BTreeMap<i64, Money> = booked.into_iter().collect();
    let used = queries::resource::contracts_with_any(conn, &partner_ids, &ids).await?;
    for contract in contracts.iter().filter(|contract| used.contains(&contract.id)) {
        let open = match unbooked(conn, contract, just_after(now)).await {
            Err(Error::Unavailable(error)) => return Err(Error::Unavailable(error)),
            Err(error) => {
                tracing::warn!(contract = %contract.public_id, %error, "no balance of what is not booked");
                continue;
            }
            Ok(open) => open,
        };
        let balance = balances.entry(contract.id).or_default();
        *balance = balance.checked_sub(open).ok_or_else(out_of_range)?;
    }
    Ok(balances)
}

/// What was used before an instant and is not booked yet.
async fn unbooked(conn: &mut Conn, contract: &Contract, to: Instant) -> Result<Money, Error> {
    let zone = zone(contract)?;
    let from = start(first_open_day(contract, &zone)?, &zone)?;
    if from >= to {
        return Ok(Money::ZERO);
    }
    Terms::load(conn, contract, to).await?.cost(from, to)
}

fn out_of_range() -> Error {
    Error::internal("balance", "out of range")
}
