//! Users: the accounts that belong to a domain. Those that the command line makes do not, and are nobody's to manage.

use crate::{schema::account, types::Sql};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use schemas::{id::AccountId, time::Instant};

/// Which messages an account wants by mail: all, as long as nobody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = account)]
pub struct Notify {
    /// That the balance of a client is low.
    #[diesel(column_name = notify_low_balance)]
    pub low_balance: bool,
    /// That a note falls due.
    #[diesel(column_name = notify_note)]
    pub note: bool,
    /// That a collector goes otherwise than before.
    #[diesel(column_name = notify_collector)]
    pub collector: bool,
}

impl Default for Notify {
    fn default() -> Self {
        Self { low_balance: true, note: true, collector: true }
    }
}

/// A user. The hash of its password is no part of it: rows are written into logs.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = account)]
pub struct User {
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: AccountId,
    /// Moved by every edit.
    pub version: i64,
    /// The login, unique.
    pub login: String,
    /// The full name.
    pub name: String,
    /// The domain that it belongs to; queries of users find those alone that have one.
    pub domain_id: Option<i64>,
    /// The phone number.
    pub phone: Option<String>,
    /// Whether its tokens are accepted.
    pub active: bool,
    /// Whether it is shut out, whatever it has.
    pub blocked: bool,
    /// Which password was last sent.
    pub password_version: Option<i64>,
    /// When it was made.
    pub created_at: Instant,
    /// Which messages it wants.
    #[diesel(embed)]
    pub notify: Notify,
}

/// A user to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = account)]
pub struct NewUser {
    /// The public id.
    #[diesel(serialize_as = Sql<AccountId>)]
    pub public_id: AccountId,
    /// The login, unique.
    pub login: String,
    /// The full name.
    pub name: String,
    /// The domain that it belongs to.
    pub domain_id: i64,
    /// The phone number.
    pub phone: Option<String>,
    /// Whether its tokens are accepted.
    pub active: bool,
    /// Whether it is shut out.
    pub blocked: bool,
    /// Which password was sent.
    pub password_version: Option<i64>,
    /// When it is made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
    /// Which messages it wants.
    #[diesel(embed)]
    pub notify: Notify,
}

/// What of a user may be changed beside its password.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = account, treat_none_as_null = true)]
pub struct UserEdit {
    /// The full name.
    pub name: String,
    /// The phone number.
    pub phone: Option<String>,
    /// Whether its tokens are accepted.
    pub active: bool,
    /// Whether it is shut out.
    pub blocked: bool,
    /// Which password was last sent.
    pub password_version: Option<i64>,
    /// Which messages it wants.
    #[diesel(embed)]
    pub notify: Notify,
}

impl UserEdit {
    /// What there is, as an edit that changes nothing.
    pub fn of(row: &User) -> Self {
        Self {
            name: row.name.clone(),
            phone: row.phone.clone(),
            active: row.active,
            blocked: row.blocked,
            password_version: row.password_version,
            notify: row.notify,
        }
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserSort {
    /// By login.
    #[default]
    Login,
    /// By name.
    Name,
    /// By the time of making.
    CreatedAt,
}

/// Which users are wanted.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Of this login.
    pub login: Option<String>,
    /// Of this domain.
    pub domain_id: Option<i64>,
    /// Of the domains of this partner.
    pub partner_id: Option<i64>,
    /// Only those that are active, or only the others.
    pub active: Option<bool>,
    /// Only those that are blocked, or only the others.
    pub blocked: Option<bool>,
}
