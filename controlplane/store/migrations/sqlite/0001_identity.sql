CREATE TABLE partner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    model TEXT NOT NULL CHECK (model IN ('white_label', 'reseller')),
    time_zone TEXT NOT NULL,
    default_plan_id INTEGER,
    grace_s INTEGER NOT NULL,
    dns_ns TEXT NOT NULL,
    dns_admin_email TEXT,
    services TEXT,
    limits TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (public_id),
    UNIQUE (code)
) STRICT;

CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (public_id),
    UNIQUE (login)
) STRICT;

CREATE TABLE access (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('platform_admin', 'partner_admin')),
    partner_id INTEGER REFERENCES partner (id) ON DELETE CASCADE,
    UNIQUE (account_id, role, partner_id),
    CHECK ((role = 'platform_admin') = (partner_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX access_account_id_role_key ON access (account_id, role) WHERE partner_id IS NULL;
CREATE INDEX access_role_index ON access (role);

CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER,
    UNIQUE (hash)
) STRICT;
CREATE INDEX token_account_index ON token (account_id);

CREATE TABLE idempotency (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    headers TEXT,
    object_kind TEXT NOT NULL,
    object_id BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT;
CREATE INDEX idempotency_object_index ON idempotency (object_id, object_kind);
CREATE INDEX idempotency_created_index ON idempotency (created_at);

CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    partner_id INTEGER,
    at INTEGER NOT NULL,
    request_id BLOB NOT NULL,
    account_id INTEGER,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id BLOB NOT NULL,
    object_name TEXT NOT NULL,
    before TEXT,
    after TEXT,
    client TEXT NOT NULL
) STRICT;
CREATE INDEX event_object_index ON event (object_id, id);
CREATE INDEX event_partner_index ON event (partner_id, id);
CREATE INDEX event_at_index ON event (at, id);

CREATE TABLE lease (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (name)
) STRICT;

CREATE TABLE setting (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
) STRICT;
