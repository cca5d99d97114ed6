//! Payments: money that came in under a contract, and corrections of its balance (8.2, 7.7).

use super::{Ref, client::PaymentMethod};
use crate::{code::Code, id::ContractId, money::Money, time::WireTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a balance was moved by a payment operation (8.2-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Method {
    /// By invoice.
    BankTransfer,
    /// By card.
    YandexKassa,
    /// By hand, up or down.
    Correction,
}

impl std::str::FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        serde_json::from_value(text.into())
            .map_err(|_| format!("\"{text}\" is no method; use bank_transfer, yandex_kassa or correction"))
    }
}

/// What became of a payment operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PaymentStatus {
    /// It is in the balance.
    Done,
}

/// Money that came in. The same method and external id, sent again with the same contract and amount, is the same payment, however long ago it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct PaymentSpec {
    /// How it came in: `bank_transfer` or `yandex_kassa`.
    pub method: PaymentMethod,
    /// Id of the contract, or code of its client.
    #[schemars(length(min = 1, max = 63))]
    pub contract: String,
    /// Code of the client's partner, where the client's code alone is ambiguous.
    #[serde(default)]
    pub partner: Option<Code>,
    /// Amount in rubles: above 0, at most 1000000000.
    pub amount: Money,
    /// Id that the bank or the payment system gave it, unique within the partner and the method for ever.
    #[schemars(length(min = 1, max = 255))]
    pub external_id: String,
}

/// A correction of a balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct CorrectionSpec {
    /// What the correction is known by, such as the number of a letter: unique within the contract, for ever. The same amount under the same reference is the same correction; another amount is refused.
    #[schemars(length(min = 1, max = 255), extend("x-tf" = {"path": "/external_id"}))]
    pub reference: String,
    /// By how much the balance grows, in rubles; negative to lower it. It is not the new balance (7.7-02). Neither 0 nor beyond 1000000000.
    #[schemars(extend("x-tf" = {"immutable": true}))]
    pub amount: Money,
    /// Why the balance is corrected, for those who read the list of payments.
    #[schemars(length(min = 1, max = 1000), extend("x-tf" = {"immutable": true}))]
    pub reason: String,
}

/// The contract of a payment or of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct PaidContract {
    /// Id of the contract.
    pub id: ContractId,
    /// Name of the contract.
    pub name: String,
}

/// A payment operation (8.2-02).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentView {
    /// Number of the payment.
    pub id: i64,
    /// When it was recorded.
    pub date: WireTime,
    /// Number of its transaction in the ledger.
    pub transaction: i64,
    /// By how much the balance grew, in rubles.
    pub amount: Money,
    /// The contract.
    pub contract: PaidContract,
    /// The client, as it last was.
    pub client: Ref,
    /// The partner; null once it is deleted.
    pub partner: Option<Ref>,
    /// How it came in; `correction` for one by hand.
    pub method: Method,
    /// What became of it.
    pub status: PaymentStatus,
    /// Id that the bank or the payment system gave it, or the reference of a correction.
    pub external_id: String,
    /// Why the balance was corrected; null for money that came in.
    pub reason: Option<String>,
    /// Login of who recorded it.
    pub author: String,
}
