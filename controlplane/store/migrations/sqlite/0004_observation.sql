CREATE TABLE source (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hypervisor', 'external', 'control_plane')),
    hypervisor_id INTEGER REFERENCES hypervisor (id) ON DELETE SET NULL,
    epoch INTEGER NOT NULL,
    hold_s INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ok', 'degraded', 'down', 'new')),
    state_since INTEGER NOT NULL,
    last_ok_at INTEGER,
    last_error TEXT,
    machines INTEGER NOT NULL,
    unowned INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (code),
    UNIQUE (hypervisor_id)
) STRICT;

CREATE TABLE resource (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid BLOB NOT NULL,
    source_id INTEGER NOT NULL REFERENCES source (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    hypervisor_id INTEGER REFERENCES hypervisor (id) ON DELETE SET NULL,
    partner_id INTEGER,
    contract_id INTEGER,
    project_id INTEGER,
    owner TEXT,
    problem TEXT,
    fact TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ended_at INTEGER,
    missed INTEGER NOT NULL,
    UNIQUE (uuid)
) STRICT;
CREATE INDEX resource_source_index ON resource (source_id, ended_at);
CREATE INDEX resource_hypervisor_index ON resource (hypervisor_id);
CREATE INDEX resource_partner_index ON resource (partner_id, id);
CREATE INDEX resource_project_index ON resource (project_id);

CREATE TABLE resource_contract (
    partner_id INTEGER NOT NULL,
    contract_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL REFERENCES resource (id),
    PRIMARY KEY (partner_id, contract_id, resource_id),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id)
) STRICT;
CREATE INDEX resource_contract_resource_index ON resource_contract (resource_id);

CREATE TABLE observation (
    source_id INTEGER NOT NULL REFERENCES source (id),
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    resource_id INTEGER NOT NULL REFERENCES resource (id),
    observed_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    fact TEXT NOT NULL,
    PRIMARY KEY (source_id, epoch, sequence)
) STRICT;
CREATE INDEX observation_resource_index ON observation (resource_id, epoch, sequence);
