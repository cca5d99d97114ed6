//! Clients.

use crate::{
    conn::{Conn, Tx, insert_rows, lock_row, query},
    error::{Optional, StoreError},
    list::{ListQuery, Listed, Visible, fold, listed, pattern},
    model::{
        client::{Client, ClientEdit, ClientFilter, ClientSort, NewClient, WholeClient},
        contract::{ContractState, NewContract},
    },
    schema::{client, contract, project},
    sql,
    types::Sql,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use schemas::{code::Code, id::ClientId, money::Money, time::Instant};
use serde_json::{Value, json};

use super::next_version;

/// Whether a client may be seen: itself, as the one of a project, or with its partner.
macro_rules! seen {
    ($only:expr) => {{
        let of_projects = project::table.filter(project::id.eq_any($only.projects.clone()));
        client::partner_id
            .eq_any($only.partners.clone())
            .or(client::id.eq_any($only.clients.clone()))
            .or(client::id.eq_any(of_projects.select(project::client_id)))
    }};
}

/// Makes a client, at version 1.
///
/// # Errors
/// `Unique` where the code is taken.
pub async fn insert(tx: &mut Tx, new: &NewClient) -> Result<Client, StoreError> {
    query!(tx, |link| diesel::insert_into(client::table)
        .values((new.clone(), client::version.eq(1_i64), client::name_folded.eq(fold(&new.name))))
        .returning(Client::as_returning())
        .get_result(link))
}

/// Makes many clients, each with its contract on a plan and its project, in a few statements.
///
/// # Errors
/// `Unique` where a code is taken, `ForeignKey` where a partner does not exist.
pub async fn insert_whole(tx: &mut Tx, rows: &[WholeClient]) -> Result<(), StoreError> {
    insert_rows!(tx, INSERT_CLIENTS, rows.iter().map(|row| client_row(&row.client)));
    insert_rows!(tx, INSERT_CONTRACTS, rows.iter().map(|row| contract_row(&row.contract)));
    insert_rows!(tx, INSERT_FIRST_FACTS, rows.iter().map(fact_row));
    insert_rows!(tx, INSERT_PROJECTS, rows.iter().map(project_row));
    Ok(())
}

fn client_row(new: &NewClient) -> Value {
    json!([
        new.partner_id,
        new.public_id.0.simple().to_string(),
        new.code.as_str(),
        new.name,
        fold(&new.name),
        new.internet_mbps,
        new.lan_mbps,
        new.allowed_hypervisors.as_ref().map(|json| &json.0),
        new.payment_methods.0,
        new.payment_model.as_str(),
        new.min_balance.map(Money::units),
        i64::from(new.deletion_protection),
        new.created_at.micros(),
    ])
}

fn contract_row(new: &NewContract) -> Value {
    json!([
        new.partner_id,
        new.public_id.0.simple().to_string(),
        new.client_public_id.0.simple().to_string(),
        new.client_code.as_str(),
        new.client_name,
        new.name,
        new.time_zone,
        new.plan_id,
        new.created_at.micros(),
        fold(&new.name),
    ])
}

fn fact_row(row: &WholeClient) -> Value {
    json!([
        row.contract.partner_id,
        row.fact.kind,
        row.fact.body.0,
        row.fact.effective_at.micros(),
        row.fact.recorded_at.micros(),
        row.contract.public_id.0.simple().to_string(),
    ])
}

fn project_row(row: &WholeClient) -> Value {
    json!([
        row.client.partner_id,
        row.project.0.0.simple().to_string(),
        row.project.1.as_str(),
        row.client.name,
        fold(&row.client.name),
        row.client.created_at.micros(),
        row.client.public_id.0.simple().to_string(),
    ])
}

/// The clients of these codes of one partner.
///
/// # Errors
/// When the database fails.
pub async fn of_codes(conn: &mut Conn, partner_id: i64, codes: &[Code]) -> Result<Vec<Client>, StoreError> {
    let codes: Vec<Sql<Code>> = codes.iter().cloned().map(Sql).collect();
    query!(conn, |link| client::table
        .filter(client::partner_id.eq(partner_id))
        .filter(client::code.eq_any(codes.clone()))
        .select(Client::as_select())
        .load(link))
}

/// The client of an internal id.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn get(conn: &mut Conn, partner_id: i64, id: i64) -> Result<Client, StoreError> {
    query!(conn, |link| client::table.find((partner_id, id)).select(Client::as_select()).get_result(link))
}

/// The client of an internal id, kept from others until the transaction ends: for what is checked and then written.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn lock(tx: &mut Tx, partner_id: i64, id: i64) -> Result<Client, StoreError> {
    lock_row!(tx, client::table.find((partner_id, id)).select(Client::as_select()))
}

/// The client of a public id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut Conn,
    visible: &Visible,
    public_id: ClientId,
) -> Result<Option<Client>, StoreError> {
    query!(conn, |link| {
        let mut query = client::table.into_boxed::<Db>().filter(client::public_id.eq(Sql(public_id)));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.select(Client::as_select()).get_result(link)
    })
    .optional()
}

