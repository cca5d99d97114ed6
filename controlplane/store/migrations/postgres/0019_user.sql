ALTER TABLE account ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN name_folded text NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN domain_id bigint REFERENCES domain (id);
ALTER TABLE account ADD COLUMN phone text;
ALTER TABLE account ADD COLUMN active boolean NOT NULL DEFAULT true;
ALTER TABLE account ADD COLUMN blocked boolean NOT NULL DEFAULT false;
ALTER TABLE account ADD COLUMN password_hash text;
ALTER TABLE account ADD COLUMN password_version bigint;
CREATE INDEX account_domain_index ON account (domain_id);
