-- Money that came in, and corrections. What it is unique by is the key of its transaction in the ledger, for ever.
CREATE TABLE payment (
    partner_id INTEGER NOT NULL,
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contract_id INTEGER NOT NULL,
    transaction_id INTEGER NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('bank_transfer', 'yandex_kassa', 'correction')),
    external_id TEXT NOT NULL,
    external_id_folded TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount <> 0),
    reason TEXT,
    author TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (partner_id, id),
    UNIQUE (partner_id, transaction_id),
    CHECK (method = 'correction' OR amount > 0),
    FOREIGN KEY (partner_id, contract_id) REFERENCES contract (partner_id, id),
    FOREIGN KEY (partner_id, transaction_id) REFERENCES ledger_transaction (partner_id, id)
) STRICT;
CREATE INDEX payment_contract_index ON payment (partner_id, contract_id, id);
CREATE INDEX payment_created_index ON payment (created_at, id);
