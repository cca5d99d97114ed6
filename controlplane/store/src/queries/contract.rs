//! Contracts and the facts about them.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, fold, listed, pattern},
    model::contract::{
        Contract, ContractFact, ContractFilter, ContractSort, ContractState, NewContract, NewFact, Standing,
    },
    pool::Link,
    schema::{contract, contract_fact},
    sql,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::civil::Date;
use schemas::{id::ContractId, time::Instant};
use std::collections::BTreeSet;

/// Whether a contract may be seen: with its client, or with its partner.
macro_rules! seen {
    ($only:expr) => {{
        contract::partner_id
            .eq_any($only.partners.clone())
            .or(contract::client_id.assume_not_null().eq_any($only.clients.clone()))
    }};
}

/// Makes a contract, active.
///
/// # Errors
/// `Unique` where the client has one, `ForeignKey` where there is no such client or plan.
pub async fn insert(tx: &mut Tx, new: &NewContract) -> Result<Contract, StoreError> {
    query!(tx, |link| diesel::insert_into(contract::table)
        .values((
            new.clone(),
            contract::state.eq(ContractState::Active),
            contract::name_folded.eq(fold(&new.name)),
        ))
        .returning(Contract::as_returning())
        .get_result(link))
}

/// The contract of an internal id.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn get(conn: &mut Conn, partner_id: i64, id: i64) -> Result<Contract, StoreError> {
    query!(conn, |link| contract::table.find((partner_id, id)).select(Contract::as_select()).get_result(link))
}

/// The contract of an internal id, kept from others until the transaction ends.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, partner_id: i64, id: i64) -> Result<Contract, StoreError> {
    lock_row!(tx, contract::table.find((partner_id, id)).select(Contract::as_select()))
}

/// The contract of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: ContractId,
) -> Result<Option<Contract>, StoreError> {
    query!(conn, |link| {
        let mut query = contract::table.into_boxed::<Db>().filter(contract::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.select(Contract::as_select()).get_result(link)
    })
    .optional()
}

/// The contracts of these clients; of their partners too, by which they are keyed.
///
/// # Errors
/// When the database fails.
pub async fn of_clients(
    conn: &mut Conn,
    partners: &[i64],
    clients: &[i64],
) -> Result<Vec<Contract>, StoreError> {
    query!(conn, |link| contract::table
        .filter(contract::partner_id.eq_any(partners.to_vec()))
        .filter(contract::client_id.eq_any(clients.to_vec()))
        .order(contract::id.asc())
        .select(Contract::as_select())
        .load(link))
}

/// The contracts of these internal ids. Contracts are keyed by their partners too.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, partners: &[i64], ids: &[i64]) -> Result<Vec<Contract>, StoreError> {
    query!(conn, |link| contract::table
        .filter(contract::partner_id.eq_any(partners.to_vec()))
        .filter(contract::id.eq_any(ids.to_vec()))
        .select(Contract::as_select())
        .load(link))
}

/// Contracts in the order of their ids, those after `after_id`; 0 is before the first.
///
/// # Errors
/// When the database fails.
pub async fn after(
    conn: &mut Conn,
    visible: &Visible,
    after_id: i64,
    limit: i64,
) -> Result<Vec<Contract>, StoreError> {
    query!(conn, |link| {
        let mut query = contract::table.into_boxed::<Db>().filter(contract::id.gt(after_id));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.order(contract::id.asc()).limit(limit).select(Contract::as_select()).load(link)
    })
}

/// Puts a contract on another plan. The fact of it is appended beside.
///
/// # Errors
/// `NotFound`, or `ForeignKey` where there is no such plan.
pub async fn set_plan(tx: &mut Tx, partner_id: i64, id: i64, plan_id: i64) -> Result<Contract, StoreError> {
    query!(tx, |link| diesel::update(contract::table.find((partner_id, id)))
        .set(contract::plan_id.eq(plan_id))
        .returning(Contract::as_returning())
        .get_result(link))
}

/// Notes up to which civil day a contract is booked.
///
/// # Errors
/// `NotFound` where there is no such contract.
pub async fn set_booked_to(tx: &mut Tx, partner_id: i64, id: i64, day: Date) -> Result<Contract, StoreError> {
    query!(tx, |link| diesel::update(contract::table.find((partner_id, id)))
        .set(contract::booked_to.eq(Some(day)))
        .returning(Contract::as_returning())
        .get_result(link))
}

