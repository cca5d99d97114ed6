CREATE TABLE access_object (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    account_id INTEGER REFERENCES account (id) ON DELETE CASCADE,
    login TEXT NOT NULL,
    role TEXT NOT NULL
        CHECK (role IN ('platform_admin', 'partner_admin', 'client_admin', 'client_user', 'client_support')),
    partner_id INTEGER REFERENCES partner (id) ON DELETE CASCADE,
    client_id INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (public_id),
    FOREIGN KEY (partner_id, client_id) REFERENCES client (partner_id, id) ON DELETE CASCADE,
    CHECK ((role = 'platform_admin') = (partner_id IS NULL)),
    CHECK ((role IN ('client_admin', 'client_user', 'client_support')) = (client_id IS NOT NULL))
) STRICT;
INSERT INTO access_object (id, public_id, version, account_id, login, role, partner_id, client_id, created_at)
    SELECT access.id,
        unhex(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2)
            || substr('89AB', 1 + abs(random() % 4), 1) || substr(hex(randomblob(2)), 2) || hex(randomblob(6))),
        1, access.account_id, account.login, access.role, access.partner_id, NULL, account.created_at
    FROM access JOIN account ON account.id = access.account_id;
DROP TABLE access;
ALTER TABLE access_object RENAME TO access;
CREATE UNIQUE INDEX access_login_key ON access (login) WHERE partner_id IS NULL;
CREATE UNIQUE INDEX access_login_partner_id_key ON access (login, partner_id) WHERE client_id IS NULL;
CREATE UNIQUE INDEX access_login_client_id_key ON access (login, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX access_account_index ON access (account_id);
CREATE INDEX access_object_index ON access (partner_id, client_id);
CREATE INDEX access_role_index ON access (role);

CREATE TABLE access_project (
    access_id INTEGER NOT NULL REFERENCES access (id) ON DELETE CASCADE,
    partner_id INTEGER NOT NULL,
    project_id INTEGER NOT NULL,
    PRIMARY KEY (access_id, project_id),
    FOREIGN KEY (partner_id, project_id) REFERENCES project (partner_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX access_project_project_index ON access_project (partner_id, project_id);
