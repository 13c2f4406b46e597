-- What a project asks of secrets before it takes them: constraints as the API writes them, in JSON.
CREATE TABLE secret_rules (
    id             TEXT PRIMARY KEY,
    project_id     TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    environment_id TEXT REFERENCES environments (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    description    TEXT,
    path           TEXT NOT NULL,
    inputs         TEXT NOT NULL,
    is_active      INTEGER NOT NULL DEFAULT 1,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX secret_rules_by_project ON secret_rules (project_id);
