//! Partners and the hypervisors they may use.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, fold, listed, pattern},
    model::partner::{NewPartner, Partner, PartnerEdit, PartnerFilter, PartnerSort},
    pool::Link,
    schema::{client, partner, partner_hypervisor, project},
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::{code::Code, id::PartnerId};

use super::next_version;

/// Whether a partner may be seen: itself, or as the one of a client or a project.
macro_rules! seen {
    ($only:expr) => {{
        let of_clients = client::table.filter(client::id.eq_any($only.clients.clone()));
        let of_projects = project::table.filter(project::id.eq_any($only.projects.clone()));
        partner::id
            .eq_any($only.partners.clone())
            .or(partner::id.eq_any(of_clients.select(client::partner_id)))
            .or(partner::id.eq_any(of_projects.select(project::partner_id)))
    }};
}

/// Makes a partner, at version 1.
///
/// # Errors
/// `Unique` where the code is taken.
pub async fn insert(tx: &mut Tx, new: &NewPartner) -> Result<Partner, StoreError> {
    query!(tx, |link| diesel::insert_into(partner::table)
        .values((new.clone(), partner::version.eq(1_i64), partner::name_folded.eq(fold(&new.name))))
        .returning(Partner::as_returning())
        .get_result(link))
}

/// The partner of an internal id.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn get(conn: &mut Conn, id: i64) -> Result<Partner, StoreError> {
    query!(conn, |link| partner::table.find(id).select(Partner::as_select()).get_result(link))
}

/// The partner of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, id: i64) -> Result<Partner, StoreError> {
    lock_row!(tx, partner::table.find(id).select(Partner::as_select()))
}

/// The partner of an internal id, kept from others who would change it or its settings until the transaction ends.
/// Unlike [`lock`], it lets clients and plans be made meanwhile, so that it may be asked for before a plan is locked.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock_settings(tx: &mut Tx, id: i64) -> Result<Partner, StoreError> {
    let conn: &mut Conn = tx;
    let rows = partner::table.find(id);
    let outcome = match conn.enter()? {
        Link::Pg(link) => rows.select(Partner::as_select()).for_no_key_update().first(link).await,
        Link::Sqlite(link) => rows.select(Partner::as_select()).first(link).await,
    };
    conn.leave(outcome)
}

/// The partner of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: PartnerId,
) -> Result<Option<Partner>, StoreError> {
    query!(conn, |link| {
        let mut query = partner::table.into_boxed::<Db>().filter(partner::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.select(Partner::as_select()).get_result(link)
    })
    .optional()
}

/// The partner of a code.
///
/// # Errors
/// When the database fails.
pub async fn find_by_code(
    conn: &mut Conn,
    visible: &Visible,
    code: &str,
) -> Result<Option<Partner>, StoreError> {
    let code = Code::trusted(code.to_owned());
    query!(conn, |link| {
        let mut query = partner::table.into_boxed::<Db>().filter(partner::code.eq(Sql(code.clone())));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.select(Partner::as_select()).get_result(link)
    })
    .optional()
}

/// Changes a partner and moves its version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `Unique` where the code is taken.
pub async fn update(
    tx: &mut Tx,
    id: i64,
    expected: Option<i64>,
    edit: &PartnerEdit,
) -> Result<Partner, StoreError> {
    let current: i64 = lock_row!(tx, partner::table.find(id).select(partner::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(partner::table.find(id))
        .set((edit.clone(), partner::version.eq(next), partner::name_folded.eq(fold(&edit.name))))
        .returning(Partner::as_returning())
        .get_result(link))
}

/// Deletes a partner.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `ForeignKey` where something still refers to it.
pub async fn delete(tx: &mut Tx, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, partner::table.find(id).select(partner::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(partner::table.find(id)).execute(link)).map(drop)
}

/// A list of partners.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<PartnerSort, PartnerFilter>,
) -> Result<Listed<Partner>, StoreError> {
    listed!(conn, list, Partner, id: partner::id,
        filtered: {
            let mut query = partner::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(search) = &list.search {
                query = query.filter(partner::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(code) = &list.filter.code {
                query = query.filter(partner::code.eq(Sql(Code::trusted(code.clone()))));
            }
            query
        },
        order: {
            PartnerSort::Name => partner::name_folded,
            PartnerSort::Code => partner::code,
            PartnerSort::CreatedAt => partner::created_at,
        }
    )
}

/// The partners of these internal ids.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Partner>, StoreError> {
    query!(conn, |link| partner::table
        .filter(partner::id.eq_any(ids.to_vec()))
        .order(partner::id.asc())
        .select(Partner::as_select())
        .load(link))
}

/// Which hypervisors some partners may use: pairs of internal ids, the partner's first.
///
/// # Errors
/// When the database fails.
pub async fn hypervisors(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
    query!(conn, |link| partner_hypervisor::table
        .filter(partner_hypervisor::partner_id.eq_any(ids.to_vec()))
        .order((partner_hypervisor::partner_id.asc(), partner_hypervisor::hypervisor_id.asc()))
        .select((partner_hypervisor::partner_id, partner_hypervisor::hypervisor_id))
        .load(link))
}

/// Says which hypervisors a partner may use. Moves no version: [`update`] does.
///
/// # Errors
/// `ForeignKey` where one of them does not exist.
pub async fn set_hypervisors(tx: &mut Tx, id: i64, hypervisors: &[i64]) -> Result<(), StoreError> {
    query!(tx, |link| diesel::delete(partner_hypervisor::table)
        .filter(partner_hypervisor::partner_id.eq(id))
        .execute(link))?;
    for hypervisor_id in hypervisors {
        query!(tx, |link| diesel::insert_into(partner_hypervisor::table)
            .values((
                partner_hypervisor::partner_id.eq(id),
                partner_hypervisor::hypervisor_id.eq(hypervisor_id)
            ))
            .on_conflict_do_nothing()
            .execute(link))?;
    }
    Ok(())
}

/// The time zones of the partners that may be seen, or of one of them.
///
/// # Errors
/// When the database fails.
pub async fn time_zones(
    conn: &mut Conn,
    visible: &Visible,
    id: Option<i64>,
) -> Result<Vec<String>, StoreError> {
    query!(conn, |link| {
        let mut query = partner::table.into_boxed::<Db>();
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        if let Some(id) = id {
            query = query.filter(partner::id.eq(id));
        }
        query.select(partner::time_zone).distinct().order(partner::time_zone.asc()).load(link)
    })
}
