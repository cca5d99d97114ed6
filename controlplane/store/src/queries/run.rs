//! Runs of billing.

use crate::{
    conn::{Conn, Tx, query},
    error::StoreError,
    model::charge::{BillRun, RunState},
    schema::bill_run,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Begins a run with these bounds.
///
/// # Errors
/// When the database fails.
pub async fn start(tx: &mut Tx, to: Instant, cutoff: Instant, at: Instant) -> Result<BillRun, StoreError> {
    query!(tx, |link| diesel::insert_into(bill_run::table)
        .values((
            bill_run::to_at.eq(Sql(to)),
            bill_run::cutoff_at.eq(Sql(cutoff)),
            bill_run::started_at.eq(Sql(at)),
            bill_run::contracts.eq(0_i64),
            bill_run::charges.eq(0_i64),
            bill_run::failed.eq(0_i64),
            bill_run::state.eq(RunState::Running),
        ))
        .returning(BillRun::as_returning())
        .get_result(link))
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Contracts billed.
    pub contracts: i64,
    /// Charges made.
    pub charges: i64,
    /// Contracts that failed; any makes the run failed.
    pub failed: i64,
}

/// Ends a run.
///
/// # Errors
/// `NotFound` where there is no such run.
pub async fn finish(tx: &mut Tx, id: i64, outcome: Outcome, at: Instant) -> Result<BillRun, StoreError> {
    let state = if outcome.failed == 0 { RunState::Done } else { RunState::Failed };
    query!(tx, |link| diesel::update(bill_run::table.find(id))
        .set((
            bill_run::finished_at.eq(Some(at)),
            bill_run::contracts.eq(outcome.contracts),
            bill_run::charges.eq(outcome.charges),
            bill_run::failed.eq(outcome.failed),
            bill_run::state.eq(state),
        ))
        .returning(BillRun::as_returning())
        .get_result(link))
}

/// The run of an id.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn get(conn: &mut Conn, id: i64) -> Result<BillRun, StoreError> {
    query!(conn, |link| bill_run::table.find(id).select(BillRun::as_select()).get_result(link))
}

/// Runs, the last one first, those before `before_id`; `i64::MAX` for the newest.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut Conn, before_id: i64, limit: i64) -> Result<Vec<BillRun>, StoreError> {
    query!(conn, |link| bill_run::table
        .filter(bill_run::id.lt(before_id))
        .order(bill_run::id.desc())
        .limit(limit)
        .select(BillRun::as_select())
        .load(link))
}
