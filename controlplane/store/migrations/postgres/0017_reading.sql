-- What counters of traffic showed: those readings that bills need (P8, M1).
CREATE TABLE reading (
    source_id bigint NOT NULL REFERENCES source (id),
    epoch bigint NOT NULL,
    sequence bigint NOT NULL,
    resource_id bigint NOT NULL REFERENCES resource (id),
    counter text NOT NULL,
    incarnation bigint NOT NULL,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    observed_at bigint NOT NULL,
    received_at bigint NOT NULL,
    CONSTRAINT reading_source_id_epoch_sequence_key PRIMARY KEY (source_id, epoch, sequence)
);
CREATE INDEX reading_resource_index ON reading (resource_id, epoch, sequence);

-- Whose traffic is charged, as a JSON list of names.
ALTER TABLE hypervisor ADD COLUMN external_networks text NOT NULL DEFAULT '[]';

-- What the counters of a machine last showed, as JSON: not every reading is kept.
ALTER TABLE resource ADD COLUMN counters text;
