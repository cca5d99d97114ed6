//! Registrations that are not yet confirmed.

use crate::{schema::registration, types::Sql};
use diesel::{Insertable, Queryable, Selectable};
use schemas::time::Instant;

/// Somebody who wants to become a client, and has not yet shown to read the mailbox. Only the hash of the link is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = registration)]
pub struct Registration {
    /// The internal id.
    pub id: i64,
    /// The domain that the user will belong to.
    pub domain_id: i64,
    /// The e-mail address, which becomes the login.
    pub login: String,
    /// The name of the client.
    pub client_name: String,
    /// When it ends.
    pub expires_at: Instant,
}

/// A registration to keep.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = registration)]
pub struct NewRegistration {
    /// The domain that the user will belong to.
    pub domain_id: i64,
    /// The e-mail address.
    pub login: String,
    /// The name of the client.
    pub client_name: String,
    /// SHA-256 of the secret in the link, 32 bytes.
    pub hash: Vec<u8>,
    /// When it is made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
    /// When it ends.
    #[diesel(serialize_as = Sql<Instant>)]
    pub expires_at: Instant,
}
