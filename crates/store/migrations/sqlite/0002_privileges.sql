-- What members of a project may do beyond their role: rules as the API writes them, in JSON.
CREATE TABLE privileges (
    id          TEXT PRIMARY KEY,
    member_id   TEXT NOT NULL REFERENCES project_members (id) ON DELETE CASCADE,
    slug        TEXT NOT NULL,
    permissions TEXT NOT NULL,
    range       TEXT,
    starts_at   INTEGER,
    ends_at     INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (member_id, slug)
) STRICT;
