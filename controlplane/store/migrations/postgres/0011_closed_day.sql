-- One row for each run of days that closed together: immutable from then on.
CREATE TABLE closing (
    partner_id bigint NOT NULL,
    contract_id bigint NOT NULL,
    last_day integer NOT NULL,
    first_day integer NOT NULL,
    run_id bigint NOT NULL,
    cutoff_at bigint NOT NULL,
    evidence bigint NOT NULL,
    CONSTRAINT closing_partner_id_contract_id_last_day_key PRIMARY KEY (partner_id, contract_id, last_day),
    CHECK (first_day <= last_day),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id),
    FOREIGN KEY (run_id) REFERENCES bill_run (id)
);

-- A correction is about a closed day and stands on an open one; any other charge is about its own days.
ALTER TABLE charge ADD COLUMN about_day integer;
UPDATE charge SET about_day = first_day;
ALTER TABLE charge ALTER COLUMN about_day SET NOT NULL;
ALTER TABLE charge ADD COLUMN corrects bigint;
ALTER TABLE charge DROP CONSTRAINT charge_key;
ALTER TABLE charge ADD CONSTRAINT charge_key UNIQUE (partner_id, contract_id, resource, service, kind, first_day,
    plan_id, plan_version, grant_id, period, about_day);
