-- One row for each run of days that closed together: immutable from then on.
CREATE TABLE closing (
    partner_id INTEGER NOT NULL,
    contract_id INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    first_day INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    cutoff_at INTEGER NOT NULL,
    evidence INTEGER NOT NULL,
    PRIMARY KEY (partner_id, contract_id, last_day),
    CHECK (first_day <= last_day),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id),
    FOREIGN KEY (run_id) REFERENCES bill_run (id)
) STRICT;

-- A correction is about a closed day and stands on an open one; any other charge is about its own days.
CREATE TABLE charge_with_corrections (
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
    about_day INTEGER NOT NULL,
    corrects INTEGER,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, contract_id, resource, service, kind, first_day, plan_id,
        plan_version, grant_id, period, about_day),
    CHECK (first_day <= last_day),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id),
    FOREIGN KEY (run_id) REFERENCES bill_run (id)
) STRICT;
INSERT INTO charge_with_corrections (partner_id, id, contract_id, run_id, resource, resource_kind,
    resource_name, project_id, service, kind, first_day, last_day,
    plan_id, plan_version, grant_id, period, calendar, price,
    starts_per_day, rises_per_day, quantity_per_day, amount_per_day, total, rule, about_day)
SELECT partner_id, id, contract_id, run_id, resource, resource_kind,
    resource_name, project_id, service, kind, first_day, last_day,
    plan_id, plan_version, grant_id, period, calendar, price,
    starts_per_day, rises_per_day, quantity_per_day, amount_per_day, total, rule, first_day FROM charge;
DROP TABLE charge;
ALTER TABLE charge_with_corrections RENAME TO charge;
CREATE INDEX charge_day_index ON charge (partner_id, contract_id, last_day);
