//! The register of idempotency keys: what was answered to a request, so that its repetition is answered alike.

use crate::{
    schema::idempotency,
    types::{Sql, SqlOption},
};
use diesel::{Insertable, Queryable, Selectable};
use schemas::time::Instant;
use uuid::Uuid;

/// An answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency, treat_none_as_default_value = false)]
pub struct Idempotency {
    /// Who sent the key.
    pub account_id: i64,
    /// The key.
    pub key: String,
    /// A hash of the request: another request with the same key is refused.
    pub request_hash: Vec<u8>,
    /// The status answered.
    pub status: i32,
    /// The body answered.
    pub answer: String,
    /// The headers answered that matter, as JSON.
    pub headers: Option<String>,
    /// The kind of object that the request made.
    pub object_kind: String,
    /// The object; its deletion drops the key.
    #[diesel(serialize_as = SqlOption<Uuid>)]
    pub object_id: Option<Uuid>,
    /// When it was answered.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// What completes a claimed key.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The status answered.
    pub status: i32,
    /// The body answered.
    pub body: &'a str,
    /// The kind of object that the request made; empty for none.
    pub object_kind: &'a str,
    /// The object.
    pub object_id: Option<Uuid>,
}
