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

/// Makes clients, given as one JSON text.
pub(crate) const INSERT_CLIENTS: &str = "
    INSERT INTO client (
        partner_id, public_id, code, name, name_folded, internet_mbps, lan_mbps,
        allowed_hypervisors, payment_methods, payment_model, min_balance, deletion_protection,
        created_at, version
    )
    SELECT (value->>0)::bigint, (value->>1)::uuid, value->>2, value->>3, value->>4,
        (value->>5)::bigint, (value->>6)::bigint, value->>7, value->>8, value->>9,
        (value->>10)::bigint, (value->>11)::bigint::int::boolean, (value->>12)::bigint, 1
    FROM json_array_elements($1::json) AS rows (value)";

/// Writes events of the audit log, given as one JSON text.
pub(crate) const INSERT_EVENTS: &str = "
    INSERT INTO event (
        partner_id, at, request_id, account_id, actor, action, object_kind, object_id, object_name,
        before, after, client, impersonator
    )
    SELECT (value->>0)::bigint, (value->>1)::bigint, (value->>2)::uuid, (value->>3)::bigint,
        value->>4, value->>5, value->>6, (value->>7)::uuid, value->>8, value->>9, value->>10,
        value->>11, value->>12
    FROM json_array_elements($1::json) AS rows (value)
    RETURNING id";

/// Begins audit chains, given as one JSON text, where they are not begun; locks them, the lowest first, and answers where
/// each ends.
pub(crate) const TAKE_EVENT_CHAINS: &str = "
    INSERT INTO event_chain (chain, length, hash)
    SELECT value::bigint, 0, decode(repeat('00', 32), 'hex')
    FROM json_array_elements_text($1::json) AS rows (value)
    ORDER BY 1
    ON CONFLICT (chain) DO UPDATE SET length = event_chain.length
    RETURNING chain, length, hash";

/// Writes the places of events in their chains, given as one JSON text.
pub(crate) const INSERT_EVENT_LINKS: &str = "
    INSERT INTO event_link (chain, sequence, event_id, previous_hash, hash)
    SELECT (value->>0)::bigint, (value->>1)::bigint, (value->>2)::bigint,
        decode(value->>3, 'hex'), decode(value->>4, 'hex')
    FROM json_array_elements($1::json) AS rows (value)";

/// Notes where audit chains end, given as one JSON text.
pub(crate) const SET_EVENT_CHAINS: &str = "
    UPDATE event_chain SET length = (value->>1)::bigint, hash = decode(value->>2, 'hex')
    FROM json_array_elements($1::json) AS rows (value)
    WHERE event_chain.chain = (value->>0)::bigint";

/// Makes the contracts of clients that are known by their public ids, given as one JSON text.
pub(crate) const INSERT_CONTRACTS: &str = "
    INSERT INTO contract (
        partner_id, public_id, client_public_id, client_code, client_name, name, time_zone,
        plan_id, created_at, name_folded, client_id, state
    )
    SELECT (value->>0)::bigint, (value->>1)::uuid, (value->>2)::uuid, value->>3, value->>4, value->>5,
        value->>6, (value->>7)::bigint, (value->>8)::bigint, value->>9, client.id, 'active'
    FROM json_array_elements($1::json) AS rows (value)
    JOIN client ON client.partner_id = (value->>0)::bigint AND client.public_id = (value->>2)::uuid";

/// Writes the first facts of contracts that are known by their public ids, given as one JSON text.
pub(crate) const INSERT_FIRST_FACTS: &str = "
    INSERT INTO contract_fact (
        partner_id, kind, body, effective_at, recorded_at, contract_id, sequence
    )
    SELECT (value->>0)::bigint, value->>1, value->>2, (value->>3)::bigint, (value->>4)::bigint,
        contract.id, 1
    FROM json_array_elements($1::json) AS rows (value)
    JOIN contract ON contract.partner_id = (value->>0)::bigint AND contract.public_id = (value->>5)::uuid";

/// Makes the projects of clients that are known by their public ids, given as one JSON text.
pub(crate) const INSERT_PROJECTS: &str = "
    INSERT INTO project (
        partner_id, public_id, code, name, name_folded, created_at, client_id, version
    )
    SELECT (value->>0)::bigint, (value->>1)::uuid, value->>2, value->>3, value->>4,
        (value->>5)::bigint, client.id, 1
    FROM json_array_elements($1::json) AS rows (value)
    JOIN client ON client.partner_id = (value->>0)::bigint AND client.public_id = (value->>6)::uuid";

