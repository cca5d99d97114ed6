-- What counters of traffic showed: those readings that bills need (P8, M1).
CREATE TABLE reading (
    source_id INTEGER NOT NULL REFERENCES source (id),
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    resource_id INTEGER NOT NULL REFERENCES resource (id),
    counter TEXT NOT NULL,
    incarnation INTEGER NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    observed_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, epoch, sequence)
) STRICT;
CREATE INDEX reading_resource_index ON reading (resource_id, epoch, sequence);

-- Whose traffic is charged, as a JSON list of names.
ALTER TABLE hypervisor ADD COLUMN external_networks TEXT NOT NULL DEFAULT '[]';

-- What the counters of a machine last showed, as JSON: not every reading is kept.
ALTER TABLE resource ADD COLUMN counters TEXT;
