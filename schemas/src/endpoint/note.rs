//! Operations on notes.

use super::{ById, InParent, Page, Patch, endpoint, list_query};
use crate::{
    resource::note::{NoteSpec, NoteUpdate, NoteView},
    time::Instant,
};

list_query! {
    /// Which notes, in which order. Filters are combined: what is listed passes all of them (7.4-08, 7.4-09).
    NoteQuery, sorted by "`ctime`, `notify_at` or `author`", searched by "text" {
        /// Code or id of the partner.
        partner: String,
        /// Code or id of the client.
        client: String,
        /// `true` for notes that were written today, in the partner's time zone; `false` for those of other days.
        today: bool,
        /// Login of who wrote it.
        author: String,
        /// `true` for notes that the system wrote by itself, `false` for those that people wrote.
        system: bool,
        /// `true` for notes with a notification, `false` for those without one.
        notification: bool,
        /// `true` for notes that are done, `false` for those that are not.
        done: bool,
        /// Notes whose notification is at this instant or later.
        notify_from: Instant,
        /// Notes whose notification is before this instant.
        notify_to: Instant,
    }
}

endpoint! {
    /// Lists the notes that the caller may see, the newest first. Those with a notification that is not done are `?notification=true&done=false&sort=notify_at` (7.4-10).
    List = "note.list" GET "/v1/note" Partner query NoteQuery, answer Page<NoteView>
}

endpoint! {
    /// Writes a note on a client.
    Create = "note.create" POST "/v1/note" Partner body NoteSpec, answer NoteView
}

endpoint! {
    /// Reads one note by id.
    Read = "note.read" GET "/v1/note/{id}" Partner path ById, query InParent, answer NoteView
}

endpoint! {
    /// Replaces everything that may change in a note; without `done`, that stays as it is.
    Replace = "note.replace" PUT "/v1/note/{id}" Partner path ById, query InParent, body NoteUpdate, answer NoteView
}

endpoint! {
    /// Changes some fields of a note.
    Modify = "note.modify" PATCH "/v1/note/{id}" Partner path ById, query InParent, body Patch<NoteUpdate>, answer NoteView
}

endpoint! {
    /// Marks a note as done, which ends its notification (7.4-05). Done twice is done once.
    Confirm = "note.confirm" POST "/v1/note/{id}/confirm" Partner path ById, query InParent, answer NoteView
}

endpoint! {
    /// Deletes a note.
    Delete = "note.delete" DELETE "/v1/note/{id}" Partner path ById, query InParent, answer ()
}
