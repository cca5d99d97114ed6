-- How a contract stands: up to when that is decided, when its money will be used up, and when it must be looked at next.
ALTER TABLE contract ADD COLUMN settled_at bigint;
ALTER TABLE contract ADD COLUMN exhausts_at bigint;
ALTER TABLE contract ADD COLUMN due_at bigint;
ALTER TABLE contract ADD COLUMN is_low boolean NOT NULL DEFAULT false;
-- Since when it is in its state, and the fact that put it there.
ALTER TABLE contract ADD COLUMN state_since bigint;
ALTER TABLE contract ADD COLUMN state_fact bigint;
UPDATE contract SET due_at = created_at WHERE closed_at IS NULL;
CREATE INDEX contract_due_index ON contract (due_at) WHERE due_at IS NOT NULL;
