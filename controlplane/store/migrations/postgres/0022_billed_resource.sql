-- What a contract uses is told without a look at what its partner's others use.
CREATE INDEX resource_billed_index ON resource (contract_id) WHERE ended_at IS NULL;
