//! Plan impact: what past days would have cost under other prices.

use super::{
    Error, Operation,
    billing::{self, Impact},
    contract::days,
};
use schemas::{
    endpoint::{InParent, plan_impact::PlanImpactQuery},
    money::Money,
    resource::{
        Ref,
        plan_impact::{ClientImpact, PlanImpactView},
        tariff_plan::PlanItems,
    },
};

/// Clients that are told one by one where the query does not say how many.
const CLIENTS: i64 = 1000;

/// The most of them.
const MAX_CLIENTS: i64 = 10_000;

/// What past days would have cost, client by client, if a plan had had other prices from its beginning.
///
/// # Errors
/// When the plan does not exist for the caller, or the query is wrong.
pub async fn read(op: &mut Operation, query: &PlanImpactQuery) -> Result<PlanImpactView, Error> {
    let days = days(&query.from, &query.to)?;
    let limit = query.limit.unwrap_or(CLIENTS);
    if !(0..=MAX_CLIENTS).contains(&limit) {
        return Err(Error::field("limit", format!("{limit} is not accepted; use 0 to {MAX_CLIENTS}")));
    }
    let items: PlanItems = serde_json::from_str(&query.services).map_err(|error| {
        let text =
            format!("these are no prices by service: {error}; write {{\"kvm_cpu\":{{\"price\":\"1.5\"}}}}");
        Error::field("services", text)
    })?;
    let parent = InParent { partner: query.partner.clone(), client: None };
    let plan = op.tariff_plan(&query.tariff_plan, &parent).await?;
    let now = op.now;
    let mut impacts = billing::impact(op.conn(), now, &plan, items, days).await?;
    impacts.sort_by_cached_key(|impact| {
        (impact.costs.is_ok(), std::cmp::Reverse(difference(impact).map(|it| it.units().unsigned_abs())))
    });
    let too_much = || Error::field("services", "this comes to more than 922 billion rubles");
    let (before, after) = totals(&impacts).ok_or_else(too_much)?;
    let limit = usize::try_from(limit).unwrap_or(0);
    Ok(PlanImpactView {
        plan: Ref { id: plan.public_id.0, code: plan.code.to_string(), name: plan.name },
        contracts: i64::try_from(impacts.len()).map_err(|error| Error::internal("contracts", error))?,
        before,
        after,
        difference: after.checked_sub(before).ok_or_else(too_much)?,
        clients: impacts.iter().take(limit).map(view).collect(),
    })
}

/// What all together cost and would have cost; none where that does not fit.
fn totals(impacts: &[Impact]) -> Option<(Money, Money)> {
    let costs = impacts.iter().filter_map(|impact| impact.costs.as_ref().ok());
    costs.copied().try_fold((Money::ZERO, Money::ZERO), |(before, after), more| {
        Some((before.checked_add(more.0)?, after.checked_add(more.1)?))
    })
}

fn difference(impact: &Impact) -> Option<Money> {
    let (before, after) = impact.costs.as_ref().ok()?;
    after.checked_sub(*before)
}

fn view(impact: &Impact) -> ClientImpact {
    let costs = impact.costs.as_ref().ok();
    ClientImpact {
        client: impact.contract.client_code.to_string(),
        name: impact.contract.client_name.clone(),
        before: costs.map(|costs| costs.0),
        after: costs.map(|costs| costs.1),
        difference: difference(impact),
        problem: impact.costs.as_ref().err().map(ToString::to_string),
    }
}
