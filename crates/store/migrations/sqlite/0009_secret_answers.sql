-- A request takes as many answers as it says; each has a row of its own.
ALTER TABLE secret_requests ADD COLUMN most INTEGER NOT NULL DEFAULT 1;

CREATE TABLE secret_answers (
    id         TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES secret_requests (id) ON DELETE CASCADE,
    value      TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX secret_answers_by_request ON secret_answers (request_id, at);

INSERT INTO secret_answers (id, request_id, value, at)
    SELECT id, id, value, updated_at FROM secret_requests WHERE value IS NOT NULL;
ALTER TABLE secret_requests DROP COLUMN value;
