-- Whose a machine is, where that was said through the API: what its tag says moves nothing then.
CREATE TABLE machine_owner (
    machine uuid NOT NULL,
    partner_id bigint NOT NULL,
    project_id bigint NOT NULL,
    assigned_at bigint NOT NULL,
    CONSTRAINT machine_owner_machine_key PRIMARY KEY (machine),
    FOREIGN KEY (partner_id, project_id) REFERENCES project (partner_id, id) ON DELETE CASCADE
);
CREATE INDEX machine_owner_project_index ON machine_owner (partner_id, project_id);

-- Machines of a source's last inventory whose tag contradicts that.
ALTER TABLE source ADD COLUMN mismatched bigint NOT NULL DEFAULT 0;
