//! Operations on the ledger.

use super::{Page, endpoint};
use crate::resource::transaction::{TransactionKind, TransactionView};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which transactions.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransactionQuery {
    /// Code or id of the partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// Code or id of the client; those of a client who is gone are found by its contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Id of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// What it books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TransactionKind>,
    /// First day, such as `2021-12-20`, in the time zones of the contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Last day, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Transactions on a page: 1 to 1000, 10 without it.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<i64>,
    /// Where the next part begins: empty at first, then `next_cursor` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

endpoint! {
    /// Lists the ledger's transactions of the contracts that the caller may see, the newest first. What is not booked yet is in none of them, but in the balance.
    List = "transaction.list" GET "/v1/transaction" Partner query TransactionQuery, answer Page<TransactionView>
}
