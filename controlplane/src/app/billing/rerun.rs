//! Runs once more: what they booked is computed again from what was known at their cut-offs, what is missing is written
//! again, and what they had to leave out is tried again (P2, P9).

use super::{
    super::{App, Error},
    CONTRACTS_AT_ONCE, Summary, bill, count, lock_contract, post,
    replay::Replay,
    verify::ledger,
};
use store::{Tx, Visible, model::contract::Contract, queries};

/// Which contracts are looked at.
#[derive(Clone, Debug)]
pub enum Scope {
    /// Those that somebody sees.
    Of(Visible),
    /// One.
    One(Box<Contract>),
}

/// What a rerun found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rerun {
    /// Contracts that were looked at.
    pub contracts: i64,
    /// Closings that were computed again.
    pub closings: i64,
    /// What was not as it must be, written again or not, for people.
    pub found: Vec<String>,
    /// Contracts that had been parked and are billed again.
    pub resumed: i64,
}

/// Computes every closing again, contract by contract, each in a transaction of its own. Charges and transactions of the
/// ledger that are missing are written again; nothing that is there is changed or removed. Then the contracts that are
/// parked are tried again, up to where the last run went. `progress` is told how many contracts of how many are done.
///
/// # Errors
/// When the database fails.
pub async fn rerun(
    app: &App,
    scope: &Scope,
    mut progress: impl FnMut(i64, i64) + Send,
) -> Result<Rerun, Error> {
    let mut rerun = Rerun::default();
    let mut parked = Vec::new();
    let visible = match scope {
        Scope::One(contract) => {
            look_at(app, contract, &mut rerun, &mut parked).await?;
            return resume(app, parked, rerun).await;
        }
        Scope::Of(visible) => visible,
    };
    let total = count(app, visible).await?;
    let mut after_id = 0;
    loop {
        let mut reader = app.store.read().await?;
        let contracts = queries::contract::after(&mut reader, visible, after_id, CONTRACTS_AT_ONCE).await?;
        drop(reader);
        let Some(last) = contracts.last() else { break };
        after_id = last.id;
        for contract in &contracts {
            look_at(app, contract, &mut rerun, &mut parked).await?;
            progress(rerun.contracts, total);
        }
    }
    resume(app, parked, rerun).await
}

/// Looks at one contract.
async fn look_at(
    app: &App,
    contract: &Contract,
    rerun: &mut Rerun,
    parked: &mut Vec<Contract>,
) -> Result<(), Error> {
    rerun.contracts += 1;
    let mut tx = app.store.begin().await?;
    let contract = lock_contract(&mut tx, contract).await?;
    match put_right(&mut tx, &contract).await {
        Ok((closings, found)) => {
            tx.commit().await?;
            rerun.closings += closings;
            rerun.found.extend(found.into_iter().map(|text| named(&contract, &text)));
        }
        Err(Error::Unavailable(error)) => return Err(Error::Unavailable(error)),
        Err(error) => rerun.found.push(named(&contract, &format!("it cannot be rated again: {error}"))),
    }
    if contract.parked_reason.is_some() {
        parked.push(contract);
    }
    Ok(())
}

/// Writes what is missing of a contract. Answers how many closings it has, and what was or is not as it must be.
async fn put_right(tx: &mut Tx, contract: &Contract) -> Result<(i64, Vec<String>), Error> {
    let (mut closings, mut found, mut last) = (0, Vec::new(), None);
    let mut replay = Replay::load(tx, contract).await?;
    while let Some(closed) = replay.next(tx).await? {
        closings += 1;
        let days = format!("{} to {}", closed.closing.first_day, closed.closing.last_day);
        let missing = closed.missing();
        if !missing.is_empty() {
            found.push(format!("{days}: {} charge(s) were missing, and are written again", missing.len()));
            replay.put_right(queries::charge::insert(tx, &missing).await?);
        }
        let posted = post(tx, contract, &closed.again.totals, closed.closing.cutoff_at).await?;
        if posted > 0 {
            found.push(format!("{days}: {posted} transaction(s) were missing, and are written again"));
        }
        found.extend(closed.wrong());
        last = Some(closed.closing);
    }
    found.extend(replay.left_over(last.as_ref()));
    found.extend(ledger(tx, contract).await?);
    Ok((closings, found))
}

/// Tries contracts again that are parked, in a run of their own that goes as far as the last one went.
async fn resume(app: &App, parked: Vec<Contract>, mut rerun: Rerun) -> Result<Rerun, Error> {
    let mut reader = app.store.read().await?;
    let last = queries::run::list(&mut reader, i64::MAX, 1).await?.pop();
    drop(reader);
    let Some(last) = last.filter(|_| !parked.is_empty()) else { return Ok(rerun) };
    let (run, mut summary) = (super::begin(app, last.to_at).await?, Summary::default());
    for contract in &parked {
        bill(app, run.id, contract, run.to_at, &mut summary).await?;
        let mut reader = app.store.read().await?;
        let now = queries::contract::get(&mut reader, contract.partner_id, contract.id).await?;
        match now.parked_reason {
            Some(reason) => rerun.found.push(named(contract, &format!("it is parked: {reason}"))),
            None => rerun.resumed += 1,
        }
    }
    super::finish(app, run.id, summary).await?;
    Ok(rerun)
}

fn named(contract: &Contract, text: &str) -> String {
    format!("contract {}: {text}", contract.public_id)
}
