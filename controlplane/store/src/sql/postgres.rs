//! What only PostgreSQL is told.

/// Set on every new link. A transaction that its owner forgot would hold its locks for ever.
pub(crate) const SETUP: &str = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s';";

/// Rows that are checked and then written are locked first; unique keys do the rest.
pub(crate) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// One snapshot for all queries, so that a list and its total agree.
pub(crate) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Keeps a second server from migrating at the same time; it ends with the transaction.
pub(crate) const MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(5042021122)";

/// The register of applied migrations.
pub(crate) const MIGRATION_TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY,
    hash text NOT NULL
)";

/// Writes rows given as one JSON text: one statement and one bind, however many rows.
pub(crate) const INSERT_OBSERVATIONS: &str = "
    INSERT INTO observation (source_id, epoch, sequence, resource_id, observed_at, received_at, fact)
    SELECT (value->>0)::bigint, (value->>1)::bigint, (value->>2)::bigint, (value->>3)::bigint,
        (value->>4)::bigint, (value->>5)::bigint, value->>6
    FROM json_array_elements($1::json) AS rows (value)
    ON CONFLICT (source_id, epoch, sequence) DO NOTHING
    RETURNING source_id, epoch, sequence";
