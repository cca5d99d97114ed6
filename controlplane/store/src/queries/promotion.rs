//! Promotions, and the machines that were given their prices.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Page, Visible, fold, listed, pattern},
    model::promotion::{
        NewPromotion, NewPromotionGrant, Promotion, PromotionEdit, PromotionFilter, PromotionGrant,
        PromotionSort,
    },
    pool::Link,
    schema::{promotion, promotion_grant},
    sql,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::civil::Date;
use schemas::{code::Code, id::PromotionId, time::Instant};
use uuid::Uuid;

use super::next_version;

/// How many machines are asked for at once: SQLite has a limit.
const MACHINES_AT_ONCE: usize = 10_000;

/// Makes a promotion, at version 1.
///
/// # Errors
/// `Unique` where the code is taken.
pub async fn insert(tx: &mut Tx, new: &NewPromotion) -> Result<Promotion, StoreError> {
    let folded = promotion::name_folded.eq(fold(&new.edit.name));
    query!(tx, |link| diesel::insert_into(promotion::table)
        .values((new.clone(), promotion::version.eq(1_i64), folded.clone()))
        .returning(Promotion::as_returning())
        .get_result(link))
}

/// The promotion of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, partner_id: i64, id: i64) -> Result<Promotion, StoreError> {
    lock_row!(tx, promotion::table.find((partner_id, id)).select(Promotion::as_select()))
}

/// The promotions of these internal ids that are still there, in the order of ids, kept from others until the
/// transaction ends: while they are counted and granted, nobody else grants them (A4).
///
/// # Errors
/// When the database fails.
pub async fn lock_many(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Promotion>, StoreError> {
    macro_rules! ordered {
        () => {
            promotion::table
                .filter(promotion::id.eq_any(ids.to_vec()))
                .order(promotion::id.asc())
                .select(Promotion::as_select())
        };
    }
    let conn: &mut Conn = tx;
    let outcome = match conn.enter()? {
        Link::Pg(link) => ordered!().for_update().load(link).await,
        Link::Sqlite(link) => ordered!().load(link).await,
    };
    conn.leave(outcome)
}

/// The promotion of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: PromotionId,
) -> Result<Option<Promotion>, StoreError> {
    query!(conn, |link| {
        let mut query = promotion::table.into_boxed::<Db>().filter(promotion::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(promotion::partner_id.eq_any(only.partners.clone()));
        }
        query.select(Promotion::as_select()).get_result(link)
    })
    .optional()
}

/// The promotions of a code: one at most in each partner.
///
/// # Errors
/// When the database fails.
pub async fn find_by_code(
    conn: &mut Conn,
    visible: &Visible,
    code: &str,
) -> Result<Vec<Promotion>, StoreError> {
    let code = Code::trusted(code.to_owned());
    query!(conn, |link| {
        let mut query = promotion::table.into_boxed::<Db>().filter(promotion::code.eq(Sql(code.clone())));
        if let Visible::Only(only) = visible {
            query = query.filter(promotion::partner_id.eq_any(only.partners.clone()));
        }
        query.order(promotion::id.asc()).select(Promotion::as_select()).load(link)
    })
}

/// The promotions of these internal ids that are still there, of their partners, in the order of ids.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, partners: &[i64], ids: &[i64]) -> Result<Vec<Promotion>, StoreError> {
    query!(conn, |link| promotion::table
        .filter(promotion::partner_id.eq_any(partners.to_vec()))
        .filter(promotion::id.eq_any(ids.to_vec()))
        .order(promotion::id.asc())
        .select(Promotion::as_select())
        .load(link))
}

/// The promotions of these partners whose period has one of the days `first` to `last`.
///
/// # Errors
/// When the database fails.
pub async fn between(
    conn: &mut Conn,
    partners: &[i64],
    first: Date,
    last: Date,
) -> Result<Vec<Promotion>, StoreError> {
    query!(conn, |link| promotion::table
        .filter(promotion::partner_id.eq_any(partners.to_vec()))
        .filter(promotion::starts_on.le(Sql(last)))
        .filter(promotion::ends_on.ge(Sql(first)))
        .order(promotion::id.asc())
        .select(Promotion::as_select())
        .load(link))
}

