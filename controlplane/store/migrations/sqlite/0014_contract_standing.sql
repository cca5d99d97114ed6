-- How a contract stands: up to when that is decided, when its money will be used up, and when it must be looked at next.
ALTER TABLE contract ADD COLUMN settled_at INTEGER;
ALTER TABLE contract ADD COLUMN exhausts_at INTEGER;
ALTER TABLE contract ADD COLUMN due_at INTEGER;
ALTER TABLE contract ADD COLUMN is_low INTEGER NOT NULL DEFAULT 0 CHECK (is_low IN (0, 1));
-- Since when it is in its state, and the fact that put it there.
ALTER TABLE contract ADD COLUMN state_since INTEGER;
ALTER TABLE contract ADD COLUMN state_fact INTEGER;
UPDATE contract SET due_at = created_at WHERE closed_at IS NULL;
CREATE INDEX contract_due_index ON contract (due_at) WHERE due_at IS NOT NULL;
