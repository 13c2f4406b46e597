-- What a share may be bound to, and what became of it. `size` is zero once the value is erased. `device` is the hash of what the
-- first device proved itself with.
ALTER TABLE shares ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN destroyed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN after_view INTEGER;
ALTER TABLE shares ADD COLUMN networks TEXT NOT NULL DEFAULT '';
ALTER TABLE shares ADD COLUMN one_device INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN device TEXT;
ALTER TABLE shares ADD COLUMN receipts INTEGER NOT NULL DEFAULT 0;
UPDATE shares SET size = length(CAST(value AS BLOB));
CREATE INDEX shares_live ON shares (user_id, identity_id, size) WHERE size > 0;

CREATE TABLE share_receipts (
    id       INTEGER PRIMARY KEY,
    share_id TEXT NOT NULL REFERENCES shares (id) ON DELETE CASCADE,
    address  TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX share_receipts_by_share ON share_receipts (share_id);
