-- Somebody asks for a secret; whoever has the id answers once, with an opaque text.
CREATE TABLE secret_requests (
    id          TEXT PRIMARY KEY,
    name        TEXT,
    access      TEXT NOT NULL,
    org_id      TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id     TEXT REFERENCES users (id) ON DELETE CASCADE,
    identity_id TEXT REFERENCES identities (id) ON DELETE CASCADE,
    value       TEXT,
    expires_at  INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX secret_requests_by_org ON secret_requests (org_id, created_at);
