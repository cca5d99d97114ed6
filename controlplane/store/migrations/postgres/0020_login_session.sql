ALTER TABLE token ADD COLUMN kind text NOT NULL DEFAULT 'token' CHECK (kind IN ('token', 'login_session'));
ALTER TABLE token ADD COLUMN prefix text NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN device text NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN impersonator_id bigint REFERENCES account (id) ON DELETE CASCADE;
CREATE INDEX token_impersonator_index ON token (impersonator_id);

ALTER TABLE event ADD COLUMN impersonator text;

CREATE TABLE login_attempt (
    subject bytea NOT NULL CHECK (length(subject) = 32),
    count bigint NOT NULL,
    ends_at bigint NOT NULL,
    CONSTRAINT login_attempt_subject_key PRIMARY KEY (subject)
);
CREATE INDEX login_attempt_ends_index ON login_attempt (ends_at);
