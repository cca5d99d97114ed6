//! Domains, to which users belong.

use crate::{schema::domain, types::Sql};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use schemas::{id::DomainId, time::Instant};

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = domain)]
pub struct Domain {
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: DomainId,
    /// Moved by every edit.
    pub version: i64,
    /// The name, unique.
    pub name: String,
    /// The partner it is linked to.
    pub partner_id: i64,
    /// Whether users may register themselves.
    pub registration_enabled: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// A domain to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = domain)]
pub struct NewDomain {
    /// The public id.
    #[diesel(serialize_as = Sql<DomainId>)]
    pub public_id: DomainId,
    /// The name, unique.
    pub name: String,
    /// The partner it is linked to.
    pub partner_id: i64,
    /// Whether users may register themselves.
    pub registration_enabled: bool,
    /// When it was made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// What of a domain may be changed beside its aliases.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = domain, treat_none_as_null = true)]
pub struct DomainEdit {
    /// The partner it is linked to.
    pub partner_id: i64,
    /// Whether users may register themselves.
    pub registration_enabled: bool,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DomainSort {
    /// By name.
    #[default]
    Name,
    /// By the time of making.
    CreatedAt,
    /// By the name of the partner.
    Partner,
}

/// Which domains are wanted.
#[derive(Clone, Debug, Default)]
pub struct DomainFilter {
    /// Of this name.
    pub name: Option<String>,
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Only those in which users may register themselves, or only the others.
    pub registration_enabled: Option<bool>,
}
