-- A source was silent for longer than its hold: from its last complete look at everything to the next one. When nobody
-- had heard yet that it was over, is told by recorded_at (P7, P9).
CREATE TABLE outage (
    source_id INTEGER NOT NULL REFERENCES source (id),
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL,
    hold_s INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, from_at),
    CHECK (from_at < to_at)
) STRICT;

-- The hold that the present silence is measured by: the one in force when the source was last heard.
ALTER TABLE source ADD COLUMN heard_hold_s INTEGER;
UPDATE source SET heard_hold_s = hold_s WHERE last_ok_at IS NOT NULL;

-- Which run of a machine was last seen.
ALTER TABLE resource ADD COLUMN incarnation TEXT;
