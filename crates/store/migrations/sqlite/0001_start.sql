-- Times are milliseconds since 1970. Everything a person seals arrives sealed: the server stores what it cannot read.

CREATE TABLE instance (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    id         TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    username      TEXT NOT NULL UNIQUE,
    email         TEXT NOT NULL,
    first_name    TEXT,
    last_name     TEXT,
    password_hash TEXT,
    is_admin      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE organizations (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    slug       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE organization_members (
    id         TEXT PRIMARY KEY,
    org_id     TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    status     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (org_id, user_id)
) STRICT;
CREATE INDEX organization_members_by_user ON organization_members (user_id);

CREATE TABLE invitations (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    org_id     TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    code_hash  BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, org_id)
) STRICT, WITHOUT ROWID;

-- `current` and `previous` name the refresh tokens that still count; the tokens themselves are signed.
CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    org_id     TEXT REFERENCES organizations (id) ON DELETE CASCADE,
    current    TEXT NOT NULL,
    previous   TEXT,
    issued_at  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE identities (
    id                    TEXT PRIMARY KEY,
    org_id                TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name                  TEXT NOT NULL,
    role                  TEXT NOT NULL,
    has_delete_protection INTEGER NOT NULL DEFAULT 0,
    last_login_at         INTEGER,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL
) STRICT;
CREATE INDEX identities_by_org ON identities (org_id);

CREATE TABLE universal_auths (
    id               TEXT PRIMARY KEY,
    identity_id      TEXT NOT NULL UNIQUE REFERENCES identities (id) ON DELETE CASCADE,
    client_id        TEXT NOT NULL UNIQUE,
    token_ttl        INTEGER NOT NULL,
    token_max_ttl    INTEGER NOT NULL,
    token_uses_limit INTEGER NOT NULL,
    token_period     INTEGER NOT NULL,
    lockout_enabled  INTEGER NOT NULL,
    lockout_threshold INTEGER NOT NULL,
    lockout_duration INTEGER NOT NULL,
    lockout_reset    INTEGER NOT NULL,
    bad_tries        INTEGER NOT NULL DEFAULT 0,
    bad_tries_since  INTEGER NOT NULL DEFAULT 0,
    locked_until     INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;

CREATE TABLE client_secrets (
    id                TEXT PRIMARY KEY,
    universal_auth_id TEXT NOT NULL REFERENCES universal_auths (id) ON DELETE CASCADE,
    secret_hash       BLOB NOT NULL,
    prefix            TEXT NOT NULL,
    description       TEXT NOT NULL,
    uses              INTEGER NOT NULL DEFAULT 0,
    uses_limit        INTEGER NOT NULL,
    ttl               INTEGER NOT NULL,
    revoked           INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX client_secrets_by_hash ON client_secrets (universal_auth_id, secret_hash);

CREATE TABLE machine_tokens (
    id               TEXT PRIMARY KEY,
    identity_id      TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    client_secret_id TEXT REFERENCES client_secrets (id) ON DELETE CASCADE,
    ttl              INTEGER NOT NULL,
    max_ttl          INTEGER NOT NULL,
    uses             INTEGER NOT NULL DEFAULT 0,
    uses_limit       INTEGER NOT NULL,
    revoked          INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX machine_tokens_by_identity ON machine_tokens (identity_id);

CREATE TABLE projects (
    id                    TEXT PRIMARY KEY,
    org_id                TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name                  TEXT NOT NULL,
    description           TEXT,
    slug                  TEXT NOT NULL,
    auto_capitalization   INTEGER NOT NULL DEFAULT 0,
    has_delete_protection INTEGER NOT NULL DEFAULT 0,
    secret_sharing        INTEGER NOT NULL DEFAULT 1,
    version_limit         INTEGER NOT NULL DEFAULT 10,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL,
    UNIQUE (org_id, slug)
) STRICT;

CREATE TABLE project_members (
    id          TEXT PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id     TEXT REFERENCES users (id) ON DELETE CASCADE,
    identity_id TEXT REFERENCES identities (id) ON DELETE CASCADE,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CHECK ((user_id IS NULL) <> (identity_id IS NULL)),
    UNIQUE (project_id, user_id),
    UNIQUE (project_id, identity_id)
) STRICT;
CREATE INDEX project_members_by_user ON project_members (user_id);
CREATE INDEX project_members_by_identity ON project_members (identity_id);

CREATE TABLE project_roles (
    id         TEXT PRIMARY KEY,
    member_id  TEXT NOT NULL REFERENCES project_members (id) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    range      TEXT,
    starts_at  INTEGER,
    ends_at    INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX project_roles_by_member ON project_roles (member_id);

CREATE TABLE environments (
    id         TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    slug       TEXT NOT NULL,
    position   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (project_id, slug)
) STRICT;

CREATE TABLE folders (
    id                   TEXT PRIMARY KEY,
    environment_id       TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    parent_id            TEXT REFERENCES folders (id) ON DELETE CASCADE,
    name                 TEXT NOT NULL,
    path                 TEXT NOT NULL,
    description          TEXT,
    version              INTEGER NOT NULL DEFAULT 1,
    last_secret_modified INTEGER,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    UNIQUE (environment_id, path)
) STRICT;
CREATE INDEX folders_by_parent ON folders (parent_id);

-- `owner` is empty for shared secrets and a person's id for personal ones.
CREATE TABLE secrets (
    id             TEXT PRIMARY KEY,
    folder_id      TEXT NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    owner          TEXT NOT NULL DEFAULT '',
    version        INTEGER NOT NULL,
    version_id     TEXT NOT NULL,
    value          TEXT NOT NULL,
    comment        TEXT NOT NULL,
    metadata       TEXT NOT NULL DEFAULT '[]',
    reminder_note  TEXT,
    reminder_days  REAL,
    skip_multiline INTEGER NOT NULL DEFAULT 0,
    actor_type     TEXT NOT NULL,
    actor_id       TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    UNIQUE (folder_id, name, owner)
) STRICT;

CREATE TABLE secret_versions (
    id          TEXT PRIMARY KEY,
    secret_id   TEXT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    name        TEXT NOT NULL,
    value       TEXT NOT NULL,
    comment     TEXT NOT NULL,
    metadata    TEXT NOT NULL,
    skip_multiline INTEGER NOT NULL,
    actor_type  TEXT NOT NULL,
    actor_id    TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (secret_id, version)
) STRICT;

-- A row outlives its value, so that a link can say why it no longer opens.
CREATE TABLE shares (
    id            TEXT PRIMARY KEY,
    value         TEXT NOT NULL,
    name          TEXT,
    password_hash TEXT,
    access        TEXT NOT NULL,
    org_id        TEXT REFERENCES organizations (id) ON DELETE CASCADE,
    user_id       TEXT REFERENCES users (id) ON DELETE SET NULL,
    identity_id   TEXT REFERENCES identities (id) ON DELETE SET NULL,
    views_left    INTEGER,
    revoked       INTEGER NOT NULL DEFAULT 0,
    expires_at    INTEGER NOT NULL,
    last_viewed_at INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX shares_by_user ON shares (user_id, created_at);
CREATE INDEX shares_by_identity ON shares (identity_id, created_at);
CREATE INDEX shares_by_expiry ON shares (expires_at);