/// Sets why a contract is not billed for now, or that it is again.
///
/// # Errors
/// `NotFound` where there is no such contract.
pub async fn set_parked(
    tx: &mut Tx,
    partner_id: i64,
    id: i64,
    reason: Option<&str>,
) -> Result<Contract, StoreError> {
    query!(tx, |link| diesel::update(contract::table.find((partner_id, id)))
        .set(contract::parked_reason.eq(reason))
        .returning(Contract::as_returning())
        .get_result(link))
}

/// Sets how a contract stands.
///
/// # Errors
/// `NotFound` where there is no such contract.
pub async fn set_standing(
    tx: &mut Tx,
    partner_id: i64,
    id: i64,
    standing: &Standing,
) -> Result<Contract, StoreError> {
    query!(tx, |link| diesel::update(contract::table.find((partner_id, id)))
        .set(standing.clone())
        .returning(Contract::as_returning())
        .get_result(link))
}

/// Has some contracts looked at by an instant, unless they are before it. All of them are locked, in the order of their
/// ids and before anything that is given under them, which keeps two who do so from waiting for each other. One that is due
/// by then is not written again: of a row that a transaction changes twice, PostgreSQL looks at the client too, for which
/// whoever locks the client before the contract would be waited.
///
/// # Errors
/// When the database fails.
pub async fn mark_due(tx: &mut Tx, contracts: &BTreeSet<(i64, i64)>, at: Instant) -> Result<(), StoreError> {
    for &(partner_id, id) in contracts {
        lock_numbering(tx, partner_id, id).await?;
        query!(tx, |link| diesel::update(contract::table)
            .filter(contract::partner_id.eq(partner_id))
            .filter(contract::id.eq(id))
            .filter(contract::due_at.is_null().or(contract::due_at.assume_not_null().gt(Sql(at))))
            .set(contract::due_at.eq(Some(at)))
            .execute(link))?;
    }
    Ok(())
}

/// Has every contract in force of a partner looked at by an instant; where a plan is named, those on it alone.
///
/// # Errors
/// When the database fails.
pub async fn mark_all_due(
    tx: &mut Tx,
    partner_id: i64,
    plan_id: Option<i64>,
    at: Instant,
) -> Result<(), StoreError> {
    // Without a plan, those on any.
    let (least, most) = plan_id.map_or((i64::MIN, i64::MAX), |plan_id| (plan_id, plan_id));
    query!(tx, |link| diesel::update(contract::table)
        .filter(contract::partner_id.eq(partner_id))
        .filter(contract::plan_id.between(least, most))
        .filter(contract::closed_at.is_null())
        .filter(contract::due_at.is_null().or(contract::due_at.assume_not_null().gt(Sql(at))))
        .set(contract::due_at.eq(Some(at)))
        .execute(link))
    .map(drop)
}

/// The contracts that are due at an instant, the earliest first.
///
/// # Errors
/// When the database fails.
pub async fn due(conn: &mut Conn, at: Instant, limit: i64) -> Result<Vec<Contract>, StoreError> {
    query!(conn, |link| contract::table
        .filter(contract::due_at.assume_not_null().le(Sql(at)))
        .order((contract::due_at.asc(), contract::id.asc()))
        .limit(limit)
        .select(Contract::as_select())
        .load(link))
}

/// When the next contract is due.
///
/// # Errors
/// When the database fails.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Instant>, StoreError> {
    let first: Option<Option<Instant>> = query!(conn, |link| contract::table
        .filter(contract::due_at.is_not_null())
        .order(contract::due_at.asc())
        .select(contract::due_at)
        .first(link))
    .optional()?;
    Ok(first.flatten())
}

