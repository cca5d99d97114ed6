//! Everything that was ever observed, as it is now.

use crate::{
    conn::{Conn, Tx, insert_rows, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, listed, pattern},
    model::resource::{Alike, Promoted, Resource, ResourceFilter, ResourceSort, Run, Sighting},
    schema::{contract, promotion_grant, resource, resource_contract},
    types::{Json, Sql},
};
use diesel::{dsl::count_star, prelude::*};
use diesel_async::RunQueryDsl;
use schemas::time::Instant;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Whether a thing may be seen: with its project, with the client of its contract, or with its partner.
macro_rules! seen {
    ($only:expr) => {{
        let contracts =
            contract::table.filter(contract::client_id.assume_not_null().eq_any($only.clients.clone()));
        resource::partner_id
            .assume_not_null()
            .eq_any($only.partners.clone())
            .or(resource::project_id.assume_not_null().eq_any($only.projects.clone()))
            .or(resource::contract_id.assume_not_null().eq_any(contracts.select(contract::id)))
    }};
}

/// How many ids are bound at once: SQLite has a limit.
const IDS_AT_ONCE: usize = 10_000;

/// How many rows are written at once.
const ROWS_AT_ONCE: usize = 5_000;

/// Writes down sightings, of each thing at most one: new things, or the present state of known ones. A thing that had
/// ended is live again; one that is another source's stays as it is.
///
/// # Errors
/// `ForeignKey` where there is no such source or hypervisor.
pub async fn upsert(tx: &mut Tx, sightings: &[Sighting]) -> Result<(), StoreError> {
    for chunk in sightings.chunks(ROWS_AT_ONCE) {
        insert_rows!(tx, UPSERT_RESOURCES, chunk.iter().map(Sighting::columns));
    }
    Ok(())
}

/// Notes that things were seen unchanged, in a complete inventory.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, ids: &[i64], at: Instant) -> Result<(), StoreError> {
    for chunk in ids.chunks(IDS_AT_ONCE) {
        query!(tx, |link| diesel::update(resource::table)
            .filter(resource::id.eq_any(chunk.to_vec()))
            .set((resource::last_seen_at.eq(Sql(at)), resource::missed.eq(0_i64)))
            .execute(link))?;
    }
    Ok(())
}

/// Makes a thing another source's, of a hypervisor, as long as it is the one's it was. Answers whether it was.
///
/// # Errors
/// `ForeignKey` where there is no such source.
pub async fn move_to_source(
    tx: &mut Tx,
    id: i64,
    from: i64,
    (to, hypervisor_id): (i64, i64),
) -> Result<bool, StoreError> {
    let moved = query!(tx, |link| diesel::update(resource::table.find(id))
        .filter(resource::source_id.eq(from))
        .set((
            resource::source_id.eq(to),
            resource::hypervisor_id.eq(Some(hypervisor_id)),
            resource::missed.eq(0_i64),
        ))
        .execute(link))?;
    Ok(moved == 1)
}

/// Notes that things were missing from a complete inventory.
///
/// # Errors
/// When the database fails.
pub async fn miss(tx: &mut Tx, ids: &[i64]) -> Result<(), StoreError> {
    for chunk in ids.chunks(IDS_AT_ONCE) {
        query!(tx, |link| diesel::update(resource::table)
            .filter(resource::id.eq_any(chunk.to_vec()))
            .set(resource::missed.eq(resource::missed + 1_i64))
            .execute(link))?;
    }
    Ok(())
}

/// Notes the configurations of machines, by UUID.
///
/// # Errors
/// When the database fails.
pub async fn set_configurations(tx: &mut Tx, configurations: &[(Uuid, Json)]) -> Result<(), StoreError> {
    if configurations.is_empty() {
        return Ok(());
    }
    let row =
        |(machine, configuration): &(Uuid, Json)| json!([machine.simple().to_string(), configuration.0]);
    insert_rows!(tx, SET_CONFIGURATIONS, configurations.iter().map(row));
    Ok(())
}

