-- The zone is the partner's as long as the promotion has not started, and stays then what it is (A3).
CREATE TABLE promotion (
    partner_id INTEGER NOT NULL REFERENCES partner (id),
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    starts_on INTEGER NOT NULL,
    ends_on INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    price_per_day INTEGER NOT NULL CHECK (price_per_day >= 0),
    platform TEXT NOT NULL CHECK (platform IN ('kvm', 'vmware')),
    max_count INTEGER CHECK (max_count > 0),
    vcpu INTEGER NOT NULL CHECK (vcpu > 0),
    ram_gb INTEGER NOT NULL CHECK (ram_gb > 0),
    hdd_gb INTEGER NOT NULL CHECK (hdd_gb > 0),
    disk_type TEXT NOT NULL CHECK (disk_type IN ('sata', 'sas', 'ssd')),
    note TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, public_id),
    UNIQUE (partner_id, code),
    CHECK (starts_on <= ends_on)
) STRICT;
CREATE INDEX promotion_public_index ON promotion (public_id);

-- No reference to the promotion: a machine keeps its price, and what was charged is explained, after the promotion is
-- gone. Reports name it by the name that it had.
CREATE TABLE promotion_grant (
    partner_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    promotion_id INTEGER NOT NULL,
    promotion_name TEXT NOT NULL,
    contract_id INTEGER NOT NULL,
    machine BLOB NOT NULL,
    system_disk BLOB NOT NULL,
    machine_name TEXT NOT NULL,
    owner TEXT NOT NULL,
    price_per_day INTEGER NOT NULL,
    granted_at INTEGER NOT NULL,
    ended_at INTEGER,
    UNIQUE (partner_id, id),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id)
) STRICT;
CREATE INDEX promotion_grant_promotion_index ON promotion_grant (partner_id, promotion_id, id);

-- One grant a machine at a time (A5).
CREATE UNIQUE INDEX promotion_grant_machine_key ON promotion_grant (machine) WHERE ended_at IS NULL;

-- What promotions compare of a machine, as its collector last saw it.
ALTER TABLE resource ADD COLUMN configuration TEXT;