/// Notes the configurations of machines, given as one JSON text.
pub(crate) const SET_CONFIGURATIONS: &str = "
    UPDATE resource SET configuration = value->>1
    FROM json_array_elements($1::json) AS rows (value)
    WHERE resource.uuid = (value->>0)::uuid";

/// Notes which runs of machines were seen, given as one JSON text.
pub(crate) const SET_RUNS: &str = "
    UPDATE resource SET incarnation = value->>1, cpu_time_ns = (value->>2)::bigint
    FROM json_array_elements($1::json) AS rows (value)
    WHERE resource.uuid = (value->>0)::uuid";

/// Writes readings, given as one JSON text.
pub(crate) const INSERT_READINGS: &str = "
    INSERT INTO reading (
        source_id, epoch, sequence, resource_id, counter, incarnation, bytes, observed_at, received_at
    )
    SELECT (value->>0)::bigint, (value->>1)::bigint, (value->>2)::bigint, (value->>3)::bigint, value->>4,
        (value->>5)::bigint, (value->>6)::bigint, (value->>7)::bigint, (value->>8)::bigint
    FROM json_array_elements($1::json) AS rows (value)
    ON CONFLICT (source_id, epoch, sequence) DO NOTHING
    RETURNING source_id, epoch, sequence";

/// Notes what the counters of machines show, given as one JSON text.
pub(crate) const SET_COUNTERS: &str = "
    UPDATE resource SET counters = value->>1
    FROM json_array_elements($1::json) AS rows (value)
    WHERE resource.uuid = (value->>0)::uuid";

/// Writes down what things are now, given as one JSON text; one that had ended is live again. A thing that is another
/// source's stays as it is.
pub(crate) const UPSERT_RESOURCES: &str = "
    INSERT INTO resource (
        uuid, source_id, kind, name, name_folded, hypervisor_id, partner_id, contract_id, project_id, owner,
        problem, fact, first_seen_at, last_seen_at, missed
    )
    SELECT (value->>0)::uuid, (value->>1)::bigint, value->>2, value->>3, value->>4, (value->>5)::bigint,
        (value->>6)::bigint, (value->>7)::bigint, (value->>8)::bigint, value->>9, value->>10, value->>11,
        (value->>12)::bigint, (value->>12)::bigint, 0
    FROM json_array_elements($1::json) AS rows (value)
    ON CONFLICT (uuid) DO UPDATE SET
        kind = excluded.kind, name = excluded.name, name_folded = excluded.name_folded,
        hypervisor_id = excluded.hypervisor_id, partner_id = excluded.partner_id,
        contract_id = excluded.contract_id, project_id = excluded.project_id, owner = excluded.owner,
        problem = excluded.problem, fact = excluded.fact, last_seen_at = excluded.last_seen_at,
        ended_at = NULL, missed = 0
    WHERE resource.source_id = excluded.source_id";

/// Ends things, given as one JSON text.
pub(crate) const END_RESOURCES: &str = "
    UPDATE resource SET ended_at = (value->>1)::bigint
    FROM json_array_elements($1::json) AS rows (value)
    WHERE resource.id = (value->>0)::bigint AND resource.source_id = (value->>2)::bigint";

/// Writes down whose things were, given as one JSON text.
pub(crate) const INSERT_RESOURCE_CONTRACTS: &str = "
    INSERT INTO resource_contract (partner_id, contract_id, resource_id)
    SELECT (value->>0)::bigint, (value->>1)::bigint, (value->>2)::bigint
    FROM json_array_elements($1::json) AS rows (value)
    ON CONFLICT DO NOTHING";

/// The places of the latest observations of things, whose ids are given as one JSON text.
pub(crate) const LATEST_PLACES: &str = "
    SELECT latest.resource_id, latest.epoch, latest.sequence
    FROM json_array_elements_text($1::json) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT resource_id, epoch, sequence FROM observation
        WHERE resource_id = wanted.id::bigint
        ORDER BY epoch DESC, sequence DESC
        LIMIT 1
    ) AS latest";
