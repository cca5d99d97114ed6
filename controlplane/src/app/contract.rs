//! Contracts: where a client's charges are booked, and what was consumed under them (7.1, 7.8).

use super::{Error, Operation, billing, convert, list, partner, transaction::day};
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
        contract::{
            BillingPlanRef, ContractRef, ContractState as Word, ContractView, Counterparty, StateCause,
        },
        payment::PaidContract,
        report::ReportView,
    },
    time::WireTime,
};
use std::collections::BTreeMap;
use store::{
    model::{
        contract::{Contract, ContractFilter, ContractSort, ContractState},
        partner::Partner,
        tariff_plan::TariffPlan,
    },
    queries,
};
use uuid::Uuid;

/// The noun.
pub(crate) const KIND: &str = "contract";

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
    let visible = op.visible();
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
    let project_id = match &query.project {
        Some(project) => Some(project_of(op, &row, project).await?),
        None => None,
    };
    let parts = billing::Parts {
        from,
        to,
        project_id,
        service: query.service,
        detail: query.detail,
        group_by: query.group_by,
    };
    let now = op.now;
    billing::report(op.conn(), now, &row, &parts).await
}

/// The first and the last day that a query names.
///
/// # Errors
/// When the days are no days, too many or turned round.
pub(super) fn days(from: &str, to: &str) -> Result<(Date, Date), Error> {
    let (from, to) = (day("from", from)?, day("to", to)?);
    let days = from.until(to).map_err(|error| Error::field("to", error.to_string()))?.get_days();
    if !(0..=MAX_REPORT_DAYS).contains(&days) {
        let text = format!("a report covers 1 to {} days, from the first to the last", MAX_REPORT_DAYS + 1);
        return Err(Error::field("to", text));
    }
    Ok((from, to))
}

/// The internal id of a project of the contract's client.
async fn project_of(op: &mut Operation, row: &Contract, project: &str) -> Result<i64, Error> {
    let client = Some(row.client_public_id.to_string());
    let found = op.project(project, &InParent { partner: None, client }).await;
    let own = match found {
        Err(Error::NotFound) => None,
        found => Some(found?).filter(|found| Some(found.client_id) == row.client_id),
    };
    let missing = || Error::field("project", format!("the client has no project \"{project}\""));
    own.map(|project| project.id).ok_or_else(missing)
}

async fn view(op: &mut Operation, row: &Contract) -> Result<ContractView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("contract", "no view"))
}

/// Many contracts, in the order of the rows, in a few queries.
async fn views(op: &mut Operation, rows: &[Contract]) -> Result<Vec<ContractView>, Error> {
    let refs = Refs::load(op, rows).await?;
    let mut causes = causes(op, rows).await?;
    let mut view = |row: &Contract| {
        let grace_s = refs.partners.get(&row.partner_id).map_or(0, |partner| partner.grace_s);
        Ok(ContractView {
            state: state(row),
            state_since: row.state_since,
            state_cause: causes.remove(&row.id),
            exhausts_at: row.exhausts_at,
            suspends_at: billing::stops_at(row.state, row.state_since, grace_s),
            ctime: WireTime(row.created_at),
            partner: refs.partners.get(&row.partner_id).map(partner::reference),
            time_zone: row.time_zone.clone(),
            booked_to: row.booked_to.map(|day| day.to_string()),
            parked_reason: row.parked_reason.clone(),
            contract: refs.contract(row)?,
        })
    };
    rows.iter().map(&mut view).collect()
}

/// The word for how a contract stands.
const fn state(row: &Contract) -> Word {
    match row.state {
        ContractState::Active if row.is_low => Word::Low,
        ContractState::Active => Word::Active,
        ContractState::Exhausted => Word::Exhausted,
        ContractState::Suspended => Word::Suspended,
        ContractState::Closed => Word::Closed,
    }
}

/// The facts that put some contracts into their states, by internal id.
async fn causes(op: &mut Operation, rows: &[Contract]) -> Result<BTreeMap<i64, StateCause>, Error> {
    let mut causes = BTreeMap::new();
    for row in rows {
        let Some(sequence) = row.state_fact else { continue };
        let fact = queries::contract::fact(op.conn(), row.partner_id, row.id, sequence).await?;
        let said: billing::Said = fact.body.read().map_err(convert::stored)?;
        let cause = StateCause { fact: fact.kind, balance: said.balance, transaction: said.transaction };
        causes.insert(row.id, cause);
    }
    Ok(causes)
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
        let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
        let plans = queries::tariff_plan::get_many(op.conn(), &partner_ids, &plan_ids).await?;
        let visible = op.visible();
        let users = queries::tariff_plan::contracts(op.conn(), &visible, &partner_ids, &plan_ids).await?;
        let now = op.now;
        let balances = billing::balances(op.conn(), contracts, now).await?;
        Ok(Self {
            partners: partners.into_iter().map(|row| (row.id, row)).collect(),
            plans: plans.into_iter().map(|row| (row.id, row)).collect(),
            users: users.into_iter().collect(),
            balances,
        })
    }

    /// The same for a contract that was just made: nothing is booked under it.
    pub(crate) async fn of_new(op: &mut Operation, owner: Partner, plan: TariffPlan) -> Result<Self, Error> {
        let visible = op.visible();
        let users = queries::tariff_plan::contracts(op.conn(), &visible, &[owner.id], &[plan.id]).await?;
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

/// The contracts that payments and transactions are of, by the internal ids of their partners and their own.
pub(crate) struct Owners {
    contracts: BTreeMap<(i64, i64), Contract>,
    partners: BTreeMap<i64, Partner>,
}

/// Whose a payment or a transaction is.
pub(crate) struct Owner {
    /// The contract.
    pub contract: PaidContract,
    /// The client, as it last was.
    pub client: Ref,
    /// The partner; none once it is deleted.
    pub partner: Option<Ref>,
}

impl Owners {
    /// Those of some rows, in two queries.
    pub(crate) async fn load(
        op: &mut Operation,
        rows: impl Iterator<Item = (i64, i64)>,
    ) -> Result<Self, Error> {
        let (partner_ids, ids): (Vec<i64>, Vec<i64>) = rows.unzip();
        let (partner_ids, ids) = (list::distinct(partner_ids), list::distinct(ids));
        let contracts = queries::contract::get_many(op.conn(), &partner_ids, &ids).await?;
        let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
        Ok(Self {
            contracts: contracts.into_iter().map(|row| ((row.partner_id, row.id), row)).collect(),
            partners: partners.into_iter().map(|row| (row.id, row)).collect(),
        })
    }

    /// Whose the row of a contract is.
    pub(crate) fn of(&self, partner_id: i64, contract_id: i64) -> Result<Owner, Error> {
        let row = self.contracts.get(&(partner_id, contract_id));
        let row = row.ok_or_else(|| Error::internal("payment", "it has no contract"))?;
        Ok(Owner {
            contract: PaidContract { id: row.public_id, name: row.name.clone() },
            client: Ref {
                id: row.client_public_id.0,
                code: row.client_code.to_string(),
                name: row.client_name.clone(),
            },
            partner: self.partners.get(&partner_id).map(partner::reference),
        })
    }
}
