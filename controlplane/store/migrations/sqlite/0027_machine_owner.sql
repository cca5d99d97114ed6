-- Whose a machine is, where that was said through the API: what its tag says moves nothing then.
CREATE TABLE machine_owner (
    machine BLOB NOT NULL PRIMARY KEY,
    partner_id INTEGER NOT NULL,
    project_id INTEGER NOT NULL,
    assigned_at INTEGER NOT NULL,
    FOREIGN KEY (partner_id, project_id) REFERENCES project (partner_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX machine_owner_project_index ON machine_owner (partner_id, project_id);

-- Machines of a source's last inventory whose tag contradicts that.
ALTER TABLE source ADD COLUMN mismatched INTEGER NOT NULL DEFAULT 0;
