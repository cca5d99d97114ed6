//! The ledger: double entry, exact, never updated.

use crate::{
    schema::{ledger_entry, ledger_transaction},
    types::{Sql, SqlOption, words},
};
use diesel::{Insertable, Queryable, Selectable};
use jiff::civil::Date;
use schemas::{money::Money, time::Instant};

words! {
    /// What a transaction books.
    TransactionKind {
        /// What a day cost.
        Charges = "charges",
        /// Money that came in.
        Payment = "payment",
        /// A correction of the balance.
        Correction = "correction",
    }
}

/// One transaction of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = ledger_transaction)]
pub struct LedgerTransaction {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// What makes it unique within the partner, for ever.
    pub key: String,
    /// The contract.
    pub contract_id: i64,
    /// What kind of transaction.
    pub kind: TransactionKind,
    /// The civil day it books, or on which the money came.
    pub day: Option<Date>,
    /// When it was posted.
    pub at: Instant,
}

/// A transaction to post.
#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = ledger_transaction)]
pub struct NewLedgerTransaction {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// What makes it unique within the partner, for ever.
    pub key: String,
    /// The contract.
    pub contract_id: i64,
    /// What kind of transaction.
    pub kind: TransactionKind,
    /// The civil day it books, or on which the money comes.
    #[diesel(serialize_as = SqlOption<Date>)]
    pub day: Option<Date>,
    /// When it is posted.
    #[diesel(serialize_as = Sql<Instant>)]
    pub at: Instant,
}

/// One side of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = ledger_entry)]
pub struct LedgerEntry {
    /// The ledger's account, such as `client` or `revenue`.
    pub account: String,
    /// The amount; all of a transaction sum to zero.
    pub amount: Money,
}

/// What became of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is in the ledger now, under this internal id.
    New(i64),
    /// A transaction with its key was already there, under this internal id; nothing was written.
    AlreadyPosted(i64),
}

/// Which transactions are wanted.
#[derive(Clone, Debug, Default)]
pub struct LedgerFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this contract: the internal ids of its partner and its own.
    pub contract: Option<(i64, i64)>,
    /// Of this kind.
    pub kind: Option<TransactionKind>,
    /// Of this civil day or a later one.
    pub from: Option<Date>,
    /// Of this civil day or an earlier one.
    pub to: Option<Date>,
}
