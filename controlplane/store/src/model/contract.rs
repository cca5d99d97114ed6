//! Contracts: where charges are booked. A contract outlives its client.

use crate::{
    schema::{contract, contract_fact},
    types::{Json, Sql, SqlOption, words},
};
use diesel::{AsChangeset, ExpressionMethods, Insertable, Queryable, Selectable};
use jiff::civil::Date;
use schemas::{
    code::Code,
    id::{ClientId, ContractId},
    time::Instant,
};

words! {
    /// What state a contract is in.
    ContractState {
        /// In force.
        Active = "active",
        /// Its prepaid balance is used up.
        Exhausted = "exhausted",
        /// Its machines are stopped.
        Suspended = "suspended",
        /// Its client is deleted.
        Closed = "closed",
    }
}

/// A contract.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = contract)]
pub struct Contract {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: ContractId,
    /// Its client; none once the client is deleted.
    pub client_id: Option<i64>,
    /// The client's public id, kept for ever.
    pub client_public_id: ClientId,
    /// The client's code, as it last was.
    pub client_code: Code,
    /// The client's name, as it last was.
    pub client_name: String,
    /// The name.
    pub name: String,
    /// The IANA time zone of its civil days; never changed.
    pub time_zone: String,
    /// The plan in force.
    pub plan_id: i64,
    /// The last civil day that is booked.
    pub booked_to: Option<Date>,
    /// What state it is in.
    pub state: ContractState,
    /// Why it is not billed for now.
    pub parked_reason: Option<String>,
    /// Whatever is charged before this instant has been judged; none before the first time.
    pub settled_at: Option<Instant>,
    /// When its prepaid balance will be used up, as far as is computed ahead.
    pub exhausts_at: Option<Instant>,
    /// When it must be looked at next; none while nothing moves it.
    pub due_at: Option<Instant>,
    /// Whether its balance is at or below what its client wants to be told of.
    pub is_low: bool,
    /// Since when it is in its state; none since it was made.
    pub state_since: Option<Instant>,
    /// The number of the fact that put it there.
    pub state_fact: Option<i64>,
    /// When it was made.
    pub created_at: Instant,
    /// When its client was deleted.
    pub closed_at: Option<Instant>,
}

/// How a contract stands, as far as that changes by itself. `None` empties a column.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = contract, treat_none_as_null = true)]
pub struct Standing {
    /// What state it is in.
    pub state: ContractState,
    /// Since when; none since it was made.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub state_since: Option<Instant>,
    /// The number of the fact that put it there.
    pub state_fact: Option<i64>,
    /// Whether its balance is low.
    pub is_low: bool,
    /// Whatever is charged before this instant has been judged.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub settled_at: Option<Instant>,
    /// When its money will be used up.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub exhausts_at: Option<Instant>,
    /// When it must be looked at next.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub due_at: Option<Instant>,
}

impl Standing {
    /// How a contract stands now.
    pub fn of(contract: &Contract) -> Self {
        Self {
            state: contract.state,
            state_since: contract.state_since,
            state_fact: contract.state_fact,
            is_low: contract.is_low,
            settled_at: contract.settled_at,
            exhausts_at: contract.exhausts_at,
            due_at: contract.due_at,
        }
    }
}

/// A contract to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = contract, treat_none_as_default_value = false)]
pub struct NewContract {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The public id.
    #[diesel(serialize_as = Sql<ContractId>)]
    pub public_id: ContractId,
    /// Its client; none once the client is deleted.
    pub client_id: Option<i64>,
    /// The client's public id, kept for ever.
    #[diesel(serialize_as = Sql<ClientId>)]
    pub client_public_id: ClientId,
    /// The client's code, as it last was.
    #[diesel(serialize_as = Sql<Code>)]
    pub client_code: Code,
    /// The client's name, as it last was.
    pub client_name: String,
    /// The name.
    pub name: String,
    /// The IANA time zone of its civil days; never changed.
    pub time_zone: String,
    /// The plan in force.
    pub plan_id: i64,
    /// When it was made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// A fact of the control plane about a contract. Never changed once written.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contract_fact, treat_none_as_default_value = false)]
pub struct ContractFact {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The contract.
    pub contract_id: i64,
    /// Its number within the contract, from 1.
    pub sequence: i64,
    /// What kind of fact, such as `plan_assigned`.
    pub kind: String,
    /// What it says, as JSON.
    pub body: Json,
    /// From when on it holds.
    #[diesel(serialize_as = Sql<Instant>)]
    pub effective_at: Instant,
    /// When it was written.
    #[diesel(serialize_as = Sql<Instant>)]
    pub recorded_at: Instant,
}

/// A fact to append.
#[derive(Clone, Debug)]
pub struct NewFact {
    /// What kind of fact.
    pub kind: String,
    /// What it says, as JSON.
    pub body: Json,
    /// From when on it holds.
    pub effective_at: Instant,
    /// When it is written.
    pub recorded_at: Instant,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContractSort {
    /// By name.
    #[default]
    Name,
    /// By the time of making.
    CreatedAt,
    /// By the name of the client, as it last was.
    Client,
    /// By the balance.
    Balance,
    /// By the name of the tariff plan.
    Plan,
    /// By the name of the partner.
    Partner,
}

/// Which contracts are wanted.
#[derive(Clone, Debug, Default)]
pub struct ContractFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this client.
    pub client_id: Option<i64>,
    /// On this plan now: the internal ids of its partner and its own.
    pub plan: Option<(i64, i64)>,
    /// Only those whose client exists, or only those whose client is gone.
    pub open: Option<bool>,
}
