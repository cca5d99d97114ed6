//! Attempts to log in: counted for each login and each address, in the database, so that servers count together.

use crate::{
    conn::{Tx, query},
    error::StoreError,
    model::login_attempt::LoginAttempts,
    schema::login_attempt,
    types::{Micros, Sql},
};
use diesel::{prelude::*, sql_query, sql_types::Binary};
use diesel_async::RunQueryDsl;
use schemas::time::Instant;

/// Counts one more attempt. Those of a time that is over do not count any more: the next one begins it anew.
const COUNT: &str = "
    INSERT INTO login_attempt (subject, count, ends_at) VALUES ($1, 1, $2)
    ON CONFLICT (subject) DO UPDATE SET
        count = CASE WHEN login_attempt.ends_at <= $3 THEN 1 ELSE login_attempt.count + 1 END,
        ends_at = CASE WHEN login_attempt.ends_at <= $3 THEN $2 ELSE login_attempt.ends_at END
    RETURNING count, ends_at";

/// Counts an attempt of this subject at `now`, in a time that ends at `ends_at` unless one is running. Answers how many
/// there were in the running one, this one among them.
///
/// # Errors
/// When the database fails.
pub async fn count(
    tx: &mut Tx,
    subject: &[u8; 32],
    now: Instant,
    ends_at: Instant,
) -> Result<LoginAttempts, StoreError> {
    query!(tx, |link| sql_query(COUNT)
        .bind::<Binary, _>(subject.to_vec())
        .bind::<Micros, _>(Sql(ends_at))
        .bind::<Micros, _>(Sql(now))
        .get_result(link))
}

/// Forgets the attempts of a subject.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &mut Tx, subject: &[u8; 32]) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(login_attempt::table.find(subject.to_vec())).execute(link)).map(drop)
}

/// Forgets what was over before an instant. Answers how many subjects.
///
/// # Errors
/// When the database fails.
pub async fn purge_before(tx: &mut Tx, before: Instant) -> Result<usize, StoreError> {
    query!(tx, |link| diesel::delete(login_attempt::table.filter(login_attempt::ends_at.lt(Sql(before))))
        .execute(link))
}
