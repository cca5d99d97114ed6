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

/// Makes clients, given as one JSON text.
pub(crate) const INSERT_CLIENTS: &str = "
    INSERT INTO client (
        partner_id, public_id, code, name, name_folded, internet_mbps, lan_mbps,
        allowed_hypervisors, payment_methods, payment_model, min_balance, deletion_protection,
        created_at, version
    )
    SELECT value->>0, unhex(value->>1), value->>2, value->>3, value->>4, value->>5, value->>6,
        value->>7, value->>8, value->>9, value->>10, value->>11, value->>12, 1
    FROM json_each(?1) AS rows";

/// Writes events of the audit log, given as one JSON text.
pub(crate) const INSERT_EVENTS: &str = "
    INSERT INTO event (
        partner_id, at, request_id, account_id, actor, action, object_kind, object_id, object_name,
        before, after, client, impersonator
    )
    SELECT value->>0, value->>1, unhex(value->>2), value->>3, value->>4, value->>5, value->>6,
        unhex(value->>7), value->>8, value->>9, value->>10, value->>11,
        value->>12
    FROM json_each(?1) AS rows
    WHERE true
    RETURNING id";

/// Begins audit chains, given as one JSON text, where they are not begun, and answers where each ends.
pub(crate) const TAKE_EVENT_CHAINS: &str = "
    INSERT INTO event_chain (chain, length, hash)
    SELECT value, 0, zeroblob(32)
    FROM json_each(?1) AS rows
    WHERE true
    ON CONFLICT (chain) DO UPDATE SET length = event_chain.length
    RETURNING chain, length, hash";

/// Writes the places of events in their chains, given as one JSON text.
pub(crate) const INSERT_EVENT_LINKS: &str = "
    INSERT INTO event_link (chain, sequence, event_id, previous_hash, hash)
    SELECT value->>0, value->>1, value->>2, unhex(value->>3), unhex(value->>4)
    FROM json_each(?1) AS rows";

/// Notes where audit chains end, given as one JSON text.
pub(crate) const SET_EVENT_CHAINS: &str = "
    UPDATE event_chain SET length = value->>1, hash = unhex(value->>2)
    FROM json_each(?1) AS rows
    WHERE event_chain.chain = value->>0";

/// Makes the contracts of clients that are known by their public ids, given as one JSON text.
pub(crate) const INSERT_CONTRACTS: &str = "
    INSERT INTO contract (
        partner_id, public_id, client_public_id, client_code, client_name, name, time_zone,
        plan_id, created_at, name_folded, client_id, state
    )
    SELECT value->>0, unhex(value->>1), unhex(value->>2), value->>3, value->>4, value->>5, value->>6,
        value->>7, value->>8, value->>9, client.id, 'active'
    FROM json_each(?1) AS rows
    JOIN client ON client.partner_id = value->>0 AND client.public_id = unhex(value->>2)";

/// Writes the first facts of contracts that are known by their public ids, given as one JSON text.
pub(crate) const INSERT_FIRST_FACTS: &str = "
    INSERT INTO contract_fact (
        partner_id, kind, body, effective_at, recorded_at, contract_id, sequence
    )
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, contract.id, 1
    FROM json_each(?1) AS rows
    JOIN contract ON contract.partner_id = value->>0 AND contract.public_id = unhex(value->>5)";

/// Makes the projects of clients that are known by their public ids, given as one JSON text.
pub(crate) const INSERT_PROJECTS: &str = "
    INSERT INTO project (
        partner_id, public_id, code, name, name_folded, created_at, client_id, version
    )
    SELECT value->>0, unhex(value->>1), value->>2, value->>3, value->>4, value->>5, client.id, 1
    FROM json_each(?1) AS rows
    JOIN client ON client.partner_id = value->>0 AND client.public_id = unhex(value->>6)";

/// Notes the configurations of machines, given as one JSON text.
pub(crate) const SET_CONFIGURATIONS: &str = "
    UPDATE resource SET configuration = value->>1
    FROM json_each(?1) AS rows
    WHERE resource.uuid = unhex(value->>0)";

/// Notes which runs of machines were seen, given as one JSON text.
pub(crate) const SET_RUNS: &str = "
    UPDATE resource SET incarnation = value->>1, cpu_time_ns = value->>2
    FROM json_each(?1) AS rows
    WHERE resource.uuid = unhex(value->>0)";

/// Writes readings, given as one JSON text.
pub(crate) const INSERT_READINGS: &str = "
    INSERT INTO reading (
        source_id, epoch, sequence, resource_id, counter, incarnation, bytes, observed_at, received_at
    )
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8
    FROM json_each(?1)
    WHERE true
    ON CONFLICT (source_id, epoch, sequence) DO NOTHING
    RETURNING source_id, epoch, sequence";

/// Notes what the counters of machines show, given as one JSON text.
pub(crate) const SET_COUNTERS: &str = "
    UPDATE resource SET counters = value->>1
    FROM json_each(?1) AS rows
    WHERE resource.uuid = unhex(value->>0)";

/// Writes down what things are now, given as one JSON text; one that had ended is live again. A thing that is another
/// source's stays as it is.
pub(crate) const UPSERT_RESOURCES: &str = "
    INSERT INTO resource (
        uuid, source_id, kind, name, name_folded, hypervisor_id, partner_id, contract_id, project_id, owner,
        problem, fact, first_seen_at, last_seen_at, missed
    )
    SELECT unhex(value->>0), value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7,
        value->>8, value->>9, value->>10, value->>11, value->>12, value->>12, 0
    FROM json_each(?1)
    WHERE true
    ON CONFLICT (uuid) DO UPDATE SET
        kind = excluded.kind, name = excluded.name, name_folded = excluded.name_folded,
        hypervisor_id = excluded.hypervisor_id, partner_id = excluded.partner_id,
        contract_id = excluded.contract_id, project_id = excluded.project_id, owner = excluded.owner,
        problem = excluded.problem, fact = excluded.fact, last_seen_at = excluded.last_seen_at,
        ended_at = NULL, missed = 0
    WHERE resource.source_id = excluded.source_id";

/// Ends things, given as one JSON text.
pub(crate) const END_RESOURCES: &str = "
    UPDATE resource SET ended_at = value->>1
    FROM json_each(?1) AS rows
    WHERE resource.id = value->>0 AND resource.source_id = value->>2";

/// Writes down whose things were, given as one JSON text.
pub(crate) const INSERT_RESOURCE_CONTRACTS: &str = "
    INSERT INTO resource_contract (partner_id, contract_id, resource_id)
    SELECT value->>0, value->>1, value->>2
    FROM json_each(?1)
    WHERE true
    ON CONFLICT DO NOTHING";

/// The places of the latest observations of things, whose ids are given as one JSON text.
pub(crate) const LATEST_PLACES: &str = "
    SELECT value AS resource_id,
        (SELECT epoch FROM observation WHERE resource_id = value ORDER BY epoch DESC LIMIT 1) AS epoch,
        (SELECT sequence FROM observation WHERE resource_id = value
            ORDER BY epoch DESC, sequence DESC LIMIT 1) AS sequence
    FROM json_each(?1)
    WHERE EXISTS (SELECT 1 FROM observation WHERE resource_id = value)";
