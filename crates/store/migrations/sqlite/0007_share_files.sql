-- The file of a share, in sealed pieces. `file_bytes` is what all of them have together, `file_held` what counts against a quota:
-- zero once they are erased. `file_missing` counts those that have not come yet. Until `file_until` somebody who opened the share
-- may still fetch them, though it has ended meanwhile.
ALTER TABLE shares ADD COLUMN file_bytes INTEGER;
ALTER TABLE shares ADD COLUMN file_held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN file_missing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN file_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX shares_files ON shares (user_id, identity_id, file_held) WHERE file_held > 0;

CREATE TABLE share_pieces (
    share_id TEXT NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    sealed   BLOB NOT NULL,
    PRIMARY KEY (share_id, number)
) STRICT;
