//! What past days would have cost under other prices: lives are folded once, and rated under both.

use super::{super::Error, rated::Terms, start, tomorrow, zone};
use ::billing::rate::{PlanVersion, RateError, Window, bulk::Sheet};
use jiff::civil::Date;
use schemas::{money::Money, resource::tariff_plan::PlanItems, time::Instant};
use std::collections::BTreeMap;
use store::{
    Conn, Visible,
    model::{contract::Contract, tariff_plan::TariffPlan},
    queries,
};

/// Contracts that are read at once.
const CONTRACTS_AT_ONCE: i64 = 500;

/// What changed prices come to for a contract.
pub(in super::super) struct Impact {
    /// The contract.
    pub contract: Contract,
    /// What the days cost, and what they would have cost.
    pub costs: Result<(Money, Money), RateError>,
}

/// The contracts whose civil days lie at the same instants.
#[derive(Default)]
struct Group {
    sheet: Sheet,
    contracts: Vec<Contract>,
}

/// What the days `from` to `to`, both included, would have cost each contract that was ever on `plan`, if the plan had
/// had the prices `items` from its beginning.
///
/// # Errors
/// When the database fails.
pub(in super::super) async fn impact(
    conn: &mut Conn,
    now: Instant,
    plan: &TariffPlan,
    items: PlanItems,
    (from, to): (Date, Date),
) -> Result<Vec<Impact>, Error> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut before: BTreeMap<(i64, i64), PlanVersion> = BTreeMap::new();
    let mut impacts = Vec::new();
    let cutoff = Instant::from_micros(now.micros().saturating_add(1));
    let visible = Visible::partners(vec![plan.partner_id]);
    let mut after_id = 0;
    loop {
        let contracts = queries::contract::after(conn, &visible, after_id, CONTRACTS_AT_ONCE).await?;
        let Some(last) = contracts.last() else { break };
        after_id = last.id;
        for contract in contracts {
            let Terms { contract: terms, versions, lives, .. } = Terms::load(conn, &contract, cutoff).await?;
            if !terms.plan_moves.iter().any(|plan_move| plan_move.plan == plan.id) {
                continue;
            }
            before.extend(versions.into_iter().map(|version| ((version.plan, version.version), version)));
            let group = groups.entry(contract.time_zone.clone()).or_default();
            match group.sheet.push(&terms, &lives) {
                Ok(()) => group.contracts.push(contract),
                Err(error) => impacts.push(Impact { contract, costs: Err(error) }),
            }
        }
    }
    let before: Vec<PlanVersion> = before.into_values().collect();
    let mut after: Vec<PlanVersion> =
        before.iter().filter(|version| version.plan != plan.id).cloned().collect();
    after.push(PlanVersion { plan: plan.id, version: 0, from: Instant::MIN, items });
    // Computing alone: other calls go on meanwhile.
    let computed = tokio::task::spawn_blocking(move || {
        for group in groups.into_values() {
            let Some(first) = group.contracts.first() else { continue };
            let zone = zone(first)?;
            let window = Window { from: start(from, &zone)?, to: start(tomorrow(to)?, &zone)?.min(cutoff) };
            let costs = tried(&group.sheet, &before, &after, window);
            let together = group.contracts.into_iter().zip(costs);
            impacts.extend(together.map(|(contract, costs)| Impact { contract, costs }));
        }
        Ok(impacts)
    });
    computed.await.map_err(|error| Error::internal("plan impact", error))?
}

/// What the contracts of a sheet cost under both catalogues.
fn tried(
    sheet: &Sheet,
    before: &[PlanVersion],
    after: &[PlanVersion],
    window: Window,
) -> Vec<Result<(Money, Money), RateError>> {
    if window.from >= window.to {
        return sheet.cost(after, window).into_iter().map(|_| Ok((Money::ZERO, Money::ZERO))).collect();
    }
    let both = sheet.cost(before, window).into_iter().zip(sheet.cost(after, window));
    both.map(|(before, after)| Ok((before?, after?))).collect()
}
