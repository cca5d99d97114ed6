//! Payments and corrections of balances. Never changed once written.

use crate::{
    schema::payment,
    types::{Sql, words},
};
use diesel::{Insertable, Queryable, Selectable};
use schemas::{money::Money, time::Instant};

words! {
    /// How money came in.
    Method {
        /// By invoice.
        BankTransfer = "bank_transfer",
        /// By card.
        YandexKassa = "yandex_kassa",
        /// By hand, signed.
        Correction = "correction",
    }
}

/// A payment, or a correction.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = payment)]
pub struct Payment {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// Its id, inside and outside.
    pub id: i64,
    /// The contract.
    pub contract_id: i64,
    /// Its transaction in the ledger.
    pub transaction_id: i64,
    /// How it came in.
    pub method: Method,
    /// The payment system's id, or the correction's reference.
    pub external_id: String,
    /// By how much the balance grew.
    pub amount: Money,
    /// Why a balance was corrected.
    pub reason: Option<String>,
    /// Login of who recorded it.
    pub author: String,
    /// When it was recorded.
    pub created_at: Instant,
}

/// A payment to record.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = payment)]
pub struct NewPayment {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The contract.
    pub contract_id: i64,
    /// Its transaction in the ledger.
    pub transaction_id: i64,
    /// How it came in.
    pub method: Method,
    /// The payment system's id, or the correction's reference.
    pub external_id: String,
    /// By how much the balance grows.
    #[diesel(serialize_as = Sql<Money>)]
    pub amount: Money,
    /// Why a balance is corrected.
    pub reason: Option<String>,
    /// Login of who records it.
    pub author: String,
    /// When it is recorded.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaymentSort {
    /// By the time of recording.
    #[default]
    CreatedAt,
    /// By the amount.
    Amount,
}

/// Which payments are wanted.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this contract: the internal ids of its partner and its own.
    pub contract: Option<(i64, i64)>,
    /// By this method.
    pub method: Option<Method>,
    /// With exactly this external id or reference.
    pub external_id: Option<String>,
    /// Recorded at this instant or later.
    pub from: Option<Instant>,
    /// Recorded before this instant.
    pub to: Option<Instant>,
}
