//! Domains and their names.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, listed, pattern},
    model::domain::{Domain, DomainEdit, DomainFilter, DomainSort, NewDomain},
    schema::{dns_name, domain},
    sql,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::id::DomainId;

use super::next_version;

/// Makes a domain, at version 1. Its names are set beside, by [`set_names`].
///
/// # Errors
/// `Unique` where the name is taken, `ForeignKey` where there is no such partner.
pub async fn insert(tx: &mut Tx, new: &NewDomain) -> Result<Domain, StoreError> {
    query!(tx, |link| diesel::insert_into(domain::table)
        .values((new.clone(), domain::version.eq(1_i64)))
        .returning(Domain::as_returning())
        .get_result(link))
}

/// The domain of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<Domain, StoreError> {
    lock_row!(tx, domain::table.find(id).select(Domain::as_select()))
}

/// The domain of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: DomainId,
) -> Result<Option<Domain>, StoreError> {
    query!(conn, |link| {
        let mut query = domain::table.into_boxed::<Db>().filter(domain::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(domain::partner_id.eq_any(only.partners.clone()));
        }
        query.select(Domain::as_select()).get_result(link)
    })
    .optional()
}

/// The domain of a name; an alias finds none.
///
/// # Errors
/// When the database fails.
pub async fn find_by_name(
    conn: &mut Conn,
    visible: &Visible,
    name: &str,
) -> Result<Option<Domain>, StoreError> {
    query!(conn, |link| {
        let mut query = domain::table.into_boxed::<Db>().filter(domain::name.eq(name));
        if let Visible::Only(only) = visible {
            query = query.filter(domain::partner_id.eq_any(only.partners.clone()));
        }
        query.select(Domain::as_select()).get_result(link)
    })
    .optional()
}

/// The domains of internal ids.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Domain>, StoreError> {
    query!(conn, |link| domain::table
        .filter(domain::id.eq_any(ids.to_vec()))
        .order(domain::id.asc())
        .select(Domain::as_select())
        .load(link))
}

/// The domain that has this name, or has it as an alias, where users may register themselves.
///
/// # Errors
/// When the database fails.
pub async fn open_for_registration(conn: &mut Conn, name: &str) -> Result<Option<Domain>, StoreError> {
    query!(conn, |link| domain::table
        .inner_join(dns_name::table.on(dns_name::domain_id.eq(domain::id)))
        .filter(dns_name::name.eq(name))
        .filter(domain::registration_enabled.eq(true))
        .select(Domain::as_select())
        .get_result(link))
    .optional()
}

/// The first domain of a partner.
///
/// # Errors
/// When the database fails.
pub async fn first_of_partner(conn: &mut Conn, partner_id: i64) -> Result<Option<Domain>, StoreError> {
    query!(conn, |link| domain::table
        .filter(domain::partner_id.eq(partner_id))
        .order(domain::id.asc())
        .select(Domain::as_select())
        .first(link))
    .optional()
}

/// Changes a domain and moves its version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `ForeignKey` where there is no such partner.
pub async fn update(
    tx: &mut Tx,
    id: i64,
    expected: Option<i64>,
    edit: &DomainEdit,
) -> Result<Domain, StoreError> {
    let current: i64 = lock_row!(tx, domain::table.find(id).select(domain::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(domain::table.find(id))
        .set((edit.clone(), domain::version.eq(next)))
        .returning(Domain::as_returning())
        .get_result(link))
}

/// Deletes a domain with its names.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `ForeignKey` where something still refers to it.
pub async fn delete(tx: &mut Tx, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, domain::table.find(id).select(domain::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(domain::table.find(id)).execute(link)).map(drop)
}

/// Says which names a domain has, its own among them. Moves no version: [`update`] does.
///
/// # Errors
/// `Unique` where another domain has one of them.
pub async fn set_names(tx: &mut Tx, id: i64, names: &[String]) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(dns_name::table).filter(dns_name::domain_id.eq(id)).execute(link))?;
    for name in names {
        query!(tx, |link| diesel::insert_into(dns_name::table)
            .values((dns_name::name.eq(name), dns_name::domain_id.eq(id)))
            .execute(link))?;
    }
    Ok(())
}

/// The names of some domains, their own and their aliases: each with the internal id of its domain.
///
/// # Errors
/// When the database fails.
pub async fn names(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
    query!(conn, |link| dns_name::table
        .filter(dns_name::domain_id.eq_any(ids.to_vec()))
        .order(dns_name::name.asc())
        .select((dns_name::domain_id, dns_name::name))
        .load(link))
}

/// Which of these names a domain has, with its internal id.
///
/// # Errors
/// When the database fails.
pub async fn taken(conn: &mut Conn, names: &[String]) -> Result<Vec<(i64, String)>, StoreError> {
    query!(conn, |link| dns_name::table
        .filter(dns_name::name.eq_any(names.to_vec()))
        .order(dns_name::name.asc())
        .select((dns_name::domain_id, dns_name::name))
        .load(link))
}

/// A list of domains.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<DomainSort, DomainFilter>,
) -> Result<Listed<Domain>, StoreError> {
    listed!(conn, list, Domain, id: domain::id,
        filtered: {
            let mut query = domain::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(domain::partner_id.eq_any(only.partners.clone()));
            }
            if let Some(search) = &list.search {
                query = query.filter(domain::name.like(pattern(search)).escape('\\'));
            }
            if let Some(name) = &list.filter.name {
                query = query.filter(domain::name.eq(name.clone()));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(domain::partner_id.eq(partner_id));
            }
            if let Some(enabled) = list.filter.registration_enabled {
                query = query.filter(domain::registration_enabled.eq(enabled));
            }
            query
        },
        order: {
            DomainSort::Name => domain::name,
            DomainSort::CreatedAt => domain::created_at,
            DomainSort::Partner => sql::partner_of("domain"),
        }
    )
}
