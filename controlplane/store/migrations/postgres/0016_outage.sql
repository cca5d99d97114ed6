-- A source was silent for longer than its hold: from its last complete look at everything to the next one. When nobody
-- had heard yet that it was over, is told by recorded_at (P7, P9).
CREATE TABLE outage (
    source_id bigint NOT NULL REFERENCES source (id),
    from_at bigint NOT NULL,
    to_at bigint NOT NULL,
    hold_s bigint NOT NULL,
    recorded_at bigint NOT NULL,
    CONSTRAINT outage_source_id_from_at_key PRIMARY KEY (source_id, from_at),
    CHECK (from_at < to_at)
);

-- The hold that the present silence is measured by: the one in force when the source was last heard.
ALTER TABLE source ADD COLUMN heard_hold_s bigint;
UPDATE source SET heard_hold_s = hold_s WHERE last_ok_at IS NOT NULL;

-- Which run of a machine was last seen.
ALTER TABLE resource ADD COLUMN incarnation text;
