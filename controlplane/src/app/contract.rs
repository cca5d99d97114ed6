//! Contracts: where a client's charges are booked, and what was consumed under them (7.1, 7.8).

use super::{Error, Operation, billing, list, partner};
use jiff::civil::Date;
use schemas::{
    endpoint::{
        InParent, Page,
        contract::{ContractQuery, ReportQuery},
    },
    id::TariffPlanId,
    money::Money,
    resource::{
        Ref,
        contract::{BillingPlanRef, ContractRef, ContractView, Counterparty},
        report::ReportView,
    },
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    model::{
        contract::{Contract, ContractFilter, ContractSort},
        partner::Partner,
        tariff_plan::TariffPlan,
    },
    queries,
};
use uuid::Uuid;

/// The most days that a report covers.
const MAX_REPORT_DAYS: i32 = 366;

/// Lists the contracts that the caller sees, those of deleted clients too (7.1-09).
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: ContractQuery) -> Result<Page<ContractView>, Error> {
    let fields = [
        ("name", ContractSort::Name),
        ("ctime", ContractSort::CreatedAt),
        ("client", ContractSort::Client),
        ("balance", ContractSort::Balance),
        ("tariff_plan", ContractSort::Plan),
        ("partner", ContractSort::Partner),
    ];
    let (partner, plan) = (query.partner.as_deref(), query.tariff_plan.as_deref());
    let (partner_id, client_id) = op.parents_named(partner, query.client.as_deref()).await?;
    let plan = op.plan_named(partner, plan).await?;
    let filter = ContractFilter { partner_id, client_id, plan, open: query.inactive.map(|ended| !ended) };
    let part = query.part().or_search(query.name.as_deref());
    let wanted = list::wanted(part, &fields, (ContractSort::Name, false), filter)?;
    let visible = op.request.actor.visible();
    let listed = queries::contract::list(op.conn(), &visible, &wanted).await?;
    let views = views(op, &listed.rows).await?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Reads one contract, by its id or by the code of its client.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, parent: &InParent) -> Result<ContractView, Error> {
    let row = op.contract(id, parent).await?;
    view(op, &row).await
}

/// What was consumed under a contract, day by day (7.8-03 to 7.8-07).
///
/// # Errors
/// When the days are no days, too many or turned round.
pub async fn report(op: &mut Operation, id: &str, query: &ReportQuery) -> Result<ReportView, Error> {
    let row = op.contract(id, &InParent::default()).await?;
    let (from, to) = days(&query.from, &query.to)?;
    let now = op.now;
    billing::report(op.conn(), now, &row, from, to).await
}

/// The first and the last day that a query names.
///
/// # Errors
/// When the days are no days, too many or turned round.
pub(super) fn days(from: &str, to: &str) -> Result<(Date, Date), Error> {
    let day = |name: &str, text: &str| {
        text.parse::<Date>()
            .map_err(|_| Error::field(name, format!("\"{text}\" is not a day; write it like 2021-12-20")))
    };
    let (from, to) = (day("from", from)?, day("to", to)?);
    let days = from.until(to).map_err(|error| Error::field("to", error.to_string()))?.get_days();
    if !(0..=MAX_REPORT_DAYS).contains(&days) {
        let text = format!("a report covers 1 to {} days, from the first to the last", MAX_REPORT_DAYS + 1);
        return Err(Error::field("to", text));
    }
    Ok((from, to))
}

async fn view(op: &mut Operation, row: &Contract) -> Result<ContractView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("contract", "no view"))
}

/// Many contracts, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Contract]) -> Result<Vec<ContractView>, Error> {
    let refs = Refs::load(op, rows).await?;
    let view = |row: &Contract| {
        Ok(ContractView {
            ctime: WireTime(row.created_at),
            partner: refs.partners.get(&row.partner_id).map(partner::reference),
            time_zone: row.time_zone.clone(),
            booked_to: row.booked_to.map(|day| day.to_string()),
            parked_reason: row.parked_reason.clone(),
            contract: refs.contract(row)?,
        })
    };
    rows.iter().map(view).collect()
}

/// What some contracts refer to, by internal id; balances by contract.
pub(crate) struct Refs {
    partners: BTreeMap<i64, Partner>,
    plans: BTreeMap<i64, TariffPlan>,
    users: BTreeMap<i64, i64>,
    balances: BTreeMap<i64, Money>,
}

impl Refs {
    /// Loads it for some contracts.
    pub(crate) async fn load(op: &mut Operation, contracts: &[Contract]) -> Result<Self, Error> {
        let partner_ids = list::distinct(contracts.iter().map(|row| row.partner_id));
        let plan_ids = list::distinct(contracts.iter().map(|row| row.plan_id));
        let ids: Vec<i64> = contracts.iter().map(|row| row.id).collect();
        let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
        let plans = queries::tariff_plan::get_many(op.conn(), &partner_ids, &plan_ids).await?;
        let users = queries::tariff_plan::contracts(op.conn(), &partner_ids, &plan_ids).await?;
        let balances =
            queries::ledger::balances(op.conn(), &partner_ids, &ids, billing::CLIENT_ACCOUNT).await?;
        Ok(Self {
            partners: partners.into_iter().map(|row| (row.id, row)).collect(),
            plans: plans.into_iter().map(|row| (row.id, row)).collect(),
            users: users.into_iter().collect(),
            balances: balances.into_iter().collect(),
        })
    }

    /// The same for a contract that was just made: nothing is booked under it.
    pub(crate) async fn of_new(op: &mut Operation, owner: Partner, plan: TariffPlan) -> Result<Self, Error> {
        let users = queries::tariff_plan::contracts(op.conn(), &[owner.id], &[plan.id]).await?;
        Ok(Self {
            partners: [(owner.id, owner)].into(),
            plans: [(plan.id, plan)].into(),
            users: users.into_iter().collect(),
            balances: BTreeMap::new(),
        })
    }

    /// A contract as it stands inside its client.
    pub(crate) fn contract(&self, row: &Contract) -> Result<ContractRef, Error> {
        let partner = self.partners.get(&row.partner_id).map(partner::reference);
        let partner =
            partner.unwrap_or_else(|| Ref { id: Uuid::nil(), code: String::new(), name: String::new() });
        let plan = self.plans.get(&row.plan_id);
        Ok(ContractRef {
            id: row.public_id,
            name: row.name.clone(),
            balance: self.balances.get(&row.id).copied().unwrap_or(Money::ZERO),
            inactive: row.closed_at.is_some(),
            is_new: false,
            counterparty_left: Counterparty {
                id: partner.id,
                name: partner.name,
                entity: "partner".to_owned(),
            },
            counterparty_right: Counterparty {
                id: row.client_public_id.0,
                name: row.client_name.clone(),
                entity: "client".to_owned(),
            },
            billing_plan: plan.map_or_else(deleted_plan, |plan| BillingPlanRef {
                id: plan.public_id,
                code: plan.code.to_string(),
                name: plan.name.clone(),
                contracts: self.users.get(&plan.id).copied().unwrap_or(0),
            }),
        })
    }
}

/// What stands for a plan that was deleted after its last contract ended.
fn deleted_plan() -> BillingPlanRef {
    BillingPlanRef { id: TariffPlanId(Uuid::nil()), code: String::new(), name: String::new(), contracts: 0 }
}
