//! Plan impact: what a past period would have cost under other prices.

use super::Ref;
use crate::money::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the changed prices come to for one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ClientImpact {
    /// Code of the client.
    pub client: String,
    /// Name of the client.
    pub name: String,
    /// What the period cost, in rubles; null where it cannot be told.
    pub before: Option<Money>,
    /// What it would have cost, in rubles; null where it cannot be told.
    pub after: Option<Money>,
    /// By how much more, in rubles; negative is less.
    pub difference: Option<Money>,
    /// Why it cannot be told.
    pub problem: Option<String>,
}

/// What a past period would have cost if a plan had had other prices from the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanImpactView {
    /// The plan.
    pub plan: Ref,
    /// How many contracts were on the plan in the period or before.
    pub contracts: i64,
    /// What the period cost all clients together, in rubles.
    pub before: Money,
    /// What it would have cost, in rubles.
    pub after: Money,
    /// By how much more, in rubles; negative is less.
    pub difference: Money,
    /// The clients whom it concerns most: those whose cost differs most come first, at most as many as were asked for.
    pub clients: Vec<ClientImpact>,
}
