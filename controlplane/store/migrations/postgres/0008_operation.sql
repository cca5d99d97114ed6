-- How many contracts are on a plan is told with every client: counted from this index alone.
CREATE INDEX contract_open_index ON contract (partner_id, plan_id) WHERE closed_at IS NULL;

-- How often a source was asked: one failure is told from the same failure again.
ALTER TABLE source ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
