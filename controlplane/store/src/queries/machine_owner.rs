//! Whose machines are, where that was said.

use crate::{
    conn::{Conn, Tx, query},
    error::StoreError,
    model::{machine_owner::MachineOwner, project::ProjectOwner},
    schema::{contract, machine_owner, project, resource},
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How many ids are bound at once: SQLite has a limit.
const IDS_AT_ONCE: usize = 10_000;

/// Notes whose a machine is, in the place of what was noted before.
///
/// # Errors
/// `ForeignKey` where there is no such project.
pub async fn set(tx: &mut Tx, owner: &MachineOwner) -> Result<(), StoreError> {
    let is = (
        machine_owner::partner_id.eq(owner.partner_id),
        machine_owner::project_id.eq(owner.project_id),
        machine_owner::assigned_at.eq(Sql(owner.assigned_at)),
    );
    query!(tx, |link| diesel::insert_into(machine_owner::table)
        .values(owner.clone())
        .on_conflict(machine_owner::machine)
        .do_update()
        .set(is)
        .execute(link))
    .map(drop)
}

/// Forgets whose a machine is. Answers whether that was noted.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, machine: Uuid) -> Result<bool, StoreError> {
    let deleted = query!(tx, |link| diesel::delete(machine_owner::table.find(Sql(machine))).execute(link))?;
    Ok(deleted > 0)
}

/// How many machines that are there are noted to be of these projects of a partner.
///
/// # Errors
/// When the database fails.
pub async fn count_live(conn: &mut Conn, partner_id: i64, project_ids: &[i64]) -> Result<i64, StoreError> {
    query!(conn, |link| machine_owner::table
        .inner_join(resource::table.on(resource::uuid.eq(machine_owner::machine)))
        .filter(machine_owner::partner_id.eq(partner_id))
        .filter(machine_owner::project_id.eq_any(project_ids.to_vec()))
        .filter(resource::ended_at.is_null())
        .count()
        .get_result(link))
}

/// The projects that these machines are noted to be of; machines of which nothing is noted are left out.
///
/// # Errors
/// When the database fails.
pub async fn of_machines(
    conn: &mut Conn,
    machines: &[Uuid],
) -> Result<BTreeMap<Uuid, ProjectOwner>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in machines.chunks(IDS_AT_ONCE) {
        let chunk: Vec<Sql<Uuid>> = chunk.iter().copied().map(Sql).collect();
        let rows: Vec<(Uuid, ProjectOwner)> = query!(conn, |link| machine_owner::table
            .inner_join(
                project::table.on(project::partner_id
                    .eq(machine_owner::partner_id)
                    .and(project::id.eq(machine_owner::project_id)))
            )
            .inner_join(
                contract::table.on(contract::partner_id
                    .eq(project::partner_id)
                    .and(contract::client_id.eq(project::client_id.nullable())))
            )
            .filter(machine_owner::machine.eq_any(chunk.clone()))
            .select((
                machine_owner::machine,
                (project::partner_id, project::client_id, contract::id, project::id),
            ))
            .load(link))?;
        found.extend(rows);
    }
    Ok(found)
}