/// Appends a fact to a contract. Answers it with its number.
///
/// # Errors
/// `NotFound` where there is no such contract.
pub async fn append_fact(
    tx: &mut Tx,
    partner_id: i64,
    contract_id: i64,
    new: &NewFact,
) -> Result<ContractFact, StoreError> {
    // The contract's row is the lock under which its facts are numbered. It lets things be associated with the contract
    // meanwhile: who did so just before is about to number a fact.
    lock_numbering(tx, partner_id, contract_id).await?;
    let last: Option<i64> = query!(tx, |link| contract_fact::table
        .filter(contract_fact::partner_id.eq(partner_id))
        .filter(contract_fact::contract_id.eq(contract_id))
        .select(diesel::dsl::max(contract_fact::sequence))
        .get_result(link))?;
    insert_fact(tx, (partner_id, contract_id), last.unwrap_or(0) + 1, new).await
}

async fn lock_numbering(tx: &mut Tx, partner_id: i64, id: i64) -> Result<i64, StoreError> {
    let conn: &mut Conn = tx;
    let rows = contract::table.find((partner_id, id));
    let outcome = match conn.enter()? {
        Link::Pg(link) => rows.select(contract::id).for_no_key_update().first(link).await,
        Link::Sqlite(link) => rows.select(contract::id).first(link).await,
    };
    conn.leave(outcome)
}

/// Writes the first fact of a contract that this very transaction made: nobody else can have numbered one.
///
/// # Errors
/// `Unique` where the contract has a fact already, `ForeignKey` where it does not exist.
pub async fn first_fact(
    tx: &mut Tx,
    partner_id: i64,
    contract_id: i64,
    new: &NewFact,
) -> Result<ContractFact, StoreError> {
    insert_fact(tx, (partner_id, contract_id), 1, new).await
}

async fn insert_fact(
    tx: &mut Tx,
    (partner_id, contract_id): (i64, i64),
    sequence: i64,
    new: &NewFact,
) -> Result<ContractFact, StoreError> {
    let fact = ContractFact {
        partner_id,
        contract_id,
        sequence,
        kind: new.kind.clone(),
        body: new.body.clone(),
        effective_at: new.effective_at,
        recorded_at: new.recorded_at,
    };
    query!(tx, |link| diesel::insert_into(contract_fact::table).values(fact.clone()).execute(link))?;
    Ok(fact)
}

/// One fact of a contract, by its number.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn fact(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
    sequence: i64,
) -> Result<ContractFact, StoreError> {
    query!(conn, |link| contract_fact::table
        .find((partner_id, contract_id, sequence))
        .select(ContractFact::as_select())
        .get_result(link))
}

/// Every fact of a contract, in order.
///
/// # Errors
/// When the database fails.
pub async fn facts(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
) -> Result<Vec<ContractFact>, StoreError> {
    query!(conn, |link| contract_fact::table
        .filter(contract_fact::partner_id.eq(partner_id))
        .filter(contract_fact::contract_id.eq(contract_id))
        .order(contract_fact::sequence.asc())
        .select(ContractFact::as_select())
        .load(link))
}

/// A list of contracts, those of deleted clients too.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<ContractSort, ContractFilter>,
) -> Result<Listed<Contract>, StoreError> {
    listed!(conn, list, Contract, id: contract::id,
        filtered: {
            let mut query = contract::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(search) = &list.search {
                query = query.filter(contract::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(contract::partner_id.eq(partner_id));
            }
            if let Some(client_id) = list.filter.client_id {
                query = query.filter(contract::client_id.eq(client_id));
            }
            if let Some((partner_id, plan_id)) = list.filter.plan {
                query = query.filter(contract::partner_id.eq(partner_id)).filter(contract::plan_id.eq(plan_id));
            }
            match list.filter.open {
                Some(true) => query = query.filter(contract::closed_at.is_null()),
                Some(false) => query = query.filter(contract::closed_at.is_not_null()),
                None => {}
            }
            query
        },
        order: {
            ContractSort::Name => contract::name_folded,
            ContractSort::CreatedAt => contract::created_at,
            ContractSort::Client => contract::client_name,
            ContractSort::Balance => sql::balance_of_contract(),
            ContractSort::Plan => sql::plan_of_contract(),
            ContractSort::Partner => sql::partner_of("contract"),
        }
    )
}

/// Renames a contract.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn rename(tx: &mut Tx, partner_id: i64, id: i64, name: &str) -> Result<Contract, StoreError> {
    query!(tx, |link| diesel::update(contract::table.find((partner_id, id)))
        .set((contract::name.eq(name), contract::name_folded.eq(fold(name))))
        .returning(Contract::as_returning())
        .get_result(link))
}
