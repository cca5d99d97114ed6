//! Transactions: what the ledger says about a contract, in double entry.

use super::{Ref, payment::PaidContract};
use crate::{money::Money, time::WireTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a transaction books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum TransactionKind {
    /// What one day cost.
    Charges,
    /// Money that came in.
    Payment,
    /// A correction of the balance.
    Correction,
}

/// One side of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Entry {
    /// The ledger's account: `client`, and opposite to it `revenue`, `bank_transfer`, `yandex_kassa` or `correction`.
    pub account: String,
    /// The amount in rubles; those of a transaction add up to 0.
    pub amount: Money,
}

/// A transaction of the ledger. It is never changed and never deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionView {
    /// Number of the transaction; later ones have higher numbers.
    pub id: i64,
    /// When it was posted.
    pub ctime: WireTime,
    /// The civil day that it books, or on which the money came in, such as `2021-12-20`.
    pub day: Option<String>,
    /// What it books.
    pub kind: TransactionKind,
    /// By how much it moved the balance, in rubles; charges are negative.
    pub amount: Money,
    /// The contract.
    pub contract: PaidContract,
    /// The client, as it last was.
    pub client: Ref,
    /// The partner; null once it is deleted.
    pub partner: Option<Ref>,
    /// Its sides, by account.
    pub entries: Vec<Entry>,
}
