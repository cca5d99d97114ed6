//! Tariff plans and their versions.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Only, Page, Visible, fold, listed, pattern},
    model::tariff_plan::{
        NewTariffPlan, TariffPlan, TariffPlanEdit, TariffPlanFilter, TariffPlanSort, TariffPlanVersion,
    },
    schema::{contract, tariff_plan, tariff_plan_version},
    sql,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::{code::Code, id::TariffPlanId};

use super::next_version;

/// Makes a tariff plan, at version 1.
///
/// # Errors
/// `Unique` where the code is taken.
pub async fn insert(tx: &mut Tx, new: &NewTariffPlan) -> Result<TariffPlan, StoreError> {
    query!(tx, |link| diesel::insert_into(tariff_plan::table)
        .values((new.clone(), tariff_plan::version.eq(1_i64), tariff_plan::name_folded.eq(fold(&new.name))))
        .returning(TariffPlan::as_returning())
        .get_result(link))
}

/// The tariff plan of an internal id.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn get(conn: &mut Conn, partner_id: i64, id: i64) -> Result<TariffPlan, StoreError> {
    query!(conn, |link| tariff_plan::table
        .find((partner_id, id))
        .select(TariffPlan::as_select())
        .get_result(link))
}

/// The tariff plan of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, partner_id: i64, id: i64) -> Result<TariffPlan, StoreError> {
    lock_row!(tx, tariff_plan::table.find((partner_id, id)).select(TariffPlan::as_select()))
}

/// The partner's tariff plan of a code, kept from others until the transaction ends.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock_by_code(tx: &mut Tx, partner_id: i64, code: &Code) -> Result<TariffPlan, StoreError> {
    lock_row!(
        tx,
        tariff_plan::table
            .filter(tariff_plan::partner_id.eq(partner_id))
            .filter(tariff_plan::code.eq(Sql(code.clone())))
            .select(TariffPlan::as_select())
    )
}

/// The tariff plan of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: TariffPlanId,
) -> Result<Option<TariffPlan>, StoreError> {
    query!(conn, |link| {
        let mut query =
            tariff_plan::table.into_boxed::<Db>().filter(tariff_plan::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(tariff_plan::partner_id.eq_any(only.partners.clone()));
        }
        query.select(TariffPlan::as_select()).get_result(link)
    })
    .optional()
}

/// The tariff plans of a code: one at most in each partner.
///
/// # Errors
/// When the database fails.
pub async fn find_by_code(
    conn: &mut Conn,
    visible: &Visible,
    code: &str,
) -> Result<Vec<TariffPlan>, StoreError> {
    let code = Code::trusted(code.to_owned());
    query!(conn, |link| {
        let mut query = tariff_plan::table.into_boxed::<Db>().filter(tariff_plan::code.eq(Sql(code.clone())));
        if let Visible::Only(only) = visible {
            query = query.filter(tariff_plan::partner_id.eq_any(only.partners.clone()));
        }
        query.order(tariff_plan::id.asc()).select(TariffPlan::as_select()).load(link)
    })
}

/// Changes a tariff plan and moves its version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `Unique` where the code is taken.
pub async fn update(
    tx: &mut Tx,
    partner_id: i64,
    id: i64,
    expected: Option<i64>,
    edit: &TariffPlanEdit,
) -> Result<TariffPlan, StoreError> {
    let current: i64 = lock_row!(tx, tariff_plan::table.find((partner_id, id)).select(tariff_plan::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(tariff_plan::table.find((partner_id, id)))
        .set((edit.clone(), tariff_plan::version.eq(next), tariff_plan::name_folded.eq(fold(&edit.name))))
        .returning(TariffPlan::as_returning())
        .get_result(link))
}

/// Deletes a tariff plan.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `ForeignKey` where something still refers to it.
pub async fn delete(tx: &mut Tx, partner_id: i64, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, tariff_plan::table.find((partner_id, id)).select(tariff_plan::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(tariff_plan::table.find((partner_id, id))).execute(link)).map(drop)
}

/// A list of tariff plans.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<TariffPlanSort, TariffPlanFilter>,
) -> Result<Listed<TariffPlan>, StoreError> {
    listed!(conn, list, TariffPlan, id: tariff_plan::id,
        filtered: {
            let mut query = tariff_plan::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(tariff_plan::partner_id.eq_any(only.partners.clone()));
            }
            if let Some(search) = &list.search {
                query = query.filter(tariff_plan::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(tariff_plan::partner_id.eq(partner_id));
            }
            if let Some(code) = &list.filter.code {
                query = query.filter(tariff_plan::code.eq(Sql(Code::trusted(code.clone()))));
            }
            query
        },
        order: {
            TariffPlanSort::Name => tariff_plan::name_folded,
            TariffPlanSort::Code => tariff_plan::code,
            TariffPlanSort::CreatedAt => tariff_plan::created_at,
            TariffPlanSort::Partner => sql::partner_of("tariff_plan"),
        }
    )
}

