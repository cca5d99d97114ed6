//! Brings the tables to the program's version: the migrations are carried inside it, applied in order, once.

use crate::{
    conn::{Tx, query},
    error::StoreError,
    model::event_chain::hex,
    queries, sql,
    store::Store,
};
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One step of the schema, for both databases.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its name, `NNNN_noun`; they are applied in this order.
    pub name: &'static str,
    /// What PostgreSQL is told.
    pub postgres: &'static str,
    /// What SQLite is told.
    pub sqlite: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        /// Every migration, in order.
        pub const MIGRATIONS: &[Migration] = &[$(Migration {
            name: $name,
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
        },)*];
    };
}

migrations![
    "0001_identity",
    "0002_catalogue",
    "0003_client",
    "0004_observation",
    "0005_billing",
    "0006_limits",
    "0007_nouns",
    "0008_operation",
    "0009_promotion",
    "0010_money",
    "0011_closed_day",
    "0014_contract_standing",
    "0016_outage",
    "0017_reading",
    "0018_event_chain",
    "0019_user",
    "0020_login_session",
    "0021_certificate",
    "0022_billed_resource",
    "0023_access",
    "0024_mail",
    "0025_public_key",
    "0026_notify",
    "0027_machine_owner",
    "0028_collection",
];

/// The step with which the audit log became chained: the events that are there are given their places.
const EVENTS_ARE_CHAINED: &str = "0018_event_chain";

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    hash: String,
}

/// Applies what is missing, all in one transaction: both databases can undo a table.
pub(crate) async fn apply(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut tx = store.begin().await?;
    let postgres = tx.is_postgres();
    let (lock, table) = if postgres {
        (sql::postgres::MIGRATION_LOCK, sql::postgres::MIGRATION_TABLE)
    } else {
        (sql::sqlite::MIGRATION_LOCK, sql::sqlite::MIGRATION_TABLE)
    };
    tx.batch(lock).await?;
    tx.batch(table).await?;
    let rows: Vec<Applied> =
        query!(&mut tx, |link| sql_query("SELECT name, hash FROM migration").load(link))?;
    let mut applied: BTreeMap<String, String> = rows.into_iter().map(|row| (row.name, row.hash)).collect();
    let mut done = Vec::new();
    for migration in MIGRATIONS {
        let text = if postgres { migration.postgres } else { migration.sqlite };
        let hash = hash(text);
        match applied.remove(migration.name) {
            Some(known) if known == hash => {}
            Some(_) => {
                return Err(StoreError::Other(format!(
                    "the migration {} was changed after it was applied",
                    migration.name
                )));
            }
            None => {
                tx.batch(text).await?;
                register(&mut tx, migration.name, &hash).await?;
                done.push(migration.name.to_owned());
            }
        }
    }
    if let Some(name) = applied.keys().next() {
        return Err(StoreError::Other(format!(
            "the database has the migration {name}, which is newer than this program"
        )));
    }
    if done.iter().any(|name| name == EVENTS_ARE_CHAINED) {
        queries::event_chain::adopt(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(done)
}

async fn register(tx: &mut Tx, name: &str, hash: &str) -> Result<usize, StoreError> {
    query!(tx, |link| sql_query("INSERT INTO migration (name, hash) VALUES ($1, $2)")
        .bind::<Text, _>(name)
        .bind::<Text, _>(hash)
        .execute(link))
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
