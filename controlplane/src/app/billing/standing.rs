//! How a contract stands: active, low, exhausted or suspended, decided ahead from its balance (B2 to B5).
//!
//! A contract is *settled* up to an instant: whatever is charged before it has been judged. From there the instant is
//! computed at which its prepaid balance would fall below 0. When that comes, the machine services are held from that
//! very instant, and the others go on (B3). What shows up late is billed first, and held afterwards (B4).

use super::{
    super::{App, Error, convert, note, notification},
    CLIENT_ACCOUNT, CONTRACTS_AT_ONCE, first_open_day, just_after, lock_contract,
    rated::Terms,
    start, zone,
};
use schemas::{money::Money, time::Instant};
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    model::{
        access::{Audience, Notice},
        client::{Client, PaymentModel},
        contract::{Contract, ContractState, NewFact, Standing},
    },
    queries,
};

/// The fact that machine services are not charged from now on.
pub(crate) const CHARGING_HELD: &str = "charging_held";

/// The fact that they are charged again.
pub(crate) const CHARGING_RESUMED: &str = "charging_resumed";

/// The fact that the machines are to be stopped.
pub(crate) const MACHINES_STOPPED: &str = "machines_stopped";

/// The fact that the machines that were stopped are to be started.
pub(crate) const MACHINES_STARTED: &str = "machines_started";

/// The fact that the balance fell to what its client wants to be told of.
pub(crate) const BALANCE_LOW: &str = "balance_low";

/// The fact that it is above that again.
pub(crate) const BALANCE_RESTORED: &str = "balance_restored";

/// How far ahead is computed, in days; whoever has money for longer is looked at again then.
const HORIZON_DAYS: i64 = 32;

const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;

/// How long a contract that cannot be settled is put off: an hour.
const PUT_OFF_MICROS: i64 = 3600 * 1_000_000;

/// The least amount.
const UNIT: Money = Money::from_units(1);

/// What a settlement comes after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Time went by, or something was seen.
    Nothing,
    /// Money came in or went out: the transaction's internal id. Only this lets a prepaid contract be charged again.
    Money(i64),
}

/// What a fact of this module says beside its kind.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    /// The balance after all that was charged before.
    pub balance: Money,
    /// The ledger's transaction that caused it.
    pub transaction: Option<i64>,
}

/// When the machines of an exhausted contract are stopped: once the partner's grace is over.
pub(crate) fn stops_at(state: ContractState, since: Option<Instant>, grace_s: i64) -> Option<Instant> {
    let since = since.filter(|_| state == ContractState::Exhausted)?;
    Some(Instant::from_micros(since.micros().saturating_add(grace_s.saturating_mul(1_000_000))))
}

/// Settles every contract whose time has come. Answers when the next one's will.
///
/// # Errors
/// When the database fails.
pub async fn settle_due(app: &App) -> Result<Option<Instant>, Error> {
    loop {
        let now = app.clock.now();
        let mut reader = app.store.read().await?;
        let due = queries::contract::due(&mut reader, now, CONTRACTS_AT_ONCE).await?;
        if due.is_empty() {
            return Ok(queries::contract::next_due(&mut reader).await?);
        }
        drop(reader);
        for contract in &due {
            settle_one(app, contract, now).await?;
        }
    }
}

/// Settles one contract by itself.
async fn settle_one(app: &App, contract: &Contract, now: Instant) -> Result<(), Error> {
    let mut tx = app.store.begin().await?;
    let locked = lock_contract(&mut tx, contract).await?;
    settle_or_put_off(&mut tx, &locked, now, After::Nothing).await?;
    Ok(tx.commit().await?)
}

