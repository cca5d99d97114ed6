//! Notes on clients.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, fold, listed, pattern},
    model::note::{NewNote, Note, NoteEdit, NoteFilter, NoteSort},
    schema::{note, partner},
    sql,
    types::Sql,
};
use diesel::{expression::BoxableExpression, prelude::*, sql_types::Bool};
use diesel_async::RunQueryDsl;
use schemas::{id::NoteId, time::Instant};

use super::next_version;

/// Makes a note, at version 1.
///
/// # Errors
/// `ForeignKey` where there is no such client.
pub async fn insert(tx: &mut Tx, new: &NewNote) -> Result<Note, StoreError> {
    query!(tx, |link| diesel::insert_into(note::table)
        .values((new.clone(), note::version.eq(1_i64), note::body_folded.eq(fold(&new.body))))
        .returning(Note::as_returning())
        .get_result(link))
}

/// The note of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, partner_id: i64, id: i64) -> Result<Note, StoreError> {
    lock_row!(tx, note::table.find((partner_id, id)).select(Note::as_select()))
}

/// The note of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, visible: &Visible, public_id: NoteId) -> Result<Option<Note>, StoreError> {
    query!(conn, |link| {
        let mut query = note::table.into_boxed::<Db>().filter(note::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(note::partner_id.eq_any(only.partners.clone()));
        }
        query.select(Note::as_select()).get_result(link)
    })
    .optional()
}

/// Changes a note and moves its version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected.
pub async fn update(
    tx: &mut Tx,
    partner_id: i64,
    id: i64,
    expected: Option<i64>,
    edit: &NoteEdit,
) -> Result<Note, StoreError> {
    let current: i64 = lock_row!(tx, note::table.find((partner_id, id)).select(note::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(note::table.find((partner_id, id)))
        .set((edit.clone(), note::version.eq(next), note::body_folded.eq(fold(&edit.body))))
        .returning(Note::as_returning())
        .get_result(link))
}

/// Deletes a note.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected.
pub async fn delete(tx: &mut Tx, partner_id: i64, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, note::table.find((partner_id, id)).select(note::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(note::table.find((partner_id, id))).execute(link)).map(drop)
}

/// The notes that people are to be told of by now, the longest due first: each as its partner's internal id and its own.
///
/// # Errors
/// When the database fails.
pub async fn due(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    query!(conn, |link| note::table
        .filter(note::done.eq(false))
        .filter(note::due_at.le(Some(now)))
        .order((note::due_at.asc(), note::id.asc()))
        .limit(limit)
        .select((note::partner_id, note::id))
        .load(link))
}

/// When people are to be told of the next note.
///
/// # Errors
/// When the database fails.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Instant>, StoreError> {
    let next: Option<Option<Instant>> = query!(conn, |link| note::table
        .filter(note::done.eq(false))
        .filter(note::due_at.is_not_null())
        .order(note::due_at.asc())
        .select(note::due_at)
        .first(link))
    .optional()?;
    Ok(next.flatten())
}

/// Notes that people were told of a note. Moves no version: nothing was edited.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &mut Tx, partner_id: i64, id: i64) -> Result<(), StoreError> {
    query!(tx, |link| diesel::update(note::table.find((partner_id, id)))
        .set(note::due_at.eq(None::<Instant>))
        .execute(link))
    .map(drop)
}

/// The public ids of a client's notes.
///
/// # Errors
/// When the database fails.
pub async fn ids_of_client(
    conn: &mut Conn,
    partner_id: i64,
    client_id: i64,
) -> Result<Vec<NoteId>, StoreError> {
    query!(conn, |link| note::table
        .filter(note::partner_id.eq(partner_id))
        .filter(note::client_id.eq(client_id))
        .order(note::id.asc())
        .select(note::public_id)
        .load(link))
}

/// A condition on a note, for one database.
type Condition<DB> = Box<dyn BoxableExpression<note::table, DB, SqlType = Bool>>;

/// A list of notes.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<NoteSort, NoteFilter>,
) -> Result<Listed<Note>, StoreError> {
    let wanted = &list.filter;
    listed!(conn, list, Note, id: note::id,
        filtered: {
            let mut query = note::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(note::partner_id.eq_any(only.partners.clone()));
            }
            if let Some(search) = &list.search {
                query = query.filter(note::body_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(partner_id) = wanted.partner_id {
                query = query.filter(note::partner_id.eq(partner_id));
            }
            if let Some(client_id) = wanted.client_id {
                query = query.filter(note::client_id.eq(client_id));
            }
            if let Some(author) = &wanted.author {
                query = query.filter(note::author.eq(author.clone()));
            }
            if let Some(system) = wanted.system {
                query = query.filter(note::system.eq(system));
            }
            if let Some(done) = wanted.done {
                query = query.filter(note::done.eq(done));
            }
            match wanted.notification {
                Some(true) => query = query.filter(note::notify_at.is_not_null()),
                Some(false) => query = query.filter(note::notify_at.is_null()),
                None => {}
            }
            if let Some(from) = wanted.notify_from {
                query = query.filter(note::notify_at.assume_not_null().ge(Sql(from)));
            }
            if let Some(to) = wanted.notify_to {
                query = query.filter(note::notify_at.assume_not_null().lt(Sql(to)));
            }
            if let Some((days, today)) = &wanted.written {
                let nowhere: Condition<Db> = Box::new(note::id.lt(0_i64));
                let on_day = days.iter().fold(nowhere, |any, day| {
                    let there = partner::table
                        .filter(partner::time_zone.eq(day.time_zone.clone()))
                        .select(partner::id);
                    let then = note::created_at.ge(Sql(day.from)).and(note::created_at.lt(Sql(day.to)));
                    Box::new(any.or(note::partner_id.eq_any(there).and(then)))
                });
                query = if *today {
                    query.filter(on_day)
                } else {
                    query.filter(diesel::dsl::not(on_day))
                };
            }
            query
        },
        order: {
            NoteSort::CreatedAt => note::created_at,
            NoteSort::NotifyAt => sql::notify_at(),
            NoteSort::Author => note::author,
        }
    )
}
