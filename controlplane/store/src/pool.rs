//! Links to a database: opened, lent and taken back.

use crate::{conn::Conn, error::StoreError, sql};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, SimpleAsyncConnection, sync_connection_wrapper::SyncConnectionWrapper,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// A link to SQLite; its calls run on threads that may block.
pub(crate) type Sqlite = SyncConnectionWrapper<SqliteConnection>;

/// A link to one of the two databases.
pub(crate) enum Link {
    /// PostgreSQL.
    Pg(Box<AsyncPgConnection>),
    /// SQLite.
    Sqlite(Box<Sqlite>),
}

/// Where links lead.
pub(crate) enum Address {
    /// A PostgreSQL URL.
    Pg(String),
    /// A path to a SQLite file.
    Sqlite(String),
}

/// What a pool's transactions are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Changing rows.
    Write,
    /// Reading a snapshot.
    Read,
}

/// A bounded number of links for one purpose.
pub(crate) struct Pool {
    address: Arc<Address>,
    purpose: Purpose,
    idle: Arc<Mutex<Vec<Link>>>,
    permits: Arc<Semaphore>,
    wait: Duration,
    busy_ms: u128,
}

impl Pool {
    /// A pool of at most `size` links, each opened when first needed.
    pub(crate) fn new(
        address: Arc<Address>,
        purpose: Purpose,
        size: usize,
        wait: Duration,
        busy: Duration,
    ) -> Self {
        Self {
            address,
            purpose,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(size.max(1))),
            wait,
            busy_ms: busy.as_millis(),
        }
    }

    /// A pool for another purpose over the same links: PostgreSQL's links do for both.
    pub(crate) fn shared(&self, purpose: Purpose) -> Self {
        Self {
            address: Arc::clone(&self.address),
            purpose,
            idle: Arc::clone(&self.idle),
            permits: Arc::clone(&self.permits),
            wait: self.wait,
            busy_ms: self.busy_ms,
        }
    }

    /// How a transaction begins here.
    pub(crate) fn begin_sql(&self) -> &'static str {
        match (&*self.address, self.purpose) {
            (Address::Pg(_), Purpose::Write) => sql::postgres::BEGIN_WRITE,
            (Address::Pg(_), Purpose::Read) => sql::postgres::BEGIN_READ,
            (Address::Sqlite(_), Purpose::Write) => sql::sqlite::BEGIN_WRITE,
            (Address::Sqlite(_), Purpose::Read) => sql::sqlite::BEGIN_READ,
        }
    }

    /// A connection in a new transaction.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<Conn, StoreError> {
        loop {
            let permit = tokio::time::timeout(self.wait, Arc::clone(&self.permits).acquire_owned())
                .await
                .map_err(|_| StoreError::Unavailable("all connections are in use".into()))?
                .map_err(|_| StoreError::Other("the store is closed".into()))?;
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reused = idle.is_some();
            let link = match idle {
                Some(link) => link,
                None => self.open().await?,
            };
            match Conn::begin(link, Arc::clone(self), permit).await {
                // An idle link may have been closed by the server's restart; every one that was is met once.
                Err(StoreError::Unavailable(_)) if reused => {}
                outcome => return outcome,
            }
        }
    }

    /// Takes back a link that is in no transaction.
    pub(crate) fn put(&self, link: Link) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(link);
    }

    async fn open(&self) -> Result<Link, StoreError> {
        let deadline = tokio::time::timeout(self.wait, async {
            match &*self.address {
                Address::Pg(url) => open_postgres(url).await,
                Address::Sqlite(path) => open_sqlite(path.clone(), self.purpose, self.busy_ms).await,
            }
        });
        deadline.await.map_err(|_| StoreError::Unavailable("the database does not answer".into()))?
    }
}

async fn open_postgres(url: &str) -> Result<Link, StoreError> {
    let mut link = AsyncPgConnection::establish(url)
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    link.batch_execute(sql::postgres::SETUP).await?;
    Ok(Link::Pg(Box::new(link)))
}

async fn open_sqlite(path: String, purpose: Purpose, busy_ms: u128) -> Result<Link, StoreError> {
    let opened = tokio::task::spawn_blocking(move || -> Result<SqliteConnection, StoreError> {
        let mut link = SqliteConnection::establish(&path)
            .map_err(|error| StoreError::Other(format!("{path} cannot be opened: {error}")))?;
        link.batch_execute(&format!("PRAGMA busy_timeout = {busy_ms};"))?;
        link.batch_execute(match purpose {
            Purpose::Write => sql::sqlite::SETUP_WRITER,
            Purpose::Read => sql::sqlite::SETUP_READER,
        })?;
        Ok(link)
    });
    let link = opened.await.map_err(|error| StoreError::Other(error.to_string()))??;
    Ok(Link::Sqlite(Box::new(Sqlite::new(link))))
}
