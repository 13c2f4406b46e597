-- Who may let members into a place for a while. A deleted policy stays: requests under it are history.
CREATE TABLE access_policies (
    id              TEXT PRIMARY KEY,
    project_id      TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name            TEXT NOT NULL,
    path            TEXT NOT NULL,
    approvals       INTEGER NOT NULL,
    enforcement     TEXT NOT NULL,
    self_approvals  INTEGER NOT NULL,
    longest         TEXT,
    longest_ms      INTEGER,
    waits           TEXT,
    waits_ms        INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    deleted_at      INTEGER
) STRICT;
CREATE INDEX access_policies_by_project ON access_policies (project_id);

CREATE TABLE access_policy_environments (
    policy_id      TEXT NOT NULL REFERENCES access_policies (id) ON DELETE CASCADE,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    PRIMARY KEY (policy_id, environment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_policy_environments_by_environment ON access_policy_environments (environment_id);

-- `step` is empty for those who may take access at once. They count only while they are members of the project; the row
-- stays when they are not, or else a step would need fewer.
CREATE TABLE access_policy_people (
    policy_id TEXT NOT NULL REFERENCES access_policies (id) ON DELETE CASCADE,
    user_id   TEXT NOT NULL REFERENCES users (id),
    step      INTEGER,
    needed    INTEGER,
    position  INTEGER NOT NULL,
    PRIMARY KEY (policy_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_policy_people_by_user ON access_policy_people (user_id);

-- `permissions` are packed rules as the API writes them, in JSON.
CREATE TABLE access_requests (
    id             TEXT PRIMARY KEY,
    policy_id      TEXT NOT NULL REFERENCES access_policies (id) ON DELETE CASCADE,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    privilege_id   TEXT REFERENCES privileges (id) ON DELETE SET NULL,
    permissions    TEXT NOT NULL,
    is_temporary   INTEGER NOT NULL,
    range          TEXT,
    range_ms       INTEGER,
    note           TEXT,
    status         TEXT NOT NULL,
    edited_by      TEXT REFERENCES users (id) ON DELETE SET NULL,
    edit_note      TEXT,
    expires_at     INTEGER,
    approved_at    INTEGER,
    approved_by    TEXT REFERENCES users (id) ON DELETE SET NULL,
    revoked_at     INTEGER,
    revoked_by     TEXT REFERENCES users (id) ON DELETE SET NULL,
    bypass_reason  TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX access_requests_by_policy ON access_requests (policy_id);
CREATE INDEX access_requests_by_environment ON access_requests (environment_id);
CREATE INDEX access_requests_by_user ON access_requests (user_id, status);
CREATE INDEX access_requests_by_privilege ON access_requests (privilege_id);

CREATE TABLE access_reviews (
    id         TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES access_requests (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (request_id, user_id)
) STRICT;
