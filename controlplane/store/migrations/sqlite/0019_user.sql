ALTER TABLE account ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN domain_id INTEGER REFERENCES domain (id);
ALTER TABLE account ADD COLUMN phone TEXT;
ALTER TABLE account ADD COLUMN active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1));
ALTER TABLE account ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1));
ALTER TABLE account ADD COLUMN password_hash TEXT;
ALTER TABLE account ADD COLUMN password_version INTEGER;
CREATE INDEX account_domain_index ON account (domain_id);
