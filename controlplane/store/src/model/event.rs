//! The audit log: who did what, when, to which object.

use crate::{
    schema::event,
    types::{Json, Sql},
};
use diesel::{Insertable, Queryable, Selectable};
use schemas::time::Instant;
use uuid::Uuid;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = event)]
pub struct Event {
    /// The internal id, in the order of writing.
    pub id: i64,
    /// Whose log it is in; none for the platform's own.
    pub partner_id: Option<i64>,
    /// When.
    pub at: Instant,
    /// The request that did it.
    pub request_id: Uuid,
    /// The account that did it; none for the server itself.
    pub account_id: Option<i64>,
    /// The actor as people read it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The kind of object.
    pub object_kind: String,
    /// The object's public id.
    pub object_id: Uuid,
    /// The object's name then.
    pub object_name: String,
    /// The object before; none where it was made.
    pub before: Option<Json>,
    /// The object after; none where it was deleted.
    pub after: Option<Json>,
    /// The program that asked, such as its user agent.
    pub client: String,
    /// Who acted for the actor in its place.
    pub impersonator: Option<String>,
}

/// An event to write.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = event, treat_none_as_default_value = false)]
pub struct NewEvent {
    /// Whose log it is in.
    pub partner_id: Option<i64>,
    /// When.
    #[diesel(serialize_as = Sql<Instant>)]
    pub at: Instant,
    /// The request that did it.
    #[diesel(serialize_as = Sql<Uuid>)]
    pub request_id: Uuid,
    /// The account that did it.
    pub account_id: Option<i64>,
    /// The actor as people read it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The kind of object.
    pub object_kind: String,
    /// The object's public id.
    #[diesel(serialize_as = Sql<Uuid>)]
    pub object_id: Uuid,
    /// The object's name.
    pub object_name: String,
    /// The object before.
    pub before: Option<Json>,
    /// The object after.
    pub after: Option<Json>,
    /// The program that asked.
    pub client: String,
    /// Who acted for the actor in its place.
    pub impersonator: Option<String>,
}

impl Event {
    /// Its id, and what it says.
    pub fn into_parts(self) -> (i64, NewEvent) {
        let said = NewEvent {
            partner_id: self.partner_id,
            at: self.at,
            request_id: self.request_id,
            account_id: self.account_id,
            actor: self.actor,
            action: self.action,
            object_kind: self.object_kind,
            object_id: self.object_id,
            object_name: self.object_name,
            before: self.before,
            after: self.after,
            client: self.client,
            impersonator: self.impersonator,
        };
        (self.id, said)
    }
}

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this kind of object.
    pub object_kind: Option<String>,
    /// Of this object.
    pub object_id: Option<Uuid>,
    /// By this actor.
    pub actor: Option<String>,
    /// With which this was done.
    pub action: Option<String>,
    /// At this instant or later.
    pub from: Option<Instant>,
    /// Before this instant.
    pub to: Option<Instant>,
}
