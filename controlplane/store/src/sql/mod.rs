//! The SQL that must be written by hand, and the little of it that differs between the databases.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use diesel::{
    QueryableByName,
    expression::SqlLiteral,
    sql_types::{BigInt, Bool, Nullable, Text},
};

/// The key of a row of a source that was written.
#[derive(QueryableByName)]
pub(crate) struct DeliveryKey {
    #[diesel(sql_type = BigInt)]
    pub(crate) source_id: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) epoch: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) sequence: i64,
}

/// The place of the latest observation of a thing.
#[derive(QueryableByName)]
pub(crate) struct LatestPlace {
    #[diesel(sql_type = BigInt)]
    pub(crate) resource_id: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) epoch: i64,
    #[diesel(sql_type = BigInt)]
    pub(crate) sequence: i64,
}

/// The id of an event that was written.
#[derive(QueryableByName)]
pub(crate) struct EventKey {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: i64,
}

/// The sum of the ledger's entries. PostgreSQL adds 64-bit integers up to a decimal, which is cast back; both
/// databases fail rather than overflow.
pub(crate) fn ledger_sum() -> SqlLiteral<Nullable<BigInt>> {
    diesel::dsl::sql("CAST(SUM(ledger_entry.amount) AS BIGINT)")
}

/// The name by which a list of `table` is sorted by partner.
pub(crate) fn partner_of(table: &str) -> SqlLiteral<Text> {
    diesel::dsl::sql(&format!(
        "COALESCE((SELECT partner.name_folded FROM partner WHERE partner.id = {table}.partner_id), '')"
    ))
}

/// The name by which a list of `table` is sorted by client.
pub(crate) fn client_of(table: &str) -> SqlLiteral<Text> {
    diesel::dsl::sql(&format!(
        "COALESCE((SELECT client.name_folded FROM client
            WHERE client.partner_id = {table}.partner_id AND client.id = {table}.client_id), '')"
    ))
}

/// When a note's notification is due; without one, after all others. The databases put nulls at different ends.
pub(crate) fn notify_at() -> SqlLiteral<BigInt> {
    diesel::dsl::sql("COALESCE(note.notify_at, 9223372036854775807)")
}

/// Whether a version of a plan is its last.
pub(crate) fn is_latest_version() -> SqlLiteral<Bool> {
    diesel::dsl::sql(
        "tariff_plan_version.version = (SELECT MAX(other.version) FROM tariff_plan_version other
            WHERE other.partner_id = tariff_plan_version.partner_id AND other.plan_id = tariff_plan_version.plan_id)",
    )
}

/// The account whose sum is the balance that lists are sorted by.
macro_rules! balance {
    ($contract:literal) => {
        concat!(
            "COALESCE((SELECT SUM(entry.amount) FROM ledger_entry entry
                JOIN ledger_transaction booked
                    ON booked.partner_id = entry.partner_id AND booked.id = entry.transaction_id
                WHERE entry.account = 'client' AND ",
            $contract,
            "), 0)"
        )
    };
}

/// What is booked on a contract.
pub(crate) fn balance_of_contract() -> SqlLiteral<BigInt> {
    diesel::dsl::sql(balance!("booked.partner_id = contract.partner_id AND booked.contract_id = contract.id"))
}

/// What is booked on the contract of a client.
pub(crate) fn balance_of_client() -> SqlLiteral<BigInt> {
    diesel::dsl::sql(balance!(
        "booked.partner_id = client.partner_id AND booked.contract_id = (SELECT own.id FROM contract own
            WHERE own.partner_id = client.partner_id AND own.client_id = client.id)"
    ))
}

/// The name of a contract's plan.
pub(crate) fn plan_of_contract() -> SqlLiteral<Text> {
    diesel::dsl::sql(
        "COALESCE((SELECT plan.name_folded FROM tariff_plan plan
            WHERE plan.partner_id = contract.partner_id AND plan.id = contract.plan_id), '')",
    )
}

/// The name of the plan of a client's contract.
pub(crate) fn plan_of_client() -> SqlLiteral<Text> {
    diesel::dsl::sql(
        "COALESCE((SELECT plan.name_folded FROM contract own
            JOIN tariff_plan plan ON plan.partner_id = own.partner_id AND plan.id = own.plan_id
            WHERE own.partner_id = client.partner_id AND own.client_id = client.id), '')",
    )
}

/// How many projects a client has.
pub(crate) fn projects_of_client() -> SqlLiteral<BigInt> {
    diesel::dsl::sql(
        "(SELECT COUNT(*) FROM project own WHERE own.partner_id = client.partner_id AND own.client_id = client.id)",
    )
}
