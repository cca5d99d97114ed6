//! The closings of a contract once more, from the first on: what each books by what was known at its cut-off, beside
//! what is booked (P2, P9).

use super::{super::Error, lines::Lines, rated::Terms};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use store::{
    Conn,
    model::{
        charge::{Charge as Row, NewCharge},
        closing::Closing,
        contract::Contract,
    },
    queries,
};

/// The closings of a contract that are still to be looked at.
pub(super) struct Replay<'a> {
    contract: &'a Contract,
    closings: VecDeque<Closing>,
    booked: BTreeMap<i64, Vec<Row>>,
    /// What the closings before booked.
    earlier: Vec<Row>,
    /// How much the closing before knew.
    evidence: Option<i64>,
}

/// One closing: what is booked, and what is booked by it when it is computed again.
pub(super) struct Closed {
    /// The closing.
    pub closing: Closing,
    /// What it books.
    pub again: Lines,
    booked: Vec<Row>,
}

impl<'a> Replay<'a> {
    /// Begins with the first closing.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn load(conn: &mut Conn, contract: &'a Contract) -> Result<Self, Error> {
        let (partner_id, id) = (contract.partner_id, contract.id);
        let closings = queries::closing::of_contract(conn, partner_id, id).await?.into();
        let rows = queries::charge::overlapping(conn, partner_id, id, Date::MIN, Date::MAX).await?;
        let mut booked: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        rows.into_iter().for_each(|row| booked.entry(row.run_id).or_default().push(row));
        Ok(Self { contract, closings, booked, earlier: Vec::new(), evidence: None })
    }

    /// The next closing. What it booked counts for those after it as it is, unless [`Replay::put_right`] is told more.
    ///
    /// # Errors
    /// When the contract cannot be rated.
    pub(super) async fn next(&mut self, conn: &mut Conn) -> Result<Option<Closed>, Error> {
        let Some(closing) = self.closings.pop_front() else { return Ok(None) };
        let terms = Terms::as_of(conn, self.contract, closing.cutoff_at).await?;
        let is_corrected = self.evidence.is_some_and(|evidence| evidence != closing.evidence);
        let again = Lines::of(self.contract, &terms, &closing, is_corrected.then_some(&*self.earlier))?;
        self.evidence = Some(closing.evidence);
        let booked = self.booked.remove(&closing.run_id).unwrap_or_default();
        self.earlier.extend(booked.iter().cloned());
        Ok(Some(Closed { closing, again, booked }))
    }

    /// Adds what was written again for the last closing.
    pub(super) fn put_right(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.earlier.extend(rows);
    }

    /// What is booked without a closing, and whether the contract is booked to the last one. For the end.
    pub(super) fn left_over(&self, last: Option<&Closing>) -> Vec<String> {
        let mut found: Vec<String> = self
            .booked
            .iter()
            .map(|(run, rows)| format!("run {run} booked {} charge(s) and closed no day", rows.len()))
            .collect();
        let closed = last.map(|closing| closing.last_day);
        if closed != self.contract.booked_to {
            let text = |day: Option<Date>| day.map_or_else(|| "no day".to_owned(), |day| day.to_string());
            found.push(format!(
                "it is booked to {}, and closed to {}",
                text(self.contract.booked_to),
                text(closed)
            ));
        }
        found
    }
}

impl Closed {
    /// What it books and is not there.
    pub(super) fn missing(&self) -> Vec<NewCharge> {
        let known: BTreeSet<_> = self.booked.iter().map(|row| key(&row.clone().into())).collect();
        self.again.charges.iter().filter(|charge| !known.contains(&key(charge))).cloned().collect()
    }

    /// What is there and is not what it books. Of a thing's name, kind and project, those of the day count on which it
    /// was booked.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut again: BTreeMap<_, &NewCharge> =
            self.again.charges.iter().map(|charge| (key(charge), charge)).collect();
        let mut found = Vec::new();
        for row in &self.booked {
            let booked: NewCharge = row.clone().into();
            let told = format!("charge {}: {} of {} on {}", row.id, row.service, row.resource, row.first_day);
            let Some(again) = again.remove(&key(&booked)) else {
                found.push(format!("{told}: {} is booked, by nothing that was known", row.total));
                continue;
            };
            let as_then = NewCharge {
                resource_kind: booked.resource_kind.clone(),
                resource_name: booked.resource_name.clone(),
                project_id: booked.project_id,
                ..again.clone()
            };
            if as_then != booked {
                found.push(format!(
                    "{told}: {} is booked to {}, and rated again it is {} to {}",
                    booked.total, booked.last_day, again.total, again.last_day
                ));
            }
        }
        found
    }
}

/// What makes a charge one of its contract.
fn key(charge: &NewCharge) -> impl Ord + use<> {
    (
        (charge.resource, charge.service.clone(), charge.kind.clone(), charge.first_day, charge.about_day),
        (charge.plan_id, charge.plan_version, charge.grant_id, charge.period.clone()),
    )
}
