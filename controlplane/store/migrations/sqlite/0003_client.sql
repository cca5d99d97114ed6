CREATE TABLE client (
    partner_id INTEGER NOT NULL REFERENCES partner (id),
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    internet_mbps INTEGER,
    lan_mbps INTEGER NOT NULL,
    allowed_hypervisors TEXT,
    payment_methods TEXT NOT NULL,
    payment_model TEXT NOT NULL CHECK (payment_model IN ('prepay', 'postpay')),
    min_balance INTEGER,
    deletion_protection INTEGER NOT NULL CHECK (deletion_protection IN (0, 1)),
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, public_id),
    UNIQUE (partner_id, code)
) STRICT;
CREATE INDEX client_public_index ON client (public_id);

-- No reference to the partner or the plan: a contract with what is booked on it outlives both.
CREATE TABLE contract (
    partner_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    client_id INTEGER,
    client_public_id BLOB NOT NULL,
    client_code TEXT NOT NULL,
    client_name TEXT NOT NULL,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    plan_id INTEGER NOT NULL,
    booked_to INTEGER,
    state TEXT NOT NULL CHECK (state IN ('active', 'exhausted', 'suspended', 'closed')),
    parked_reason TEXT,
    created_at INTEGER NOT NULL,
    closed_at INTEGER,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, public_id),
    UNIQUE (partner_id, client_id),
    FOREIGN KEY (partner_id, client_id) REFERENCES client (partner_id, id)
) STRICT;
CREATE INDEX contract_public_index ON contract (public_id);
CREATE INDEX contract_plan_index ON contract (partner_id, plan_id);

CREATE TABLE contract_fact (
    partner_id INTEGER NOT NULL,
    contract_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    effective_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (partner_id, contract_id, sequence),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id)
) STRICT;

CREATE TABLE project (
    partner_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    client_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, public_id),
    UNIQUE (partner_id, client_id, code),
    FOREIGN KEY (partner_id, client_id) REFERENCES client (partner_id, id)
) STRICT;
CREATE INDEX project_public_index ON project (public_id);