/// Notes which runs of machines were seen.
///
/// # Errors
/// When the database fails.
pub async fn set_runs(tx: &mut Tx, runs: &[Run]) -> Result<(), StoreError> {
    let row = |run: &Run| json!([run.machine.simple().to_string(), run.incarnation, run.cpu_time_ns]);
    for chunk in runs.chunks(ROWS_AT_ONCE) {
        insert_rows!(tx, SET_RUNS, chunk.iter().map(row));
    }
    Ok(())
}

/// Notes what the traffic counters of machines show, by UUID.
///
/// # Errors
/// When the database fails.
pub async fn set_counters(tx: &mut Tx, counters: &[(Uuid, Json)]) -> Result<(), StoreError> {
    if counters.is_empty() {
        return Ok(());
    }
    let row = |(machine, counters): &(Uuid, Json)| json!([machine.simple().to_string(), counters.0]);
    insert_rows!(tx, SET_COUNTERS, counters.iter().map(row));
    Ok(())
}

/// Notes when things of a source ended, by their ids.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut Tx, source_id: i64, ended: &[(i64, Instant)]) -> Result<(), StoreError> {
    let row = |(id, at): &(i64, Instant)| json!([id, at.micros(), source_id]);
    for chunk in ended.chunks(ROWS_AT_ONCE) {
        insert_rows!(tx, END_RESOURCES, chunk.iter().map(row));
    }
    Ok(())
}

/// Takes things out of a project that is being deleted.
///
/// # Errors
/// When the database fails.
pub async fn forget_project(tx: &mut Tx, partner_id: i64, project_id: i64) -> Result<usize, StoreError> {
    query!(tx, |link| diesel::update(resource::table)
        .filter(resource::partner_id.eq(partner_id))
        .filter(resource::project_id.eq(project_id))
        .set(resource::project_id.eq(None::<i64>))
        .execute(link))
}

/// Everything of a source that has not ended, in the order of ids: what an inventory is compared with.
///
/// # Errors
/// When the database fails.
pub async fn live_of_source(conn: &mut Conn, source_id: i64) -> Result<Vec<Resource>, StoreError> {
    query!(conn, |link| resource::table
        .filter(resource::source_id.eq(source_id))
        .filter(resource::ended_at.is_null())
        .order(resource::id.asc())
        .select(Resource::as_select())
        .load(link))
}

/// The thing of a UUID.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut Conn, visible: &Visible, uuid: Uuid) -> Result<Option<Resource>, StoreError> {
    query!(conn, |link| {
        let mut query = resource::table.into_boxed::<Db>().filter(resource::uuid.eq(Sql(uuid)));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.select(Resource::as_select()).get_result(link)
    })
    .optional()
}

/// Remembers that things were, at some time, of contracts, so that their observations are rated for them: each by the
/// partner, the contract and the thing.
///
/// # Errors
/// `ForeignKey` where there is no such contract or thing.
pub async fn associate(tx: &mut Tx, owned: &BTreeSet<(i64, i64, i64)>) -> Result<(), StoreError> {
    if owned.is_empty() {
        return Ok(());
    }
    insert_rows!(tx, INSERT_RESOURCE_CONTRACTS, owned.iter().map(|key| json!(key)));
    Ok(())
}

/// The contracts that these things ever were of, each by its partner and its id.
///
/// # Errors
/// When the database fails.
pub async fn contracts_of(conn: &mut Conn, ids: &[i64]) -> Result<BTreeSet<(i64, i64)>, StoreError> {
    let mut contracts = BTreeSet::new();
    for chunk in ids.chunks(IDS_AT_ONCE) {
        let found: Vec<(i64, i64)> = query!(conn, |link| resource_contract::table
            .filter(resource_contract::resource_id.eq_any(chunk.to_vec()))
            .select((resource_contract::partner_id, resource_contract::contract_id))
            .distinct()
            .load(link))?;
        contracts.extend(found);
    }
    Ok(contracts)
}