/// Settles a contract as [`settle`] does. One that cannot be rated is put off, so that it keeps neither money from coming
/// in nor others waiting.
///
/// # Errors
/// When the database fails.
pub(crate) async fn settle_or_put_off(
    tx: &mut Tx,
    contract: &Contract,
    now: Instant,
    after: After,
) -> Result<Contract, Error> {
    tx.mark().await?;
    match settle(tx, contract, now, after).await {
        Ok(settled) => {
            tx.keep().await?;
            return Ok(settled);
        }
        Err(Error::Unavailable(error)) => return Err(Error::Unavailable(error)),
        Err(error) => tracing::error!(contract = %contract.public_id, %error, "contract cannot be settled"),
    }
    tx.undo().await?;
    let again = Instant::from_micros(now.micros().saturating_add(PUT_OFF_MICROS));
    let standing = Standing { due_at: Some(again), ..Standing::of(contract) };
    Ok(queries::contract::set_standing(tx, contract.partner_id, contract.id, &standing).await?)
}

/// Brings how a contract stands to an instant, and computes when that will change next. The contract is locked, and its
/// client before it.
///
/// # Errors
/// When the contract cannot be rated.
pub(crate) async fn settle(
    tx: &mut Tx,
    contract: &Contract,
    now: Instant,
    after: After,
) -> Result<Contract, Error> {
    let Some(client_id) = contract.client_id.filter(|_| contract.closed_at.is_none()) else {
        let ended = Standing { due_at: None, exhausts_at: None, ..Standing::of(contract) };
        return Ok(queries::contract::set_standing(tx, contract.partner_id, contract.id, &ended).await?);
    };
    let client = queries::client::get(tx, contract.partner_id, client_id).await?;
    if client.payment_model == PaymentModel::Postpay && contract.state == ContractState::Active {
        let postpaid = Standing {
            is_low: false,
            settled_at: contract.settled_at.max(Some(just_after(now))),
            exhausts_at: None,
            due_at: None,
            ..Standing::of(contract)
        };
        return Ok(queries::contract::set_standing(tx, contract.partner_id, contract.id, &postpaid).await?);
    }
    let partner = queries::partner::get(tx, contract.partner_id).await?;
    let mut judge = Judge {
        booked: queries::ledger::sum(tx, contract.partner_id, contract.id, CLIENT_ACCOUNT).await?,
        since: start(first_open_day(contract, &zone(contract)?)?, &zone(contract)?)?,
        terms: Terms::load(tx, contract, just_after(now)).await?,
        grace_s: partner.grace_s,
        standing: Standing::of(contract),
        contract,
        client,
        now,
        after,
    };
    judge.run(tx).await?;
    Ok(queries::contract::set_standing(tx, contract.partner_id, contract.id, &judge.standing).await?)
}

/// A contract that is judged.
struct Judge<'a> {
    contract: &'a Contract,
    client: Client,
    terms: Terms,
    /// What the ledger says.
    booked: Money,
    /// From when on what was used is not in the ledger.
    since: Instant,
    grace_s: i64,
    now: Instant,
    after: After,
    standing: Standing,
}

