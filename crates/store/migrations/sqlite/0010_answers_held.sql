-- What answers take of a quota, what must not come back though it was deleted, and whose end was told.
ALTER TABLE secret_answers ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
UPDATE secret_answers SET size = length(CAST(value AS BLOB));
CREATE INDEX secret_answers_held ON secret_answers (request_id, size);

CREATE TABLE deleted_answers (
    request_id TEXT NOT NULL REFERENCES secret_requests (id) ON DELETE CASCADE,
    hash       BLOB NOT NULL,
    PRIMARY KEY (request_id, hash)
) STRICT, WITHOUT ROWID;

ALTER TABLE secret_requests ADD COLUMN end_told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX secret_requests_by_actor ON secret_requests (user_id, identity_id);
CREATE INDEX secret_requests_by_expiry ON secret_requests (expires_at);

-- The remembered ends of shares, for their bound.
CREATE INDEX shares_over ON shares (user_id, identity_id, created_at) WHERE size = 0 AND file_held = 0;
