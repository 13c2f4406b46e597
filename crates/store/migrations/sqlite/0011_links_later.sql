-- Whether nobody but its maker ends a share. What an administrator ends, who cannot open it: `handle` names it to administrators alone.
ALTER TABLE shares ADD COLUMN sender_ends INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN handle TEXT NOT NULL DEFAULT '';
ALTER TABLE shares ADD COLUMN ended_by_admin INTEGER NOT NULL DEFAULT 0;
UPDATE shares SET handle = lower(hex(randomblob(16)));
CREATE INDEX shares_by_handle ON shares (handle);
CREATE INDEX shares_live_by_org ON shares (org_id, created_at) WHERE size > 0;

ALTER TABLE secret_requests ADD COLUMN handle TEXT NOT NULL DEFAULT '';
ALTER TABLE secret_requests ADD COLUMN ended_by_admin INTEGER NOT NULL DEFAULT 0;
UPDATE secret_requests SET handle = lower(hex(randomblob(16)));
CREATE INDEX secret_requests_by_handle ON secret_requests (handle);