/// Everything that was ever of a contract, in the order of ids.
///
/// # Errors
/// When the database fails.
pub async fn of_contract(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
) -> Result<Vec<Resource>, StoreError> {
    query!(conn, |link| resource::table
        .inner_join(resource_contract::table.on(resource_contract::resource_id.eq(resource::id)))
        .filter(resource_contract::partner_id.eq(partner_id))
        .filter(resource_contract::contract_id.eq(contract_id))
        .order(resource::id.asc())
        .select(Resource::as_select())
        .load(link))
}

/// Adds a filter on a column that may be empty: only those that are not, or only those that are.
macro_rules! presence {
    ($query:ident, $column:expr, $wanted:expr) => {
        match $wanted {
            Some(true) => $query = $query.filter($column.is_not_null()),
            Some(false) => $query = $query.filter($column.is_null()),
            None => {}
        }
    };
}

/// Which of these contracts ever had anything. Contracts are keyed by their partners too.
///
/// # Errors
/// When the database fails.
pub async fn contracts_with_any(
    conn: &mut Conn,
    partners: &[i64],
    contracts: &[i64],
) -> Result<Vec<i64>, StoreError> {
    query!(conn, |link| resource_contract::table
        .filter(resource_contract::partner_id.eq_any(partners.to_vec()))
        .filter(resource_contract::contract_id.eq_any(contracts.to_vec()))
        .select(resource_contract::contract_id)
        .distinct()
        .load(link))
}

