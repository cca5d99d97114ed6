CREATE TABLE event_chain (
    chain bigint NOT NULL,
    length bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (chain)
);

CREATE TABLE event_link (
    chain bigint NOT NULL,
    sequence bigint NOT NULL,
    event_id bigint NOT NULL,
    previous_hash bytea NOT NULL CHECK (length(previous_hash) = 32),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    CONSTRAINT event_link_chain_sequence_key PRIMARY KEY (chain, sequence),
    UNIQUE (event_id)
);