/// Writes a version of a plan's prices.
///
/// # Errors
/// `Unique` where the number is taken.
pub async fn insert_version(tx: &mut Tx, version: &TariffPlanVersion) -> Result<(), StoreError> {
    query!(tx, |link| diesel::insert_into(tariff_plan_version::table).values(version.clone()).execute(link))
        .map(drop)
}

/// Every version of a plan, the first one first.
///
/// # Errors
/// When the database fails.
pub async fn versions(
    conn: &mut Conn,
    partner_id: i64,
    plan_id: i64,
) -> Result<Vec<TariffPlanVersion>, StoreError> {
    query!(conn, |link| tariff_plan_version::table
        .filter(tariff_plan_version::partner_id.eq(partner_id))
        .filter(tariff_plan_version::plan_id.eq(plan_id))
        .order(tariff_plan_version::version.asc())
        .select(TariffPlanVersion::as_select())
        .load(link))
}

/// A part of a plan's versions, the first one first, and how many there are.
///
/// # Errors
/// When the database fails.
pub async fn version_page(
    conn: &mut Conn,
    partner_id: i64,
    plan_id: i64,
    page: Page,
) -> Result<Listed<TariffPlanVersion>, StoreError> {
    macro_rules! filtered {
        () => {
            tariff_plan_version::table
                .filter(tariff_plan_version::partner_id.eq(partner_id))
                .filter(tariff_plan_version::plan_id.eq(plan_id))
        };
    }
    let total = query!(conn, |link| filtered!().count().get_result(link))?;
    let (after, limit, offset) = page.bounds();
    let rows = query!(conn, |link| filtered!()
        .filter(tariff_plan_version::version.gt(after))
        .order(tariff_plan_version::version.asc())
        .limit(limit)
        .offset(offset)
        .select(TariffPlanVersion::as_select())
        .load(link))?;
    Ok(Listed { rows, total })
}

/// The last version of each of some plans; of their partners too, by which they are keyed.
///
/// # Errors
/// When the database fails.
pub async fn latest_versions(
    conn: &mut Conn,
    partners: &[i64],
    plans: &[i64],
) -> Result<Vec<TariffPlanVersion>, StoreError> {
    query!(conn, |link| tariff_plan_version::table
        .filter(tariff_plan_version::partner_id.eq_any(partners.to_vec()))
        .filter(tariff_plan_version::plan_id.eq_any(plans.to_vec()))
        .filter(sql::is_latest_version())
        .order(tariff_plan_version::plan_id.asc())
        .select(TariffPlanVersion::as_select())
        .load(link))
}

/// How many open contracts that may be seen are on each of some plans now; a plan without any is left out.
///
/// # Errors
/// When the database fails.
pub async fn contracts(
    conn: &mut Conn,
    visible: &Visible,
    partners: &[i64],
    plans: &[i64],
) -> Result<Vec<(i64, i64)>, StoreError> {
    let seen = match visible {
        Visible::All => Only { partners: partners.to_vec(), ..Only::default() },
        Visible::Only(only) => only.clone(),
    };
    query!(conn, |link| contract::table
        .filter(contract::partner_id.eq_any(partners.to_vec()))
        .filter(
            contract::partner_id
                .eq_any(seen.partners.clone())
                .or(contract::client_id.assume_not_null().eq_any(seen.clients.clone()))
        )
        .filter(contract::plan_id.eq_any(plans.to_vec()))
        .filter(contract::closed_at.is_null())
        .group_by(contract::plan_id)
        .select((contract::plan_id, diesel::dsl::count_star()))
        .load(link))
}

/// The plans of these partners that have one of these codes.
///
/// # Errors
/// When the database fails.
pub async fn of_codes(
    conn: &mut Conn,
    partners: &[i64],
    codes: &[Code],
) -> Result<Vec<TariffPlan>, StoreError> {
    let codes: Vec<Sql<Code>> = codes.iter().cloned().map(Sql).collect();
    query!(conn, |link| tariff_plan::table
        .filter(tariff_plan::partner_id.eq_any(partners.to_vec()))
        .filter(tariff_plan::code.eq_any(codes.clone()))
        .order(tariff_plan::id.asc())
        .select(TariffPlan::as_select())
        .load(link))
}

/// The plans of these internal ids; of their partners too, by which they are keyed.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, partners: &[i64], ids: &[i64]) -> Result<Vec<TariffPlan>, StoreError> {
    query!(conn, |link| tariff_plan::table
        .filter(tariff_plan::partner_id.eq_any(partners.to_vec()))
        .filter(tariff_plan::id.eq_any(ids.to_vec()))
        .order(tariff_plan::id.asc())
        .select(TariffPlan::as_select())
        .load(link))
}
