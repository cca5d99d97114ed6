//! Contracts: where a client's charges are booked.

use super::Ref;
use crate::{
    id::{ContractId, TariffPlanId},
    money::{self, Money},
    time::{Instant, WireTime},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One side of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Counterparty {
    /// Id of the partner or client.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `partner` or `client`.
    pub entity: String,
}

/// The plan that a contract is charged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct BillingPlanRef {
    /// Id of the plan.
    pub id: TariffPlanId,
    /// Code of the plan.
    pub code: String,
    /// Name of the plan.
    pub name: String,
    /// How many contracts that the caller sees use it now.
    pub contracts: i64,
}

/// How a contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ContractState {
    /// In force, with money or postpaid.
    Active,
    /// In force, its prepaid balance at or below the client's `min_balance`.
    Low,
    /// Its prepaid balance is used up: its machines are not charged, and nothing can be ordered.
    Exhausted,
    /// The partner's grace is over, too: its machines are to be stopped.
    Suspended,
    /// Its client is deleted.
    Closed,
}

/// The fact that put a contract into its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct StateCause {
    /// What happened: `charging_held`, `machines_stopped`, `charging_resumed`, `balance_low` or `balance_restored`.
    pub fact: String,
    /// The balance at that instant, in rubles.
    pub balance: Money,
    /// Number of the ledger's transaction that brought it about; null where time or use did.
    pub transaction: Option<i64>,
}

/// A contract as it stands inside its client, in the wire format of the platform's public clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ContractRef {
    /// Id of the contract.
    pub id: ContractId,
    /// Name of the contract.
    pub name: String,
    /// Balance in rubles: what came in, less what was used up to now, booked or not. Negative is owed.
    #[serde(with = "money::number")]
    #[schemars(with = "Money")]
    pub balance: Money,
    /// Whether it ended.
    pub inactive: bool,
    /// Whether it was never linked to an organisation.
    pub is_new: bool,
    /// The partner.
    pub counterparty_left: Counterparty,
    /// The client.
    pub counterparty_right: Counterparty,
    /// The plan that it is charged by.
    pub billing_plan: BillingPlanRef,
}

/// A contract as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContractView {
    /// When it was made.
    pub ctime: WireTime,
    /// The partner that it belongs to; null once the partner is deleted.
    pub partner: Option<Ref>,
    /// Time zone of its civil days.
    pub time_zone: String,
    /// Up to which day charges are booked; that day is not booked yet.
    pub booked_to: Option<String>,
    /// How it stands.
    pub state: ContractState,
    /// Since when; null since it was made.
    pub state_since: Option<Instant>,
    /// What put it there; null since it was made.
    pub state_cause: Option<StateCause>,
    /// When its prepaid balance will be used up, if nothing changes; null for never, or not in the next 32 days.
    pub exhausts_at: Option<Instant>,
    /// When the machines of an exhausted contract will be stopped.
    pub suspends_at: Option<Instant>,
    /// Why billing left it out, when a run failed for it.
    pub parked_reason: Option<String>,
    /// What the public clients read.
    #[serde(flatten)]
    pub contract: ContractRef,
}
