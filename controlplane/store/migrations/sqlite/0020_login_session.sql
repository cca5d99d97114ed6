ALTER TABLE token ADD COLUMN kind TEXT NOT NULL DEFAULT 'token' CHECK (kind IN ('token', 'login_session'));
ALTER TABLE token ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN impersonator_id INTEGER REFERENCES account (id) ON DELETE CASCADE;
CREATE INDEX token_impersonator_index ON token (impersonator_id);

ALTER TABLE event ADD COLUMN impersonator TEXT;

CREATE TABLE login_attempt (
    subject BLOB PRIMARY KEY NOT NULL CHECK (length(subject) = 32),
    count INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX login_attempt_ends_index ON login_attempt (ends_at);
