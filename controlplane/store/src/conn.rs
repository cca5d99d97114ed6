//! One connection in one transaction, and the macros that compile a query for both databases.

use crate::{
    error::StoreError,
    model::event_chain::Unlinked,
    pool::{Link, Pool},
    queries,
};
use diesel::QueryResult;
use diesel_async::SimpleAsyncConnection;
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};
use tokio::sync::OwnedSemaphorePermit;

/// A connection in a transaction. Dropped, it rolls back, whatever it was doing.
pub struct Conn {
    link: Option<Link>,
    /// A statement was sent and its answer not yet read: when a future is dropped here, nobody knows what the
    /// database is doing, so the link is not used again.
    in_flight: bool,
    /// A statement failed. PostgreSQL refuses everything after that and turns `COMMIT` into `ROLLBACK`;
    /// SQLite would go on. Both are made to refuse.
    failed: bool,
    /// Events that were written and have no place in their chains yet: the commit gives it to them.
    unlinked: Vec<Unlinked>,
    /// How many of them there were at each mark.
    marks: Vec<usize>,
    pool: Arc<Pool>,
    permit: Option<OwnedSemaphorePermit>,
}

/// A transaction that writes. [`Tx::commit`] makes it stay; dropping it rolls it back.
pub struct Tx(Conn);

/// A snapshot of the database. It sees no change that is committed after its first query.
pub struct Reader(Conn);

/// Runs one query, written once and compiled for both databases.
///
/// The body is an expression whose value, awaited, is a `QueryResult`; `Db` names the database it is compiled for.
macro_rules! query {
    ($conn:expr, |$link:ident| $body:expr) => {{
        let conn: &mut $crate::conn::Conn = $conn;
        let outcome = match conn.enter()? {
            $crate::pool::Link::Pg($link) => {
                #[allow(dead_code)]
                type Db = diesel::pg::Pg;
                $body.await
            }
            $crate::pool::Link::Sqlite($link) => {
                #[allow(dead_code)]
                type Db = diesel::sqlite::Sqlite;
                $body.await
            }
        };
        conn.leave(outcome)
    }};
}
pub(crate) use query;

/// Writes rows, each a JSON array, in one statement with one bind, however many they are.
macro_rules! insert_rows {
    ($tx:expr, $sql:ident, $rows:expr) => {{
        use diesel_async::RunQueryDsl as _;
        let rows = serde_json::Value::Array($rows.collect()).to_string();
        let is_postgres = $tx.is_postgres();
        let text = if is_postgres { $crate::sql::postgres::$sql } else { $crate::sql::sqlite::$sql };
        $crate::conn::query!($tx, |link| diesel::sql_query(text)
            .bind::<diesel::sql_types::Text, _>(rows)
            .execute(link))?;
    }};
}
pub(crate) use insert_rows;

/// Reads one row of a query and keeps others from changing it until the transaction ends.
///
/// SQLite has one writer at a time, so there every row is already kept.
macro_rules! lock_row {
    ($tx:expr, $query:expr) => {{
        let conn: &mut $crate::conn::Conn = $tx;
        let outcome = match conn.enter()? {
            $crate::pool::Link::Pg(link) => $query.for_update().first(link).await,
            $crate::pool::Link::Sqlite(link) => $query.first(link).await,
        };
        conn.leave(outcome)
    }};
}
pub(crate) use lock_row;

impl Conn {
    /// Opens a transaction on `link`.
    pub(crate) async fn begin(
        link: Link,
        pool: Arc<Pool>,
        permit: OwnedSemaphorePermit,
    ) -> Result<Self, StoreError> {
        let sql = pool.begin_sql();
        let mut conn = Self {
            link: Some(link),
            in_flight: false,
            failed: false,
            unlinked: Vec::new(),
            marks: Vec::new(),
            pool,
            permit: Some(permit),
        };
        conn.batch(sql).await?;
        Ok(conn)
    }

    /// The link, marked as busy until [`Conn::leave`].
    pub(crate) fn enter(&mut self) -> Result<&mut Link, StoreError> {
        if self.failed {
            return Err(StoreError::Other("the transaction has failed; it can only be rolled back".into()));
        }
        if self.in_flight {
            return Err(StoreError::Other(
                "a statement was cancelled; the transaction can only be dropped".into(),
            ));
        }
        let link = self.link.as_mut().ok_or_else(|| StoreError::Other("the transaction has ended".into()))?;
        self.in_flight = true;
        Ok(link)
    }

