//! Sources of observations.

use crate::{
    conn::{Conn, Tx, query},
    error::{Optional, StoreError},
    model::source::{NewSource, Source, SourceReport, SourceState},
    pool::Link,
    schema::source,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// The row of a source in its first epoch.
macro_rules! first {
    ($new:expr) => {{
        (
            $new.clone(),
            source::epoch.eq(1_i64),
            source::state.eq(SourceState::New),
            source::state_since.eq(Sql($new.created_at)),
            source::machines.eq(0_i64),
            source::unowned.eq(0_i64),
            source::mismatched.eq(0_i64),
            source::unmapped_disks.eq(0_i64),
        )
    }};
}

/// Makes a source known if it is not, and opens no epoch of one that is. Answers the source.
///
/// # Errors
/// `Unique` where another source has the hypervisor.
pub async fn ensure(tx: &mut Tx, new: &NewSource) -> Result<Source, StoreError> {
    query!(tx, |link| diesel::insert_into(source::table)
        .values(first!(new))
        .on_conflict(source::code)
        .do_nothing()
        .execute(link))?;
    query!(tx, |link| source::table
        .filter(source::code.eq(&new.code))
        .select(Source::as_select())
        .get_result(link))
}

/// Opens the next epoch of a source, making the source known if it is not. Answers the source in that epoch; no two
/// calls get the same one.
///
/// # Errors
/// `Unique` where another source has the hypervisor.
pub async fn open_epoch(tx: &mut Tx, new: &NewSource) -> Result<Source, StoreError> {
    query!(tx, |link| diesel::insert_into(source::table)
        .values(first!(new))
        .on_conflict(source::code)
        .do_update()
        .set((
            source::epoch.eq(source::epoch + 1_i64),
            source::hypervisor_id.eq(new.hypervisor_id),
            source::hold_s.eq(new.hold_s),
        ))
        .returning(Source::as_returning())
        .get_result(link))
}

/// Opens an epoch of a source that is later than all of its own, and than another one. Answers its number.
///
/// # Errors
/// `NotFound` where there is no such source.
pub async fn open_epoch_after(tx: &mut Tx, id: i64, other: i64) -> Result<i64, StoreError> {
    let next = lock(tx, id).await?.epoch.max(other).saturating_add(1);
    query!(tx, |link| diesel::update(source::table.find(id)).set(source::epoch.eq(next)).execute(link))?;
    Ok(next)
}

/// A source, kept from others that would change it until the transaction ends. What refers to it can be written meanwhile:
/// who did so just before may be about to change what this transaction changes next.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<Source, StoreError> {
    let conn: &mut Conn = tx;
    let row = source::table.find(id);
    let outcome = match conn.enter()? {
        Link::Pg(link) => row.select(Source::as_select()).for_no_key_update().first(link).await,
        Link::Sqlite(link) => row.select(Source::as_select()).first(link).await,
    };
    conn.leave(outcome)
}

/// The sources of these internal ids.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Source>, StoreError> {
    query!(conn, |link| source::table
        .filter(source::id.eq_any(ids.to_vec()))
        .order(source::id.asc())
        .select(Source::as_select())
        .load(link))
}

/// Notes how a source is doing. `state_since` moves only where the state does.
///
/// # Errors
/// `NotFound` where there is no such source.
pub async fn set_state(tx: &mut Tx, id: i64, report: &SourceReport) -> Result<Source, StoreError> {
    let known = lock(tx, id).await?;
    let since = if known.state == report.state { known.state_since } else { report.at };
    let complete = report.counts.is_some();
    let counts = report.counts.unwrap_or_else(|| known.counts());
    query!(tx, |link| diesel::update(source::table.find(id))
        .set((
            source::state.eq(report.state),
            source::state_since.eq(Sql(since)),
            source::last_ok_at.eq(if complete { Some(report.at) } else { known.last_ok_at }),
            source::heard_hold_s.eq(if complete { Some(known.hold_s) } else { known.heard_hold_s }),
            source::last_error.eq(report.error.clone()),
            source::attempts.eq(source::attempts + 1),
            source::machines.eq(counts.machines),
            source::unowned.eq(counts.unowned),
            source::mismatched.eq(counts.mismatched),
            source::unmapped_disks.eq(counts.unmapped_disks),
        ))
        .returning(Source::as_returning())
        .get_result(link))
}

/// Notes that people were told of a source's state.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &mut Tx, id: i64, state: SourceState) -> Result<(), StoreError> {
    query!(tx, |link| diesel::update(source::table.find(id)).set(source::told_state.eq(state)).execute(link))
        .map(drop)
}

/// The source of a name.
///
/// # Errors
/// When the database fails.
pub async fn find_by_code(conn: &mut Conn, code: &str) -> Result<Option<Source>, StoreError> {
    query!(conn, |link| source::table
        .filter(source::code.eq(code))
        .select(Source::as_select())
        .get_result(link))
    .optional()
}

/// The source of a hypervisor.
///
/// # Errors
/// When the database fails.
pub async fn find_by_hypervisor(conn: &mut Conn, hypervisor_id: i64) -> Result<Option<Source>, StoreError> {
    query!(conn, |link| source::table
        .filter(source::hypervisor_id.eq(hypervisor_id))
        .select(Source::as_select())
        .get_result(link))
    .optional()
}

/// The sources of some hypervisors.
///
/// # Errors
/// When the database fails.
pub async fn of_hypervisors(conn: &mut Conn, hypervisors: &[i64]) -> Result<Vec<Source>, StoreError> {
    query!(conn, |link| source::table
        .filter(source::hypervisor_id.eq_any(hypervisors.to_vec()))
        .order(source::id.asc())
        .select(Source::as_select())
        .load(link))
}
