-- Which messages an account wants by mail.
ALTER TABLE account ADD COLUMN notify_low_balance boolean NOT NULL DEFAULT true;
ALTER TABLE account ADD COLUMN notify_note boolean NOT NULL DEFAULT true;
ALTER TABLE account ADD COLUMN notify_collector boolean NOT NULL DEFAULT true;

-- When people are to be told of a note; none once they were. Of what fell due before the last thing that happened,
-- nobody is told any more.
ALTER TABLE note ADD COLUMN due_at bigint;
CREATE INDEX note_due_index ON note (done, due_at) WHERE due_at IS NOT NULL;
UPDATE note SET due_at = notify_at WHERE notify_at > (SELECT COALESCE(MAX(at), 0) FROM event);

-- The state of a collector that people were last told of.
ALTER TABLE source ADD COLUMN told_state text NOT NULL DEFAULT 'ok' CHECK (told_state IN ('ok', 'degraded', 'down'));
