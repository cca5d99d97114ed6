ALTER TABLE access ADD COLUMN public_id uuid;
ALTER TABLE access ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE access ADD COLUMN login text;
ALTER TABLE access ADD COLUMN client_id bigint;
ALTER TABLE access ADD COLUMN created_at bigint;
UPDATE access SET public_id = gen_random_uuid(), login = account.login, created_at = account.created_at
    FROM account WHERE account.id = access.account_id;
ALTER TABLE access ALTER COLUMN version DROP DEFAULT;
ALTER TABLE access ALTER COLUMN public_id SET NOT NULL;
ALTER TABLE access ALTER COLUMN login SET NOT NULL;
ALTER TABLE access ALTER COLUMN created_at SET NOT NULL;
ALTER TABLE access ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE access DROP CONSTRAINT access_role_check;
ALTER TABLE access DROP CONSTRAINT access_account_id_role_partner_id_key;
DROP INDEX access_account_id_role_key;
ALTER TABLE access ADD UNIQUE (public_id);
ALTER TABLE access ADD CHECK
    (role IN ('platform_admin', 'partner_admin', 'client_admin', 'client_user', 'client_support'));
ALTER TABLE access ADD CHECK
    ((role IN ('client_admin', 'client_user', 'client_support')) = (client_id IS NOT NULL));
ALTER TABLE access ADD FOREIGN KEY (partner_id, client_id) REFERENCES client (partner_id, id) ON DELETE CASCADE;
CREATE UNIQUE INDEX access_login_key ON access (login) WHERE partner_id IS NULL;
CREATE UNIQUE INDEX access_login_partner_id_key ON access (login, partner_id) WHERE client_id IS NULL;
CREATE UNIQUE INDEX access_login_client_id_key ON access (login, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX access_account_index ON access (account_id);
CREATE INDEX access_object_index ON access (partner_id, client_id);

CREATE TABLE access_project (
    access_id bigint NOT NULL REFERENCES access (id) ON DELETE CASCADE,
    partner_id bigint NOT NULL,
    project_id bigint NOT NULL,
    CONSTRAINT access_project_access_id_project_id_key PRIMARY KEY (access_id, project_id),
    FOREIGN KEY (partner_id, project_id) REFERENCES project (partner_id, id) ON DELETE CASCADE
);
CREATE INDEX access_project_project_index ON access_project (partner_id, project_id);