/// The clients of a code: one at most in each partner.
///
/// # Errors
/// When the database fails.
pub async fn find_by_code(conn: &mut Conn, visible: &Visible, code: &str) -> Result<Vec<Client>, StoreError> {
    let code = Code::trusted(code.to_owned());
    query!(conn, |link| {
        let mut query = client::table.into_boxed::<Db>().filter(client::code.eq(Sql(code.clone())));
        if let Visible::Only(only) = visible {
            query = query.filter(seen!(only));
        }
        query.order(client::id.asc()).select(Client::as_select()).load(link)
    })
}

/// Changes a client and moves its version. Its contract follows its name and code.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `Unique` where the code is taken.
pub async fn update(
    tx: &mut Tx,
    partner_id: i64,
    id: i64,
    expected: Option<i64>,
    edit: &ClientEdit,
) -> Result<Client, StoreError> {
    let current: i64 = lock_row!(tx, client::table.find((partner_id, id)).select(client::version))?;
    let next = next_version(current, expected)?;
    query!(tx, |link| diesel::update(contract::table)
        .filter(contract::partner_id.eq(partner_id))
        .filter(contract::client_id.eq(id))
        .set(contract::client_name.eq(&edit.name))
        .execute(link))?;
    query!(tx, |link| diesel::update(client::table.find((partner_id, id)))
        .set((edit.clone(), client::version.eq(next), client::name_folded.eq(fold(&edit.name))))
        .returning(Client::as_returning())
        .get_result(link))
}

/// Deletes a client. Its contract stays, closed: the ledger needs it.
///
/// # Errors
/// `NotFound`, `VersionMismatch` where another version was expected, `ForeignKey` where something still refers to it.
pub async fn delete(
    tx: &mut Tx,
    partner_id: i64,
    id: i64,
    expected: Option<i64>,
    at: Instant,
) -> Result<(), StoreError> {
    let current: i64 = lock_row!(tx, client::table.find((partner_id, id)).select(client::version))?;
    next_version(current, expected)?;
    query!(tx, |link| diesel::update(contract::table)
        .filter(contract::partner_id.eq(partner_id))
        .filter(contract::client_id.eq(id))
        .set((
            contract::client_id.eq(None::<i64>),
            contract::state.eq(ContractState::Closed),
            contract::closed_at.eq(Some(at)),
        ))
        .execute(link))?;
    query!(tx, |link| diesel::delete(client::table.find((partner_id, id))).execute(link)).map(drop)
}

/// A list of clients.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    visible: &Visible,
    list: &ListQuery<ClientSort, ClientFilter>,
) -> Result<Listed<Client>, StoreError> {
    listed!(conn, list, Client, id: client::id,
        filtered: {
            let mut query = client::table.into_boxed::<Db>();
            if let Visible::Only(only) = visible {
                query = query.filter(seen!(only));
            }
            if let Some(search) = &list.search {
                query = query.filter(client::name_folded.like(pattern(search)).escape('\\'));
            }
            if let Some(partner_id) = list.filter.partner_id {
                query = query.filter(client::partner_id.eq(partner_id));
            }
            if let Some((partner_id, plan_id)) = list.filter.plan {
                let on_plan = contract::table
                    .filter(contract::partner_id.eq(partner_id))
                    .filter(contract::plan_id.eq(plan_id))
                    .select(contract::client_id);
                query = query.filter(client::id.nullable().eq_any(on_plan));
            }
            if let Some(code) = &list.filter.code {
                query = query.filter(client::code.eq(Sql(Code::trusted(code.clone()))));
            }
            query
        },
        order: {
            ClientSort::Name => client::name_folded,
            ClientSort::Code => client::code,
            ClientSort::CreatedAt => client::created_at,
            ClientSort::Balance => sql::balance_of_client(),
            ClientSort::Plan => sql::plan_of_client(),
            ClientSort::Projects => sql::projects_of_client(),
            ClientSort::Partner => sql::partner_of("client"),
        }
    )
}

/// The clients of these internal ids; of their partners too, by which they are keyed.
///
/// # Errors
/// When the database fails.
pub async fn get_many(conn: &mut Conn, partners: &[i64], ids: &[i64]) -> Result<Vec<Client>, StoreError> {
    query!(conn, |link| client::table
        .filter(client::partner_id.eq_any(partners.to_vec()))
        .filter(client::id.eq_any(ids.to_vec()))
        .order(client::id.asc())
        .select(Client::as_select())
        .load(link))
}

/// How many clients a partner has.
///
/// # Errors
/// When the database fails.
pub async fn count_of_partner(conn: &mut Conn, partner_id: i64) -> Result<i64, StoreError> {
    query!(conn, |link| client::table.filter(client::partner_id.eq(partner_id)).count().get_result(link))
}
