CREATE TABLE bill_run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    to_at INTEGER NOT NULL,
    cutoff_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    contracts INTEGER NOT NULL,
    charges INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed'))
) STRICT;

CREATE TABLE charge (
    partner_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contract_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    resource BLOB NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    project_id INTEGER,
    service TEXT NOT NULL,
    kind TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    plan_id INTEGER NOT NULL,
    plan_version INTEGER NOT NULL,
    grant_id INTEGER NOT NULL DEFAULT 0,
    period TEXT NOT NULL,
    calendar INTEGER NOT NULL CHECK (calendar IN (0, 1)),
    price INTEGER NOT NULL,
    starts_per_day INTEGER NOT NULL,
    rises_per_day INTEGER NOT NULL,
    quantity_per_day INTEGER NOT NULL,
    amount_per_day INTEGER NOT NULL,
    total INTEGER NOT NULL,
    rule TEXT NOT NULL,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, contract_id, resource, service, kind, first_day, plan_id,
        plan_version, grant_id, period),
    CHECK (first_day <= last_day),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id),
    FOREIGN KEY (run_id) REFERENCES bill_run (id)
) STRICT;
CREATE INDEX charge_day_index ON charge (partner_id, contract_id, last_day);

CREATE TABLE ledger_transaction (
    partner_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    contract_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    day INTEGER,
    at INTEGER NOT NULL,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, key),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id)
) STRICT;
CREATE INDEX ledger_transaction_contract_index ON ledger_transaction (partner_id, contract_id, id);

CREATE TABLE ledger_entry (
    partner_id INTEGER NOT NULL,
    transaction_id INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (partner_id, transaction_id, account),
    FOREIGN KEY (partner_id, transaction_id) REFERENCES ledger_transaction (partner_id, id)
) STRICT;
