//! Projects.

use crate::{
    conn::{Conn, Tx, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, fold, listed, pattern},
    model::project::{
        NewProject, Project, ProjectEdit, ProjectFilter, ProjectOwner, ProjectPath, ProjectSort,
    },
    schema::{client, contract, partner, project},
    sql,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::{code::Code, id::ProjectId};
use std::collections::{BTreeMap, BTreeSet};

use super::next_version;

/// Whether a project may be seen: itself, with its client, or with its partner.
macro_rules! seen {
    ($only:expr) => {{
        project::partner_id
            .eq_any($only.partners.clone())
            .or(project::client_id.eq_any($only.clients.clone()))
            .or(project::id.eq_any($only.projects.clone()))
    }};
}

/// Makes a project, at version 1.
///
/// # Errors
/// `Unique` where the code is taken.
pub async fn insert(tx: &mut Tx, new: &NewProject) -> Result<Project, StoreError> {
    query!(tx, |link| diesel::insert_into(project::table)
        .values((new.clone(), project::version.eq(1_i64), project::name_folded.eq(fold(&new.name))))
        .returning(Project::as_returning())
        .get_result(link))
}

/// The project of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, partner_id: i64, id: i64) -> Result<Project, StoreError> {
    lock_row!(tx, project::table.find((partner_id, id)).select(Project::as_select()))
}

/// The project of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: ProjectId,
) -> Result<Option<Project>, StoreError> {
    query!(conn, |link| {
        let mut query = project::table.into_boxed::<Db>().filter(project::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.select(Project::as_select()).get_result(link)
    })
    .optional()
}

/// The projects of a code: one at most in each client.
///
/// # Errors
/// When the database fails.
pub async fn find_by_code(
    conn: &mut Conn,
    visible: &Visible,
    code: &str,
) -> Result<Vec<Project>, StoreError> {
    let code = Code::trusted(code.to_owned());
    query!(conn, |link| {
        let mut query = project::table.into_boxed::<Db>().filter(project::code.eq(Sql(code.clone())));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.order(project::id.asc()).select(Project::as_select()).load(link)
    })
}

/// Changes a project and moves its version.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `Unique` where the code is taken.
pub async fn update(
    tx: &mut Tx,
    partner_id: i64,
    id: i64,
    expected: Option<i64>,
    edit: &ProjectEdit,
) -> Result<Project, StoreError> {
    let current: i64 = lock_row!(tx, project::table.find((partner_id, id)).select(project::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(project::table.find((partner_id, id)))
        .set((edit.clone(), project::version.eq(next), project::name_folded.eq(fold(&edit.name))))
        .returning(Project::as_returning())
        .get_result(link))
}

/// Deletes a project.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `ForeignKey` where something still refers to it.
pub async fn delete(tx: &mut Tx, partner_id: i64, id: i64, expected: Option<i64>) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, project::table.find((partner_id, id)).select(project::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::delete(project::table.find((partner_id, id))).execute(link)).map(drop)
}

/// A list of projects.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<ProjectSort, ProjectFilter>,
) -> Result<Listed<Project>, StoreError> {
    listed!(conn, list, Project, id: project::id,
        filtered: {
            let mut query = project::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(search) = &list.search {
                query = query.filter(project::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(project::partner_id.eq(partner_id));
            }
            if let Some(client_id) = list.filter.client_id {
                query = query.filter(project::client_id.eq(client_id));
            }
            if let Some(code) = &list.filter.code {
                query = query.filter(project::code.eq(Sql(Code::trusted(code.clone()))));
            }
            query
        },
        order: {
            ProjectSort::Name => project::name_folded,
            ProjectSort::Code => project::code,
            ProjectSort::CreatedAt => project::created_at,
            ProjectSort::Client => sql::client_of("project"),
            ProjectSort::Partner => sql::partner_of("project"),
        }
    )
}

/// The projects at these paths. Paths that lead nowhere are left out.
///
/// # Errors
/// When the database fails.
pub async fn find_by_paths(
    conn: &mut Conn,
    paths: &BTreeSet<ProjectPath>,
) -> Result<BTreeMap<ProjectPath, ProjectOwner>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in Vec::from_iter(paths).chunks(PATHS_AT_ONCE) {
        found.extend(find_chunk(conn, chunk).await?);
    }
    found.retain(|path, _| paths.contains(path));
    Ok(found)
}

/// Each path binds up to three values, and SQLite has a limit on them.
const PATHS_AT_ONCE: usize = 5_000;

/// The codes of a partner, a client and a project.
type Codes = (Code, Code, Code);

/// The projects at every combination of the paths' codes, which takes one query, on both databases.
async fn find_chunk(
    conn: &mut Conn,
    paths: &[&ProjectPath],
) -> Result<Vec<(ProjectPath, ProjectOwner)>, StoreError> {
    let codes = |part: fn(&ProjectPath) -> &String| -> Vec<Sql<Code>> {
        let distinct: BTreeSet<&String> = paths.iter().copied().map(part).collect();
        distinct.into_iter().map(|text| Sql(Code::trusted(text.clone()))).collect()
    };
    let (partners, clients, projects) =
        (codes(|path| &path.partner), codes(|path| &path.client), codes(|path| &path.project));
    let rows: Vec<(Codes, ProjectOwner)> = query!(conn, |link| project::table
        .inner_join(partner::table.on(partner::id.eq(project::partner_id)))
        .inner_join(
            client::table
                .on(client::partner_id.eq(project::partner_id).and(client::id.eq(project::client_id)))
        )
        .inner_join(contract::table.on(
            contract::partner_id.eq(project::partner_id).and(contract::client_id.eq(client::id.nullable()))
        ))
        .filter(partner::code.eq_any(partners.clone()))
        .filter(client::code.eq_any(clients.clone()))
        .filter(project::code.eq_any(projects.clone()))
        .select((
            (partner::code, client::code, project::code),
            (project::partner_id, project::client_id, contract::id, project::id),
        ))
        .load(link))?;
    let path = |(partner, client, project): Codes| ProjectPath {
        partner: partner.to_string(),
        client: client.to_string(),
        project: project.to_string(),
    };
    Ok(rows.into_iter().map(|(codes, owner)| (path(codes), owner)).collect())
}

/// The projects of some clients; of their partners too, by which they are keyed.
///
/// # Errors
/// When the database fails.
pub async fn of_clients(
    conn: &mut Conn,
    partners: &[i64],
    clients: &[i64],
) -> Result<Vec<Project>, StoreError> {
    query!(conn, |link| project::table
        .filter(project::partner_id.eq_any(partners.to_vec()))
        .filter(project::client_id.eq_any(clients.to_vec()))
        .order(project::id.asc())
        .select(Project::as_select())
        .load(link))
}

/// The projects of these internal ids; of their partners too, by which they are keyed.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, partners: &[i64], ids: &[i64]) -> Result<Vec<Project>, StoreError> {
    query!(conn, |link| project::table
        .filter(project::partner_id.eq_any(partners.to_vec()))
        .filter(project::id.eq_any(ids.to_vec()))
        .order(project::id.asc())
        .select(Project::as_select())
        .load(link))
}
