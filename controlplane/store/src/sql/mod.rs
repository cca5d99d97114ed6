//! The SQL that must be written by hand, and the little of it that differs between the databases.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use diesel::{
    QueryableByName,
    expression::SqlLiteral,
    sql_types::{BigInt, Nullable},
};

/// The key of an observation that was written.
#[derive(QueryableByName)]
pub(crate) struct ObservationKey {
    #[diesel(sql_type = BigInt)]
    pub(crate) source_id: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) epoch: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) sequence: i64,
}

/// The sum of the ledger's entries. PostgreSQL adds 64-bit integers up to a decimal, which is cast back; both
/// databases fail rather than overflow.
pub(crate) fn ledger_sum() -> SqlLiteral<Nullable<BigInt>> {
    diesel::dsl::sql("CAST(SUM(ledger_entry.amount) AS BIGINT)")
}
