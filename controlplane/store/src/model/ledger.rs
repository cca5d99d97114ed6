//! The ledger: double entry, exact, never updated.

use crate::{
    schema::{ledger_entry, ledger_transaction},
    types::{Sql, SqlOption},
};
use diesel::{Insertable, Queryable, Selectable};
use jiff::civil::Date;
use schemas::{money::Money, time::Instant};

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
    pub kind: String,
    /// The civil day it books.
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
    pub kind: String,
    /// The civil day it books.
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
