-- What the auditor keeps, and crashes counted on each slot. Mirrored in ../postgres.

-- Since when a schedule's slots are planned by its present pattern: nothing before can be judged.
ALTER TABLE schedules ADD COLUMN audit_since INTEGER;
UPDATE schedules SET audit_since = updated_at;

ALTER TABLE slots ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;

-- X does not show the post any more. It stays posted.
ALTER TABLE receipts ADD COLUMN removed_at INTEGER;
CREATE INDEX receipts_by_bot ON receipts (bot_id, posted_at);

-- When a bot's timeline is compared with its receipts next, and when it last was.
ALTER TABLE bots ADD COLUMN compare_at INTEGER;
ALTER TABLE bots ADD COLUMN compared_at INTEGER;
CREATE INDEX bots_to_compare ON bots (compare_at) WHERE state = 'active' AND compare_at IS NOT NULL;

-- Where each sweep of the auditor stopped.
CREATE TABLE audit_sweeps (
    sweep      TEXT PRIMARY KEY NOT NULL,
    row_id     INTEGER NOT NULL,
    bot_id     TEXT,
    at         INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE findings (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    bot_id      TEXT,
    slot_id     INTEGER,
    place       INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    detail      TEXT NOT NULL,
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    resolved_at INTEGER
) STRICT;
-- One open finding of a kind about one thing.
CREATE UNIQUE INDEX findings_open ON findings (kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX findings_by_age ON findings (first_seen) WHERE resolved_at IS NULL;
CREATE INDEX findings_ended ON findings (resolved_at) WHERE resolved_at IS NOT NULL;
