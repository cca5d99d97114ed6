//! Settings that the server keeps for itself.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    schema::setting,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// The value of a setting.
///
/// # Errors
/// When the database fails.
pub async fn get(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    query!(conn, |link| setting::table.find(name).select(setting::value).get_result(link)).optional()
}

/// Sets a setting.
///
/// # Errors
/// When the database fails.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    query!(tx, |link| diesel::insert_into(setting::table)
        .values((setting::name.eq(name), setting::value.eq(value)))
        .on_conflict(setting::name)
        .do_update()
        .set(setting::value.eq(value))
        .execute(link))
    .map(drop)
}
