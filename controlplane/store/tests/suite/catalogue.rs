//! Migrations: applied once, by one, and the same on both databases.

use crate::fixture::Fixture;
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl, sync_connection_wrapper::SyncConnectionWrapper,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{MIGRATIONS, Settings, Store};
use testkit::database::TestDatabase;

pub(crate) async fn migrations_are_applied_once(fixture: &Fixture) {
    assert_eq!(fixture.store.migrate().await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn two_servers_migrate_at_once(fixture: &Fixture) {
    let database = match fixture.store.backend() {
        store::Backend::Sqlite => TestDatabase::sqlite().unwrap(),
        store::Backend::Postgres => TestDatabase::postgres().unwrap(),
    };
    let migrate = async || {
        let store = Store::connect(database.url(), &Settings::default()).await.unwrap();
        store.migrate().await.unwrap()
    };
    let (one, two, three) = futures::future::join3(migrate(), migrate(), migrate()).await;
    assert_eq!(one.len() + two.len() + three.len(), MIGRATIONS.len());
}

pub(crate) async fn another_programs_migrations_are_refused(fixture: &Fixture) {
    execute(fixture, "INSERT INTO migration (name, hash) VALUES ('9999_future', 'x')").await;
    let error = fixture.store.migrate().await.unwrap_err().to_string();
    assert!(error.contains("9999_future"), "{error}");
    execute(fixture, "DELETE FROM migration WHERE name = '9999_future'").await;
    execute(fixture, "UPDATE migration SET hash = 'x' WHERE name = '0001_identity'").await;
    let error = fixture.store.migrate().await.unwrap_err().to_string();
    assert!(error.contains("0001_identity"), "{error}");
}

type Sqlite = SyncConnectionWrapper<diesel::SqliteConnection>;

async fn execute(fixture: &Fixture, text: &str) {
    let url = fixture.database.url();
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut link = Sqlite::establish(path).await.unwrap();
            // The store may still be writing.
            sql_query("PRAGMA busy_timeout = 30000").execute(&mut link).await.unwrap();
            sql_query(text).execute(&mut link).await.unwrap();
        }
        None => {
            let mut link = AsyncPgConnection::establish(url).await.unwrap();
            sql_query(text).execute(&mut link).await.unwrap();
        }
    }
}

#[test]
fn migrations_pair_up() {
    let folder = |name: &str| -> BTreeSet<String> {
        std::fs::read_dir(format!("{}/migrations/{name}", env!("CARGO_MANIFEST_DIR")))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let carried: BTreeSet<String> = MIGRATIONS.iter().map(|step| format!("{}.sql", step.name)).collect();
    assert_eq!(folder("sqlite"), carried);
    assert_eq!(folder("postgres"), carried);
    assert!(MIGRATIONS.is_sorted_by_key(|step| step.name));
}

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

const POSTGRES_COLUMNS: &str = "
    SELECT table_name || '.' || column_name || ' ' ||
        CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'integer' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER'
            WHEN 'text' THEN 'TEXT' WHEN 'uuid' THEN 'BLOB' WHEN 'bytea' THEN 'BLOB' ELSE data_type END ||
        CASE WHEN is_nullable = 'YES' THEN ' NULL' ELSE '' END AS line
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1";

const SQLITE_COLUMNS: &str = "
    SELECT t.name || '.' || c.name || ' ' || c.type ||
        CASE WHEN c.\"notnull\" = 0 AND c.pk = 0 THEN ' NULL' ELSE '' END AS line
    FROM pragma_table_list t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1";

/// Every unique key as `table name column,column`: primary keys have no name that an error could tell.
const POSTGRES_KEYS: &str = "
    SELECT t.relname || '(' || string_agg(a.attname, ',' ORDER BY k.place) || ') ' || i.relname AS line
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
    CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
    WHERE x.indisunique AND i.relname NOT LIKE '%_pkey'
    GROUP BY t.relname, i.relname ORDER BY 1";

const SQLITE_KEYS: &str = "
    SELECT t.name || '(' || (SELECT group_concat(c.name, ',') FROM pragma_index_info(i.name) c) || ') ' AS line
    FROM pragma_table_list t, pragma_index_list(t.name) i
    WHERE t.type = 'table' AND i.\"unique\" = 1 AND t.name NOT IN ('migration') ORDER BY 1";

async fn catalogue(fixture: &Fixture, postgres: &str, sqlite: &str) -> Vec<String> {
    let url = fixture.database.url();
    let lines: Vec<Line> = match url.strip_prefix("sqlite:") {
        Some(path) => sql_query(sqlite).load(&mut Sqlite::establish(path).await.unwrap()).await.unwrap(),
        None => {
            sql_query(postgres).load(&mut AsyncPgConnection::establish(url).await.unwrap()).await.unwrap()
        }
    };
    lines.into_iter().map(|line| line.line).collect()
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let (sqlite, postgres) = (Fixture::sqlite().await, Fixture::postgres().await);
    let columns = async |fixture| -> BTreeSet<String> {
        catalogue(fixture, POSTGRES_COLUMNS, SQLITE_COLUMNS).await.into_iter().collect()
    };
    let (one, two) = (columns(&sqlite).await, columns(&postgres).await);
    assert!(one.len() > 150, "{one:?}");
    assert_eq!(one, two);
}

#[tokio::test]
async fn both_databases_name_their_keys_alike() {
    let (sqlite, postgres) = (Fixture::sqlite().await, Fixture::postgres().await);
    let named: BTreeMap<String, String> = catalogue(&postgres, POSTGRES_KEYS, SQLITE_KEYS)
        .await
        .iter()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(columns, name)| (columns.to_owned(), name.to_owned()))
        .collect();
    let keys = catalogue(&sqlite, POSTGRES_KEYS, SQLITE_KEYS).await;
    let keys: BTreeSet<&str> = keys.iter().map(|line| line.trim()).collect();
    assert_eq!(keys, named.keys().map(String::as_str).collect());
    for (columns, name) in &named {
        // As SQLite's messages are read: table and columns joined.
        let expected = columns.trim_end_matches(')').replace(['(', ','], "_") + "_key";
        assert!(*name == expected || (expected.len() > 63 && name == "charge_key"), "{columns}: {name}");
    }
}
