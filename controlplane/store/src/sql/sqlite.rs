//! What only SQLite is told.

/// Set on the one link that writes. FULL: what is committed survives a power cut.
pub(crate) const SETUP_WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;";

/// Set on the links that read.
pub(crate) const SETUP_READER: &str = "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384; PRAGMA query_only = ON;";

/// Taking the write lock at once: taken later, a transaction that has read could not be let through.
pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// The first query fixes the snapshot.
pub(crate) const BEGIN_READ: &str = "BEGIN DEFERRED";

/// The write lock, which the transaction already has, is enough.
pub(crate) const MIGRATION_LOCK: &str = "SELECT 1";

/// The register of applied migrations.
pub(crate) const MIGRATION_TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    name TEXT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL
) STRICT";

/// Writes rows given as one JSON text: one statement and one bind, however many rows.
pub(crate) const INSERT_OBSERVATIONS: &str = "
    INSERT INTO observation (source_id, epoch, sequence, resource_id, observed_at, received_at, fact)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6
    FROM json_each(?1)
    WHERE true
    ON CONFLICT (source_id, epoch, sequence) DO NOTHING
    RETURNING source_id, epoch, sequence";
