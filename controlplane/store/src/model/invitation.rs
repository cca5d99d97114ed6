//! Invitations: links by which somebody takes up access.

use crate::{schema::invitation, types::Sql};
use diesel::{Insertable, Queryable, Selectable};
use schemas::time::Instant;

/// An invitation that is not yet taken up. Only the hash of its link is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = invitation)]
pub struct Invitation {
    /// The access that it is to.
    pub access_id: i64,
    /// When it ends.
    pub expires_at: Instant,
}

/// An invitation to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = invitation)]
pub struct NewInvitation {
    /// The access that it is to.
    pub access_id: i64,
    /// SHA-256 of the secret in the link, 32 bytes.
    pub hash: Vec<u8>,
    /// When it ends.
    #[diesel(serialize_as = Sql<Instant>)]
    pub expires_at: Instant,
}
