//! Access: what an account may do with a partner or a client.

use super::account::Role;
use crate::{schema::access, types::Sql};
use diesel::{Insertable, Queryable, Selectable};
use schemas::{id::AccessId, time::Instant};

/// One thing that an account may do.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = access)]
pub struct Access {
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: AccessId,
    /// Moved by every edit.
    pub version: i64,
    /// Whose it is; none as long as nobody has taken up the invitation.
    pub account_id: Option<i64>,
    /// The account's login, or who was invited.
    pub login: String,
    /// The role.
    pub role: Role,
    /// The partner that it is over, or whose client it is over; none for a platform's administrator.
    pub partner_id: Option<i64>,
    /// The client that it is over; none for one over a partner.
    pub client_id: Option<i64>,
    /// When it was given.
    pub created_at: Instant,
}

/// All that an account may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Its access.
    pub accesses: Vec<Access>,
    /// The projects that are assigned to it: internal ids of the access and of the project.
    pub projects: Vec<(i64, i64)>,
}

/// Access to give.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = access)]
pub struct NewAccess {
    /// The public id.
    #[diesel(serialize_as = Sql<AccessId>)]
    pub public_id: AccessId,
    /// Whose it is.
    pub account_id: Option<i64>,
    /// The account's login, or who is invited.
    pub login: String,
    /// The role.
    pub role: Role,
    /// The partner that it is over, or whose client it is over.
    pub partner_id: Option<i64>,
    /// The client that it is over.
    pub client_id: Option<i64>,
    /// When it is given.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// Whose administrators are told of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Those of a client, by its internal id.
    Client(i64),
    /// Those of a partner, by its internal id.
    Partner(i64),
    /// Those of the platform.
    Platform,
}

/// What is told of by mail, as far as an account wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// That the balance of a client is low.
    LowBalance,
    /// That a note falls due.
    Note,
    /// That a collector goes otherwise than before.
    Collector,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessSort {
    /// By login.
    #[default]
    Login,
    /// By the time of giving.
    CreatedAt,
}

/// Which access is wanted.
#[derive(Clone, Debug, Default)]
pub struct AccessFilter {
    /// Of this login.
    pub login: Option<String>,
    /// Of this role.
    pub role: Option<Role>,
    /// Over this partner or its clients.
    pub partner_id: Option<i64>,
    /// Over this client.
    pub client_id: Option<i64>,
}
