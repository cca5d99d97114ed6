//! Access: what accounts may do with partners and clients.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, listed, pattern},
    model::{
        access::{Access, AccessFilter, AccessSort, Audience, Held, NewAccess, Notice},
        account::Role,
    },
    schema::{access, access_project, account},
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::id::AccessId;

use super::next_version;

/// Whether access may be seen: with the client that it is over, or with the partner.
macro_rules! seen {
    ($only:expr) => {
        access::partner_id
            .assume_not_null()
            .eq_any($only.partners.clone())
            .or(access::client_id.assume_not_null().eq_any($only.clients.clone()))
    };
}

/// Gives access, at version 1.
///
/// # Errors
/// `Unique` where the login has access to the object, `ForeignKey` where there is no such object or account.
pub async fn insert(tx: &mut Tx, new: &NewAccess) -> Result<Access, StoreError> {
    query!(tx, |link| diesel::insert_into(access::table)
        .values((new.clone(), access::version.eq(1_i64)))
        .returning(Access::as_returning())
        .get_result(link))
}

/// The access of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<Access, StoreError> {
    lock_row!(tx, access::table.find(id).select(Access::as_select()))
}

/// The access of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: AccessId,
) -> Result<Option<Access>, StoreError> {
    query!(conn, |link| {
        let mut query = access::table.into_boxed::<Db>().filter(access::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.filter(access::role.ne(Role::PlatformAdmin)).select(Access::as_select()).get_result(link)
    })
    .optional()
}

/// The logins of those who are to be told of something: who administers that, may come in, and wants such messages.
///
/// # Errors
/// When the database fails.
pub async fn recipients(
    conn: &mut Conn,
    audience: Audience,
    notice: Notice,
) -> Result<Vec<String>, StoreError> {
    query!(conn, |link| {
        let mut query = access::table
            .inner_join(account::table.on(access::account_id.eq(account::id.nullable())))
            .filter(account::active.eq(true))
            .filter(account::blocked.eq(false))
            .into_boxed::<Db>();
        query = match audience {
            Audience::Client(id) => {
                query.filter(access::role.eq(Role::ClientAdmin)).filter(access::client_id.eq(id))
            }
            Audience::Partner(id) => {
                query.filter(access::role.eq(Role::PartnerAdmin)).filter(access::partner_id.eq(id))
            }
            Audience::Platform => query.filter(access::role.eq(Role::PlatformAdmin)),
        };
        query = match notice {
            Notice::LowBalance => query.filter(account::notify_low_balance.eq(true)),
            Notice::Note => query.filter(account::notify_note.eq(true)),
            Notice::Collector => query.filter(account::notify_collector.eq(true)),
        };
        query.order(account::id.asc()).select(account::login).load(link)
    })
}

/// The access of an internal id.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn get(conn: &mut Conn, id: i64) -> Result<Access, StoreError> {
    query!(conn, |link| access::table.find(id).select(Access::as_select()).get_result(link))
}

/// What some accounts may do.
///
/// # Errors
/// When the database fails.
pub async fn of_accounts(conn: &mut Conn, account_ids: &[i64]) -> Result<Vec<Access>, StoreError> {
    query!(conn, |link| access::table
        .filter(access::account_id.assume_not_null().eq_any(account_ids.to_vec()))
        .order(access::id.asc())
        .select(Access::as_select())
        .load(link))
}

/// All that an account may do.
///
/// # Errors
/// When the database fails.
pub async fn held(conn: &mut Conn, account_id: i64) -> Result<Held, StoreError> {
    let accesses = of_accounts(conn, &[account_id]).await?;
    let of_user = accesses.iter().filter(|access| access.role == Role::ClientUser);
    let ids: Vec<i64> = of_user.map(|access| access.id).collect();
    let projects = if ids.is_empty() { Vec::new() } else { projects(conn, &ids).await? };
    Ok(Held { accesses, projects })
}

/// What was given over a partner and its clients, or over one of these clients alone.
///
/// # Errors
/// When the database fails.
pub async fn over(
    conn: &mut Conn,
    partner_id: i64,
    client_id: Option<i64>,
) -> Result<Vec<Access>, StoreError> {
    query!(conn, |link| {
        let mut query = access::table.into_boxed::<Db>().filter(access::partner_id.eq(partner_id));
        if let Some(client_id) = client_id {
            query = query.filter(access::client_id.eq(client_id));
        }
        query.order(access::id.asc()).select(Access::as_select()).load(link)
    })
}

/// The projects that are assigned, each with the internal id of the access first.
///
/// # Errors
/// When the database fails.
pub async fn projects(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
    query!(conn, |link| access_project::table
        .filter(access_project::access_id.eq_any(ids.to_vec()))
        .order((access_project::access_id.asc(), access_project::project_id.asc()))
        .select((access_project::access_id, access_project::project_id))
        .load(link))
}

/// Says which projects are assigned. Moves no version: [`touch`] does.
///
/// # Errors
/// `ForeignKey` where there is no such project.
pub async fn set_projects(tx: &mut Tx, id: i64, partner_id: i64, projects: &[i64]) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(access_project::table)
        .filter(access_project::access_id.eq(id))
        .execute(link))?;
    for project_id in projects.iter().copied() {
        query!(tx, |link| diesel::insert_into(access_project::table)
            .values((
                access_project::access_id.eq(id),
                access_project::partner_id.eq(partner_id),
                access_project::project_id.eq(project_id),
            ))
            .execute(link))?;
    }
    Ok(())
}

/// Moves the version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected.
pub async fn touch(tx: &mut Tx, id: i64, expected: Option<i64>) -> Result<Access, StoreError> {
    let current: i64 = lock_row!(tx, access::table.find(id).select(access::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(access::table.find(id))
        .set(access::version.eq(next))
        .returning(Access::as_returning())
        .get_result(link))
}

/// Takes access back, for good (7.6-09).
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected.
pub async fn delete(tx: &mut Tx, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, access::table.find(id).select(access::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(access::table.find(id)).execute(link)).map(drop)
}

/// A list of what was given over partners and clients.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<AccessSort, AccessFilter>,
) -> Result<Listed<Access>, StoreError> {
    listed!(conn, list, Access, id: access::id,
        filtered: {
            let mut query = access::table.into_boxed::<Db>().filter(access::role.ne(Role::PlatformAdmin));
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(search) = &list.search {
                query = query.filter(access::login.like(pattern(search)).escape('\\'));
            }
            if let Some(login) = &list.filter.login {
                query = query.filter(access::login.eq(login.clone()));
            }
            if let Some(role) = list.filter.role {
                query = query.filter(access::role.eq(role));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(access::partner_id.eq(partner_id));
            }
            if let Some(client_id) = list.filter.client_id {
                query = query.filter(access::client_id.eq(client_id));
            }
            query
        },
        order: {
            AccessSort::Login => access::login,
            AccessSort::CreatedAt => access::created_at,
        }
    )
}
