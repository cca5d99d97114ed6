//! Contracts: where a client's charges are booked.

use super::Ref;
use crate::{
    id::{ContractId, TariffPlanId},
    money::{self, Money},
    time::WireTime,
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
    /// How many contracts use it now.
    pub contracts: i64,
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
    /// Why billing left it out, when a run failed for it.
    pub parked_reason: Option<String>,
    /// What the public clients read.
    #[serde(flatten)]
    pub contract: ContractRef,
}
