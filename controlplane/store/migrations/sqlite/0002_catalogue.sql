CREATE TABLE hypervisor (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('kvm', 'vmware')),
    uri TEXT NOT NULL,
    username TEXT,
    password_sealed BLOB,
    password_version INTEGER,
    disk_types TEXT NOT NULL,
    cpu_class TEXT,
    cpu_per_vm INTEGER,
    ram_gb_per_vm INTEGER,
    poll_interval_s INTEGER NOT NULL,
    hold_s INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (public_id),
    UNIQUE (code)
) STRICT;

CREATE TABLE partner_hypervisor (
    partner_id INTEGER NOT NULL REFERENCES partner (id) ON DELETE CASCADE,
    hypervisor_id INTEGER NOT NULL REFERENCES hypervisor (id),
    PRIMARY KEY (partner_id, hypervisor_id)
) STRICT;
CREATE INDEX partner_hypervisor_index ON partner_hypervisor (hypervisor_id);

CREATE TABLE tariff_plan (
    partner_id INTEGER NOT NULL REFERENCES partner (id),
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, public_id),
    UNIQUE (partner_id, code)
) STRICT;
CREATE INDEX tariff_plan_public_index ON tariff_plan (public_id);

-- No reference to the plan: what was charged by a version is explained, and rated again, after the plan is gone.
CREATE TABLE tariff_plan_version (
    partner_id INTEGER NOT NULL,
    plan_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    items TEXT NOT NULL,
    PRIMARY KEY (partner_id, plan_id, version)
) STRICT;
