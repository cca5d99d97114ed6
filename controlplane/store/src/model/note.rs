//! Notes on clients.

use crate::{
    schema::note,
    types::{Sql, SqlOption},
};
use diesel::{AsChangeset, ExpressionMethods, Insertable, Queryable, Selectable};
use schemas::{id::NoteId, time::Instant};

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = note)]
pub struct Note {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: NoteId,
    /// The client it is about.
    pub client_id: i64,
    /// Moved by every edit.
    pub version: i64,
    /// The text.
    pub body: String,
    /// Who wrote it, as people read it.
    pub author: String,
    /// Whether the server wrote it by itself.
    pub system: bool,
    /// When its notification is due; none for no notification.
    pub notify_at: Option<Instant>,
    /// Whether it is done.
    pub done: bool,
    /// When it was written.
    pub created_at: Instant,
    /// When people are to be told of it, unless it is done by then; none once they were.
    pub due_at: Option<Instant>,
}

/// A note to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = note)]
pub struct NewNote {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The public id.
    #[diesel(serialize_as = Sql<NoteId>)]
    pub public_id: NoteId,
    /// The client it is about.
    pub client_id: i64,
    /// The text.
    pub body: String,
    /// Who wrote it, as people read it.
    pub author: String,
    /// Whether the server wrote it by itself.
    pub system: bool,
    /// When its notification is due; none for no notification.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub notify_at: Option<Instant>,
    /// Whether it is done.
    pub done: bool,
    /// When it was written.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
    /// When people are to be told of it.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub due_at: Option<Instant>,
}

/// What of a note may be changed; `None` empties a field.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = note, treat_none_as_null = true)]
pub struct NoteEdit {
    /// The text.
    pub body: String,
    /// When its notification is due; none for no notification.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub notify_at: Option<Instant>,
    /// Whether it is done.
    pub done: bool,
    /// When people are to be told of it.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub due_at: Option<Instant>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoteSort {
    /// By the time of writing.
    #[default]
    CreatedAt,
    /// By the time of the notification.
    NotifyAt,
    /// By who wrote it.
    Author,
}

/// A civil day where it is one civil day: in the partners of one time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneDay {
    /// The IANA time zone.
    pub time_zone: String,
    /// When the day begins there.
    pub from: Instant,
    /// When the next one does.
    pub to: Instant,
}

/// Which notes are wanted.
#[derive(Clone, Debug, Default)]
pub struct NoteFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this client.
    pub client_id: Option<i64>,
    /// By this author.
    pub author: Option<String>,
    /// Only the server's own, or only those of people.
    pub system: Option<bool>,
    /// Only those with a notification, or only those without one.
    pub notification: Option<bool>,
    /// Only those that are done, or only those that are not.
    pub done: Option<bool>,
    /// Whose notification is not before this instant.
    pub notify_from: Option<Instant>,
    /// Whose notification is before this instant.
    pub notify_to: Option<Instant>,
    /// Only those written on this day of their partner's zone, or only the others.
    pub written: Option<(Vec<ZoneDay>, bool)>,
}
