//! Public keys of accounts.

use crate::{schema::public_key, types::Sql};
use diesel::{Insertable, Queryable, Selectable};
use schemas::{id::PublicKeyId, time::Instant};

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = public_key)]
pub struct PublicKey {
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: PublicKeyId,
    /// Whose it is.
    pub account_id: i64,
    /// Moved by every edit.
    pub version: i64,
    /// The name.
    pub name: String,
    /// The key in OpenSSH's form.
    pub openssh: String,
    /// SHA-256 of the key.
    pub fingerprint: String,
    /// When it was added.
    pub created_at: Instant,
}

/// A public key to add.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = public_key)]
pub struct NewPublicKey {
    /// The public id.
    #[diesel(serialize_as = Sql<PublicKeyId>)]
    pub public_id: PublicKeyId,
    /// Whose it is.
    pub account_id: i64,
    /// The name.
    pub name: String,
    /// The key in OpenSSH's form.
    pub openssh: String,
    /// SHA-256 of the key.
    pub fingerprint: String,
    /// When it is added.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublicKeySort {
    /// By name.
    #[default]
    Name,
    /// By the time of adding.
    CreatedAt,
}

/// Which public keys are wanted.
#[derive(Clone, Debug, Default)]
pub struct PublicKeyFilter {
    /// Of users of this partner's domains.
    pub partner_id: Option<i64>,
    /// Of this account.
    pub account_id: Option<i64>,
    /// With this fingerprint.
    pub fingerprint: Option<String>,
}