/// A list of things.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<ResourceSort, ResourceFilter>,
) -> Result<Listed<Resource>, StoreError> {
    let wanted = &list.filter;
    listed!(conn, list, Resource, id: resource::id,
        filtered: {
            let mut query = resource::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(search) = &list.search {
                query = query.filter(resource::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(id) = wanted.source_id {
                query = query.filter(resource::source_id.eq(id));
            }
            if let Some(id) = wanted.hypervisor_id {
                query = query.filter(resource::hypervisor_id.eq(id));
            }
            if let Some(id) = wanted.partner_id {
                query = query.filter(resource::partner_id.eq(id));
            }
            if let Some(id) = wanted.contract_id {
                query = query.filter(resource::contract_id.eq(id));
            }
            if let Some(id) = wanted.project_id {
                query = query.filter(resource::project_id.eq(id));
            }
            if let Some(problem) = &wanted.problem {
                query = query.filter(resource::problem.eq(problem.clone()));
            }
            if let Some(kind) = &wanted.kind {
                query = query.filter(resource::kind.eq(kind.clone()));
            }
            presence!(query, resource::contract_id, wanted.owned);
            presence!(query, resource::ended_at, wanted.live.map(|live| !live));
            query
        },
        order: {
            ResourceSort::Name => resource::name_folded,
            ResourceSort::Kind => resource::kind,
            ResourceSort::FirstSeen => resource::first_seen_at,
            ResourceSort::LastSeen => resource::last_seen_at,
        }
    )
}

/// The things of these UUIDs.
///
/// # Errors
/// When the database fails.
pub async fn by_uuids(conn: &mut Conn, uuids: &[Uuid]) -> Result<Vec<Resource>, StoreError> {
    let mut rows = Vec::with_capacity(uuids.len());
    for chunk in uuids.chunks(IDS_AT_ONCE) {
        let chunk: Vec<Sql<Uuid>> = chunk.iter().copied().map(Sql).collect();
        let found: Vec<Resource> = query!(conn, |link| resource::table
            .filter(resource::uuid.eq_any(chunk.clone()))
            .select(Resource::as_select())
            .load(link))?;
        rows.extend(found);
    }
    Ok(rows)
}

/// What a partner, or one of its contracts, uses now.
///
/// # Errors
/// When the database fails.
pub async fn used(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: Option<i64>,
) -> Result<Vec<Alike>, StoreError> {
    query!(conn, |link| {
        let mut query = resource::table
            .group_by((resource::hypervisor_id, resource::fact))
            .select((resource::hypervisor_id, resource::fact, count_star()))
            .into_boxed::<Db>()
            .filter(resource::partner_id.eq(partner_id))
            .filter(resource::contract_id.is_not_null())
            .filter(resource::ended_at.is_null());
        if let Some(contract_id) = contract_id {
            query = query.filter(resource::contract_id.eq(contract_id));
        }
        query.load(link)
    })
}

/// What a contract uses now at the prices of its plan: all but the machines that have a promotion's, and their system
/// disks.
///
/// # Errors
/// When the database fails.
pub async fn used_by_plan(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
) -> Result<Vec<Alike>, StoreError> {
    let granted = promotion_grant::table
        .filter(promotion_grant::partner_id.eq(partner_id))
        .filter(promotion_grant::contract_id.eq(contract_id))
        .filter(promotion_grant::ended_at.is_null());
    query!(conn, |link| resource::table
        .group_by((resource::hypervisor_id, resource::fact))
        .select((resource::hypervisor_id, resource::fact, count_star()))
        .filter(resource::partner_id.eq(partner_id))
        .filter(resource::contract_id.eq(contract_id))
        .filter(resource::ended_at.is_null())
        .filter(resource::uuid.ne_all(granted.select(promotion_grant::machine)))
        .filter(resource::uuid.ne_all(granted.select(promotion_grant::system_disk)))
        .load(link))
}

/// The machines of a contract that have a promotion's price now.
///
/// # Errors
/// When the database fails.
pub async fn promoted(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
) -> Result<Vec<Promoted>, StoreError> {
    let is_granted =
        promotion_grant::machine.eq(resource::uuid).and(promotion_grant::contract_id.eq(contract_id));
    query!(conn, |link| resource::table
        .inner_join(promotion_grant::table.on(is_granted.and(promotion_grant::ended_at.is_null())))
        .group_by((
            promotion_grant::promotion_id,
            promotion_grant::promotion_name,
            promotion_grant::price_per_day,
            resource::fact,
        ))
        .select((
            promotion_grant::promotion_id,
            promotion_grant::promotion_name,
            promotion_grant::price_per_day,
            resource::fact,
            count_star(),
        ))
        .filter(resource::partner_id.eq(partner_id))
        .filter(resource::contract_id.eq(contract_id))
        .filter(resource::ended_at.is_null())
        .load(link))
}

/// How many things of a contract have not ended.
///
/// # Errors
/// When the database fails.
pub async fn count_live_of_contract(
    conn: &mut Conn,
    partner_id: i64,
    contract_id: i64,
) -> Result<i64, StoreError> {
    query!(conn, |link| resource::table
        .filter(resource::partner_id.eq(partner_id))
        .filter(resource::contract_id.eq(contract_id))
        .filter(resource::ended_at.is_null())
        .count()
        .get_result(link))
}

/// How many things of a project have not ended.
///
/// # Errors
/// When the database fails.
pub async fn count_live_of_project(
    conn: &mut Conn,
    partner_id: i64,
    project_id: i64,
) -> Result<i64, StoreError> {
    query!(conn, |link| resource::table
        .filter(resource::partner_id.eq(partner_id))
        .filter(resource::project_id.eq(project_id))
        .filter(resource::ended_at.is_null())
        .count()
        .get_result(link))
}

/// How many things on a hypervisor belong to a contract and have not ended.
///
/// # Errors
/// When the database fails.
pub async fn count_billed_on_hypervisor(conn: &mut Conn, hypervisor_id: i64) -> Result<i64, StoreError> {
    query!(conn, |link| resource::table
        .filter(resource::hypervisor_id.eq(hypervisor_id))
        .filter(resource::contract_id.is_not_null())
        .filter(resource::ended_at.is_null())
        .count()
        .get_result(link))
}

/// Ends everything on a hypervisor that is taken off the platform.
///
/// # Errors
/// When the database fails.
pub async fn end_all_on_hypervisor(
    tx: &mut Tx,
    hypervisor_id: i64,
    at: Instant,
) -> Result<usize, StoreError> {
    query!(tx, |link| diesel::update(resource::table)
        .filter(resource::hypervisor_id.eq(hypervisor_id))
        .filter(resource::ended_at.is_null())
        .set(resource::ended_at.eq(Some(at)))
        .execute(link))
}
