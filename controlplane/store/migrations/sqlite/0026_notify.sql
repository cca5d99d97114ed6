-- Which messages an account wants by mail.
ALTER TABLE account ADD COLUMN notify_low_balance INTEGER NOT NULL DEFAULT 1 CHECK (notify_low_balance IN (0, 1));
ALTER TABLE account ADD COLUMN notify_note INTEGER NOT NULL DEFAULT 1 CHECK (notify_note IN (0, 1));
ALTER TABLE account ADD COLUMN notify_collector INTEGER NOT NULL DEFAULT 1 CHECK (notify_collector IN (0, 1));

-- When people are to be told of a note; none once they were. Of what fell due before the last thing that happened,
-- nobody is told any more.
ALTER TABLE note ADD COLUMN due_at INTEGER;
CREATE INDEX note_due_index ON note (done, due_at) WHERE due_at IS NOT NULL;
UPDATE note SET due_at = notify_at WHERE notify_at > (SELECT COALESCE(MAX(at), 0) FROM event);

-- The state of a collector that people were last told of.
ALTER TABLE source ADD COLUMN told_state TEXT NOT NULL DEFAULT 'ok' CHECK (told_state IN ('ok', 'degraded', 'down'));