/// Changes a promotion and moves its version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected.
pub async fn update(
    tx: &mut Tx,
    partner_id: i64,
    id: i64,
    expected: Option<i64>,
    edit: &PromotionEdit,
) -> Result<Promotion, StoreError> {
    let current: i64 = lock_row!(tx, promotion::table.find((partner_id, id)).select(promotion::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(promotion::table.find((partner_id, id)))
        .set((edit.clone(), promotion::version.eq(next), promotion::name_folded.eq(fold(&edit.name))))
        .returning(Promotion::as_returning())
        .get_result(link))
}

/// Moves a partner's promotions that start after a day to a time zone.
///
/// # Errors
/// When the database fails.
pub async fn move_zone(tx: &mut Tx, partner_id: i64, after: Date, time_zone: &str) -> Result<(), StoreError> {
    let ahead: Vec<i64> = query!(tx, |link| promotion::table
        .filter(promotion::partner_id.eq(partner_id))
        .filter(promotion::starts_on.gt(Sql(after)))
        .order(promotion::id.asc())
        .select(promotion::id)
        .load(link))?;
    // Locked in the order in which everyone locks several.
    lock_many(tx, &ahead).await?;
    query!(tx, |link| diesel::update(promotion::table)
        .filter(promotion::id.eq_any(ahead.clone()))
        .set(promotion::time_zone.eq(time_zone))
        .execute(link))
    .map(drop)
}

/// Deletes a promotion. Its grants stay.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected.
pub async fn delete(tx: &mut Tx, partner_id: i64, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, promotion::table.find((partner_id, id)).select(promotion::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(promotion::table.find((partner_id, id))).execute(link)).map(drop)
}

/// A list of promotions.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<PromotionSort, PromotionFilter>,
) -> Result<Listed<Promotion>, StoreError> {
    let wanted = &list.filter;
    listed!(conn, list, Promotion, id: promotion::id,
        filtered: {
            let mut query = promotion::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(promotion::partner_id.eq_any(only.partners.clone()));
            }
            if let Some(search) = &list.search {
                query = query.filter(promotion::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(partner_id) = wanted.partner_id {
                query = query.filter(promotion::partner_id.eq(partner_id));
            }
            if let Some(code) = &wanted.code {
                query = query.filter(promotion::code.eq(Sql(Code::trusted(code.clone()))));
            }
            if let Some(platform) = wanted.platform {
                query = query.filter(promotion::platform.eq(platform));
            }
            if let Some(on) = wanted.on {
                query = query.filter(promotion::starts_on.le(Sql(on))).filter(promotion::ends_on.ge(Sql(on)));
            }
            query
        },
        order: {
            PromotionSort::StartsOn => promotion::starts_on,
            PromotionSort::EndsOn => promotion::ends_on,
            PromotionSort::Price => promotion::price_per_day,
            PromotionSort::Name => promotion::name_folded,
            PromotionSort::Code => promotion::code,
            PromotionSort::CreatedAt => promotion::created_at,
            PromotionSort::Partner => sql::partner_of("promotion"),
        }
    )
}

/// How many times each of some promotions was granted, grants that ended included; one that never was is left out. Of
/// their partners too, by which they are keyed.
///
/// # Errors
/// When the database fails.
pub async fn used(
    conn: &mut Conn,
    partners: &[i64],
    promotions: &[i64],
) -> Result<Vec<(i64, i64)>, StoreError> {
    query!(conn, |link| promotion_grant::table
        .filter(promotion_grant::partner_id.eq_any(partners.to_vec()))
        .filter(promotion_grant::promotion_id.eq_any(promotions.to_vec()))
        .group_by(promotion_grant::promotion_id)
        .select((promotion_grant::promotion_id, diesel::dsl::count_star()))
        .load(link))
}

/// Grants the price of a promotion to a machine.
///
/// # Errors
/// `Unique` where the machine has one already, `ForeignKey` where there is no such contract.
pub async fn insert_grant(tx: &mut Tx, new: &NewPromotionGrant) -> Result<PromotionGrant, StoreError> {
    query!(tx, |link| diesel::insert_into(promotion_grant::table)
        .values(new.clone())
        .returning(PromotionGrant::as_returning())
        .get_result(link))
}

/// Ends the grant that a machine has, if it has one.
///
/// # Errors
/// When the database fails.
pub async fn end_grant(tx: &mut Tx, machine: Uuid, at: Instant) -> Result<(), StoreError> {
    query!(tx, |link| diesel::update(promotion_grant::table)
        .filter(promotion_grant::machine.eq(Sql(machine)))
        .filter(promotion_grant::ended_at.is_null())
        .set(promotion_grant::ended_at.eq(Some(at)))
        .execute(link))
    .map(drop)
}

/// Notes that what a machine had when it seemed to end goes on: it did not end.
///
/// # Errors
/// When the database fails.
pub async fn resume_grant(tx: &mut Tx, machine: Uuid, ended_at: Instant) -> Result<(), StoreError> {
    let last: Option<i64> = query!(tx, |link| promotion_grant::table
        .filter(promotion_grant::machine.eq(Sql(machine)))
        .filter(promotion_grant::ended_at.eq(Some(Sql(ended_at))))
        .select(diesel::dsl::max(promotion_grant::id))
        .get_result(link))?;
    let Some(last) = last else { return Ok(()) };
    query!(tx, |link| diesel::update(promotion_grant::table)
        .filter(promotion_grant::id.eq(last))
        .set(promotion_grant::ended_at.eq(None::<Instant>))
        .execute(link))
    .map(drop)
}

/// The grants that some machines have, one at most each.
///
/// # Errors
/// When the database fails.
pub async fn live_grants(conn: &mut Conn, machines: &[Uuid]) -> Result<Vec<PromotionGrant>, StoreError> {
    let mut grants = Vec::new();
    for chunk in machines.chunks(MACHINES_AT_ONCE) {
        let chunk: Vec<Sql<Uuid>> = chunk.iter().copied().map(Sql).collect();
        let found: Vec<PromotionGrant> = query!(conn, |link| promotion_grant::table
            .filter(promotion_grant::machine.eq_any(chunk.clone()))
            .filter(promotion_grant::ended_at.is_null())
            .select(PromotionGrant::as_select())
            .load(link))?;
        grants.extend(found);
    }
    Ok(grants)
}

/// The grants of a contract, the first one first.
///
/// # Errors
/// When the database fails.
pub async fn grants_of_contract(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
) -> Result<Vec<PromotionGrant>, StoreError> {
    query!(conn, |link| promotion_grant::table
        .filter(promotion_grant::partner_id.eq(partner_id))
        .filter(promotion_grant::contract_id.eq(contract_id))
        .order(promotion_grant::id.asc())
        .select(PromotionGrant::as_select())
        .load(link))
}

/// A part of a promotion's grants, the first one first, and how many there are.
///
/// # Errors
/// When the database fails.
pub async fn grant_page(
    conn: &mut Conn,
    partner_id: i64,
    promotion_id: i64,
    page: Page,
) -> Result<Listed<PromotionGrant>, StoreError> {
    macro_rules! filtered {
        () => {
            promotion_grant::table
                .filter(promotion_grant::partner_id.eq(partner_id))
                .filter(promotion_grant::promotion_id.eq(promotion_id))
        };
    }
    let total = query!(conn, |link| filtered!().count().get_result(link))?;
    let (after, limit, offset) = page.bounds();
    let rows = query!(conn, |link| filtered!()
        .filter(promotion_grant::id.gt(after))
        .order(promotion_grant::id.asc())
        .limit(limit)
        .offset(offset)
        .select(PromotionGrant::as_select())
        .load(link))?;
    Ok(Listed { rows, total })
}
