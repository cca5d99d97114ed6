-- A note goes with its client.
CREATE TABLE note (
    partner_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    client_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    body_folded TEXT NOT NULL,
    author TEXT NOT NULL,
    system INTEGER NOT NULL CHECK (system IN (0, 1)),
    notify_at INTEGER,
    done INTEGER NOT NULL CHECK (done IN (0, 1)),
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, public_id),
    FOREIGN KEY (partner_id, client_id) REFERENCES client (partner_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX note_public_index ON note (public_id);
CREATE INDEX note_client_index ON note (partner_id, client_id, id);
CREATE INDEX note_notify_index ON note (notify_at) WHERE notify_at IS NOT NULL;

CREATE TABLE domain (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    partner_id INTEGER NOT NULL REFERENCES partner (id),
    registration_enabled INTEGER NOT NULL CHECK (registration_enabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    UNIQUE (public_id),
    UNIQUE (name)
) STRICT;
CREATE INDEX domain_partner_index ON domain (partner_id);

-- Names and aliases of all domains in one table: none is used twice.
CREATE TABLE dns_name (
    name TEXT NOT NULL,
    domain_id INTEGER NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
    PRIMARY KEY (name)
) STRICT;
CREATE INDEX dns_name_domain_index ON dns_name (domain_id);

-- Contracts are searched by name, as everything else is. Other letters than those of ASCII are folded by the program
-- when a contract is next renamed.
ALTER TABLE contract ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
UPDATE contract SET name_folded = lower(name);

-- When an inventory was last asked for, beside the regular ones.
ALTER TABLE hypervisor ADD COLUMN collect_asked_at INTEGER;

CREATE INDEX event_actor_index ON event (actor, id);
