-- Whether nobody but its maker ends a share.
ALTER TABLE shares ADD COLUMN sender_ends INTEGER NOT NULL DEFAULT 0;
