//! Mail: what is to be sent, kept until it is.

use crate::{
    schema::mail,
    types::{Sql, SqlOption},
};
use diesel::{Insertable, Queryable, Selectable};
use schemas::time::Instant;
use uuid::Uuid;

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = mail)]
pub struct Mail {
    /// The internal id.
    pub id: i64,
    /// What the message is known by, however often it is sent.
    pub public_id: Uuid,
    /// To whom.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// A link that is a secret, sealed; the text has a place for it.
    pub link_sealed: Option<Vec<u8>>,
    /// How often it was tried.
    pub attempts: i64,
}

/// A message to send.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = mail)]
pub struct NewMail {
    /// What the message is known by.
    #[diesel(serialize_as = Sql<Uuid>)]
    pub public_id: Uuid,
    /// To whom.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// A link that is a secret, sealed.
    pub link_sealed: Option<Vec<u8>>,
    /// When it was written.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
    /// When it is tried next.
    #[diesel(serialize_as = SqlOption<Instant>)]
    pub next_at: Option<Instant>,
}