impl Judge<'_> {
    /// Goes from one instant at which something may change to the next, up to now.
    async fn run(&mut self, tx: &mut Tx) -> Result<(), Error> {
        loop {
            let settled = self.standing.settled_at.unwrap_or(self.now);
            let due = self.standing.due_at.filter(|due| *due <= self.now);
            let at = due.map_or(self.now, |due| due.max(settled).min(self.now));
            while self.change(tx, at).await? {}
            self.tell_low(tx, at).await?;
            self.standing.settled_at = Some(self.open_from(at));
            self.look_ahead()?;
            if at >= self.now {
                return Ok(());
            }
        }
    }

    fn is_prepaid(&self) -> bool {
        self.client.payment_model == PaymentModel::Prepay
    }

    /// The balance after everything that is charged before an instant.
    fn balance(&self, before: Instant) -> Result<Money, Error> {
        let used = self.terms.cost(self.since, before)?;
        self.booked.checked_sub(used).ok_or_else(out_of_range)
    }

    /// The first instant in `[from, to)` after whose charges the balance is below a bound.
    fn falls_below(&self, bound: Money, from: Instant, to: Instant) -> Result<Option<Instant>, Error> {
        if from >= to {
            return Ok(None);
        }
        let above = self.balance(from)?.checked_sub(bound).ok_or_else(out_of_range)?;
        self.terms.crossing(above, from, to)
    }

    /// The first instant that is not judged yet once everything up to an instant is.
    fn open_from(&self, at: Instant) -> Instant {
        self.standing.settled_at.map_or(just_after(at), |settled| settled.max(just_after(at)))
    }

    /// Makes the next change that is due at an instant; whether there was one.
    async fn change(&mut self, tx: &mut Tx, at: Instant) -> Result<bool, Error> {
        let state = self.standing.state;
        match state {
            ContractState::Active => self.hold(tx, at).await,
            ContractState::Exhausted | ContractState::Suspended if self.may_resume(at)? => {
                self.resume(tx, self.open_from(at)).await?;
                Ok(true)
            }
            ContractState::Exhausted => self.stop(tx, at).await,
            ContractState::Suspended | ContractState::Closed => Ok(false),
        }
    }

    /// Holds the machine services of a prepaid contract whose money is used up (B3).
    async fn hold(&mut self, tx: &mut Tx, at: Instant) -> Result<bool, Error> {
        if !self.is_prepaid() {
            return Ok(false);
        }
        let next = self.open_from(at);
        let settled = self.standing.settled_at.unwrap_or(next);
        let from = if self.balance(settled)? < Money::ZERO {
            next
        } else {
            match self.falls_below(Money::ZERO, settled, next)? {
                // What was computed ahead holds; what nobody could know of is billed first.
                Some(instant) if Some(instant) == self.standing.exhausts_at => instant,
                Some(_) => next,
                None => return Ok(false),
            }
        };
        let balance = self.balance(from)?;
        self.terms.hold(from);
        self.enter(tx, ContractState::Exhausted, CHARGING_HELD, from, balance).await?;
        let text = format!(
            "The balance of \"{}\" is used up: {} rubles. Its machines are not charged and nothing can be \
             ordered until it is paid.",
            self.contract.name,
            balance.to_rubles_text()
        );
        self.tell(tx, text).await?;
        Ok(true)
    }

    /// Has the machines of an exhausted contract stopped once its grace is over (B3).
    async fn stop(&mut self, tx: &mut Tx, at: Instant) -> Result<bool, Error> {
        let Some(stops_at) = self.stops_at().filter(|stops_at| *stops_at <= just_after(at)) else {
            return Ok(false);
        };
        let balance = self.balance(stops_at)?;
        self.enter(tx, ContractState::Suspended, MACHINES_STOPPED, stops_at, balance).await?;
        Ok(true)
    }

    /// When the grace of an exhausted contract ends.
    fn stops_at(&self) -> Option<Instant> {
        stops_at(self.standing.state, self.standing.state_since, self.grace_s)
    }

    /// Whether a held contract is charged again (B4): it is postpaid now, or money came in, the balance is not below 0,
    /// and what falls due at once can be paid.
    fn may_resume(&mut self, at: Instant) -> Result<bool, Error> {
        if !self.is_prepaid() {
            return Ok(true);
        }
        if self.after == After::Nothing || at < self.now {
            return Ok(false);
        }
        let from = self.open_from(at);
        if self.balance(from)? < Money::ZERO {
            return Ok(false);
        }
        self.terms.resume(Some(from));
        let left = self.balance(just_after(from))?;
        if left < Money::ZERO {
            self.terms.resume(None);
        }
        Ok(left >= Money::ZERO)
    }

    /// Charges the machine services again, and has those machines started that were stopped (B4).
    async fn resume(&mut self, tx: &mut Tx, from: Instant) -> Result<(), Error> {
        self.terms.resume(Some(from));
        let balance = self.balance(from)?;
        if self.standing.state == ContractState::Suspended {
            self.append(tx, MACHINES_STARTED, from, balance).await?;
        }
        self.enter(tx, ContractState::Active, CHARGING_RESUMED, from, balance).await?;
        // It was judged with this instant's charges already.
        self.standing.settled_at = Some(just_after(from));
        Ok(())
    }

    /// Has the client told once that its balance fell to what it wants to be told of, and again when it was above that
    /// in between (B5). A contract that begins so has not fallen.
    async fn tell_low(&mut self, tx: &mut Tx, at: Instant) -> Result<(), Error> {
        let balance = self.balance(just_after(at))?;
        let least = self.client.min_balance.filter(|_| self.is_prepaid());
        let is_low = least.is_some_and(|least| balance <= least);
        if is_low == self.standing.is_low {
            return Ok(());
        }
        self.standing.is_low = is_low;
        let Some(least) = least.filter(|_| is_low) else {
            return self.note_level(tx, BALANCE_RESTORED, at, balance).await;
        };
        if self.standing.settled_at.is_none() {
            return Ok(());
        }
        self.note_level(tx, BALANCE_LOW, at, balance).await?;
        let text = format!(
            "The balance of \"{}\" is low: {} rubles, with a notice wanted at {}.",
            self.contract.name,
            balance.to_rubles_text(),
            least.to_rubles_text()
        );
        let message = ("Low balance", text.as_str());
        let audience = Audience::Client(self.client.id);
        notification::tell(tx, audience, Notice::LowBalance, message, self.now).await?;
        self.tell(tx, text).await
    }

    /// Appends the fact that a balance is low or is not any more. It is what an active contract's state comes from.
    async fn note_level(
        &mut self,
        tx: &mut Tx,
        kind: &str,
        at: Instant,
        balance: Money,
    ) -> Result<(), Error> {
        if self.standing.state == ContractState::Active {
            return self.enter(tx, ContractState::Active, kind, at, balance).await;
        }
        self.append(tx, kind, at, balance).await.map(drop)
    }

    /// Computes when the contract must be looked at next.
    fn look_ahead(&mut self) -> Result<(), Error> {
        (self.standing.exhausts_at, self.standing.due_at) = (None, None);
        if !self.is_prepaid() {
            return Ok(());
        }
        let from = self.standing.settled_at.unwrap_or(self.now);
        let horizon = Instant::from_micros(from.micros().saturating_add(HORIZON_DAYS * DAY_MICROS));
        let mut due = self.stops_at();
        if self.standing.state == ContractState::Active && self.terms.has_resources() {
            self.standing.exhausts_at = self.falls_below(Money::ZERO, from, horizon)?;
            due = Some(self.standing.exhausts_at.unwrap_or(horizon));
        }
        if let Some(least) =
            self.client.min_balance.filter(|_| !self.standing.is_low && self.terms.has_resources())
        {
            let bound = least.checked_add(UNIT).ok_or_else(out_of_range)?;
            let low_at = self.falls_below(bound, from, horizon)?;
            due = [due, low_at, Some(horizon)].into_iter().flatten().min();
        }
        self.standing.due_at = due;
        Ok(())
    }

    /// Puts the contract into a state, by a fact.
    async fn enter(
        &mut self,
        tx: &mut Tx,
        state: ContractState,
        kind: &str,
        at: Instant,
        balance: Money,
    ) -> Result<(), Error> {
        let sequence = self.append(tx, kind, at, balance).await?;
        self.standing.state = state;
        self.standing.state_since = Some(at);
        self.standing.state_fact = Some(sequence);
        Ok(())
    }

    async fn append(&self, tx: &mut Tx, kind: &str, at: Instant, balance: Money) -> Result<i64, Error> {
        let transaction = match self.after {
            After::Money(id) if at >= self.now => Some(id),
            _ => None,
        };
        let fact = NewFact {
            kind: kind.to_owned(),
            body: convert::json(&Said { balance, transaction })?,
            effective_at: at,
            recorded_at: self.now,
        };
        let (partner_id, id) = (self.contract.partner_id, self.contract.id);
        Ok(queries::contract::append_fact(tx, partner_id, id, &fact).await?.sequence)
    }

    async fn tell(&self, tx: &mut Tx, text: String) -> Result<(), Error> {
        note::by_system(tx, (self.contract.partner_id, self.client.id), text, self.now).await
    }
}

fn out_of_range() -> Error {
    Error::internal("balance", "out of range")
}
