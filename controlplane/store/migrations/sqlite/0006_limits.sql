-- By code and without a reference: the partner is made before its plans, so its default plan may still be to come.
ALTER TABLE partner DROP COLUMN default_plan_id;
ALTER TABLE partner ADD COLUMN default_plan TEXT;

CREATE TABLE client_defaults (
    partner_id INTEGER NOT NULL REFERENCES partner (id) ON DELETE CASCADE,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0),
    plan_id INTEGER,
    internet_mbps INTEGER,
    lan_mbps INTEGER NOT NULL,
    payment_methods TEXT NOT NULL,
    payment_model TEXT NOT NULL CHECK (payment_model IN ('prepay', 'postpay')),
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id),
    FOREIGN KEY (partner_id, plan_id) REFERENCES tariff_plan (partner_id, id)
) STRICT;
CREATE INDEX client_defaults_plan_index ON client_defaults (partner_id, plan_id);

CREATE TABLE default_limits (
    partner_id INTEGER NOT NULL REFERENCES partner (id) ON DELETE CASCADE,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL,
    limits TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id)
) STRICT;

CREATE TABLE client_limits (
    partner_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    limits TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id, client_id),
    FOREIGN KEY (partner_id, client_id) REFERENCES client (partner_id, id) ON DELETE CASCADE
) STRICT;
