CREATE TABLE public_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    openssh TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (public_id)
) STRICT;
CREATE INDEX public_key_account_index ON public_key (account_id);
CREATE INDEX public_key_fingerprint_index ON public_key (fingerprint);
