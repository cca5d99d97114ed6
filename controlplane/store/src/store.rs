//! The store: one database, whichever it is.

use crate::{
    conn::{Reader, Tx},
    error::StoreError,
    migrate,
    pool::{Address, Pool, Purpose},
};
use std::{sync::Arc, time::Duration};

/// How many connections there are and how long to wait for one.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Connections to PostgreSQL, for reading and writing together.
    pub postgres_connections: usize,
    /// Connections that read SQLite; exactly one more writes.
    pub sqlite_readers: usize,
    /// How long a call waits for a free connection, and for the database to accept it.
    pub acquire_timeout: Duration,
    /// How long SQLite waits for the lock of another process.
    pub busy_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            postgres_connections: 16,
            sqlite_readers: 4,
            acquire_timeout: Duration::from_secs(15),
            busy_timeout: Duration::from_secs(10),
        }
    }
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SQLite, in the server's own process.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A database. Cloning it shares its connections.
#[derive(Clone)]
pub struct Store {
    writers: Arc<Pool>,
    readers: Arc<Pool>,
    backend: Backend,
}

impl Store {
    /// Connects to `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE` (a socket's directory:
    /// `postgres:///DATABASE?host=/run/postgresql&user=USER`). There is no TLS to PostgreSQL: use a socket, the same
    /// machine or a private network.
    ///
    /// # Errors
    /// When the URL is neither, or the database cannot be opened.
    pub async fn connect(url: &str, settings: &Settings) -> Result<Self, StoreError> {
        let (address, backend) = parse(url)?;
        let address = Arc::new(address);
        let pool = |purpose, size| {
            Pool::new(Arc::clone(&address), purpose, size, settings.acquire_timeout, settings.busy_timeout)
        };
        let (writers, readers) = match backend {
            Backend::Sqlite => (pool(Purpose::Write, 1), pool(Purpose::Read, settings.sqlite_readers)),
            Backend::Postgres => {
                let writers = pool(Purpose::Write, settings.postgres_connections);
                let readers = writers.shared(Purpose::Read);
                (writers, readers)
            }
        };
        let store = Self { writers: Arc::new(writers), readers: Arc::new(readers), backend };
        store.begin().await?.rollback().await?;
        Ok(store)
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.writers.begin().await.map(Tx::new)
    }

    /// Takes a snapshot to read from.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        self.readers.begin().await.map(Reader::new)
    }

    /// Brings the tables to this version. Several servers may do so at once. Returns the names of what was applied.
    ///
    /// # Errors
    /// When a migration fails, or one that was applied is not the one this program carries.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        migrate::apply(self).await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("backend", &self.backend).finish_non_exhaustive()
    }
}

/// Tells what a URL means. Its text is never repeated in an error: it may hold a password.
fn parse(url: &str) -> Result<(Address, Backend), StoreError> {
    const ACCEPTED: &str = "write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE";
    let refuse = |why: String| Err(StoreError::Other(format!("{why}; {ACCEPTED}")));
    match url.split_once(':') {
        Some(("postgres" | "postgresql", _)) => Ok((Address::Pg(url.to_owned()), Backend::Postgres)),
        Some(("sqlite", path)) => match path.strip_prefix("//").unwrap_or(path) {
            "" => refuse("the database's path is empty".into()),
            path if path.starts_with(":memory:") || path.starts_with("file:") => {
                refuse("the database must be a file, which several connections can share".into())
            }
            path => Ok((Address::Sqlite(path.to_owned()), Backend::Sqlite)),
        },
        Some((scheme, _)) => refuse(format!("\"{scheme}\" is no kind of database that is known here")),
        None => refuse("the database's URL has no scheme".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_schemes_are_accepted() {
        assert!(matches!(parse("sqlite:/tmp/a.db").unwrap().0, Address::Sqlite(path) if path == "/tmp/a.db"));
        assert!(
            matches!(parse("sqlite:///tmp/a.db").unwrap().0, Address::Sqlite(path) if path == "/tmp/a.db")
        );
        assert_eq!(parse("postgres://u:p@h/d").unwrap().1, Backend::Postgres);
        for bad in ["mysql://u:secret@h/d", "/tmp/a.db", "esu.db", "sqlite:", "sqlite::memory:", ""] {
            let error = parse(bad).err().unwrap().to_string();
            assert!(error.contains("sqlite:PATH") && error.contains("postgres://"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
