CREATE TABLE event_chain (
    chain INTEGER PRIMARY KEY NOT NULL,
    length INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE event_link (
    chain INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (chain, sequence),
    UNIQUE (event_id)
) STRICT, WITHOUT ROWID;
