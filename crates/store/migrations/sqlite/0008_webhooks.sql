-- Addresses elsewhere that are told that something happened: in an environment, or to the links of an account. `secret`
-- signs what is told, so it is kept as it is; empty if nothing is signed. `events` are words with spaces between, all if empty.
CREATE TABLE webhooks (
    id             TEXT PRIMARY KEY,
    environment_id TEXT REFERENCES environments (id) ON DELETE CASCADE,
    path           TEXT NOT NULL,
    user_id        TEXT REFERENCES users (id) ON DELETE CASCADE,
    org_id         TEXT REFERENCES organizations (id) ON DELETE CASCADE,
    kind           TEXT NOT NULL,
    url            TEXT NOT NULL,
    secret         TEXT NOT NULL,
    events         TEXT NOT NULL,
    is_disabled    INTEGER NOT NULL DEFAULT 0,
    last_run_at    INTEGER,
    last_error     TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    CHECK ((environment_id IS NULL) <> (user_id IS NULL)),
    CHECK ((user_id IS NULL) = (org_id IS NULL))
) STRICT;
CREATE INDEX webhooks_by_environment ON webhooks (environment_id);
CREATE INDEX webhooks_by_user ON webhooks (user_id, org_id);

-- What is still to be told. Whoever tells it puts `due_at` off first: if they never come back, somebody tries again then.
CREATE TABLE webhook_deliveries (
    id         TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    news       TEXT NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    due_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (due_at);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id);
-- The same news that nobody was told yet is told once.
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (webhook_id, news) WHERE tries = 0;