    /// Notes that the statement has been answered.
    pub(crate) fn leave<T>(&mut self, outcome: QueryResult<T>) -> Result<T, StoreError> {
        self.in_flight = false;
        outcome.map_err(|error| {
            let error = StoreError::from(error);
            self.failed |= !matches!(error, StoreError::NotFound);
            error
        })
    }

    /// Runs statements that bind nothing and return nothing.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        query!(self, |link| link.batch_execute(sql))
    }

    /// Has an event given its place in its chain when the transaction is committed.
    pub(crate) fn note_unlinked(&mut self, event: Unlinked) {
        self.unlinked.push(event);
    }

    /// The events that have no place in their chains yet.
    pub(crate) fn take_unlinked(&mut self) -> Vec<Unlinked> {
        std::mem::take(&mut self.unlinked)
    }

    /// Whether this is PostgreSQL, for the few questions that are asked differently.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.link, Some(Link::Pg(_)))
    }

    /// Ends the transaction with `COMMIT` and gives the connection back.
    async fn commit(mut self) -> Result<(), StoreError> {
        self.batch("COMMIT").await?;
        if let Some(link) = self.link.take() {
            self.pool.put(link);
        }
        Ok(())
    }

    /// Ends the transaction with `ROLLBACK` and gives the connection back.
    async fn rollback(mut self) -> Result<(), StoreError> {
        self.failed = false;
        self.batch("ROLLBACK").await?;
        if let Some(link) = self.link.take() {
            self.pool.put(link);
        }
        Ok(())
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let Some(link) = self.link.take() else { return };
        let permit = self.permit.take();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.in_flight {
            // Closing the link ends the transaction for certain: a statement still queued behind it runs inside
            // that transaction or not at all, whereas on a link in use it might run after a `ROLLBACK`.
            return;
        }
        let pool = Arc::clone(&self.pool);
        runtime.spawn(async move {
            let mut link = link;
            let outcome = match &mut link {
                Link::Pg(link) => link.batch_execute("ROLLBACK").await,
                Link::Sqlite(link) => link.batch_execute("ROLLBACK").await,
            };
            if outcome.is_ok() {
                pool.put(link);
            }
            drop(permit);
        });
    }
}

impl Tx {
    pub(crate) fn new(conn: Conn) -> Self {
        Self(conn)
    }

    /// Makes everything since `begin` stay, on disk.
    ///
    /// # Errors
    /// When a statement of the transaction has failed, or the database cannot commit; nothing stays then.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        queries::event_chain::extend(&mut self.0).await?;
        self.0.commit().await
    }

    /// Undoes everything since `begin`, and waits for it. Dropping the transaction does the same without waiting.
    ///
    /// # Errors
    /// When the database cannot be reached; nothing stays then either.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.0.rollback().await
    }

    /// Marks a point to which [`Tx::undo`] can go back. A mark within another is kept or undone before it.
    ///
    /// # Errors
    /// When the transaction has failed or the database cannot be reached.
    pub async fn mark(&mut self) -> Result<(), StoreError> {
        self.0.batch("SAVEPOINT mark").await?;
        self.0.marks.push(self.0.unlinked.len());
        Ok(())
    }

    /// Forgets the mark and keeps what was done since.
    ///
    /// # Errors
    /// When there is no mark, or a statement since has failed.
    pub async fn keep(&mut self) -> Result<(), StoreError> {
        self.0.batch("RELEASE SAVEPOINT mark").await?;
        self.0.marks.pop();
        Ok(())
    }

    /// Undoes everything since the mark, failures included, and forgets the mark.
    ///
    /// # Errors
    /// When there is no mark or the database cannot be reached.
    pub async fn undo(&mut self) -> Result<(), StoreError> {
        self.0.failed = false;
        self.0.batch("ROLLBACK TO SAVEPOINT mark").await?;
        let before = self.0.marks.pop().unwrap_or_default();
        self.0.unlinked.truncate(before);
        self.0.batch("RELEASE SAVEPOINT mark").await
    }
}

impl Reader {
    pub(crate) fn new(conn: Conn) -> Self {
        Self(conn)
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl Deref for Reader {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl std::fmt::Debug for Conn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conn").field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
