CREATE TABLE invitation (
    access_id INTEGER NOT NULL REFERENCES access (id) ON DELETE CASCADE,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (access_id),
    UNIQUE (hash)
) STRICT;

CREATE TABLE mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    link_sealed BLOB,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    sent_at INTEGER,
    last_error TEXT,
    UNIQUE (public_id)
) STRICT;
CREATE INDEX mail_next_index ON mail (next_at);

CREATE TABLE registration (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    domain_id INTEGER NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
    login TEXT NOT NULL,
    client_name TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (hash)
) STRICT;
CREATE INDEX registration_domain_index ON registration (domain_id, created_at);
CREATE INDEX registration_login_index ON registration (login);
