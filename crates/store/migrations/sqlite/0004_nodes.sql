-- What several nodes share. Mirrored in ../postgres. Expand only: a node of the version before goes on.

-- Fingerprint of the bots that this start of the node declared.
ALTER TABLE nodes ADD COLUMN declared TEXT;

-- Bots that a node cannot send for, because it has no keys of theirs: it leaves them to the others.
CREATE TABLE strangers (
    fence  INTEGER NOT NULL,
    bot_id TEXT NOT NULL REFERENCES bots (bot_id),
    PRIMARY KEY (bot_id, fence)
) STRICT;

-- The node that is filling this queue now.
ALTER TABLE bot_stats ADD COLUMN refill_fence INTEGER;
CREATE INDEX bot_stats_refilling ON bot_stats (refill_fence) WHERE refill_fence IS NOT NULL;

-- How X answers an app, whichever node asks. A row is there while something is not as it should be.
CREATE TABLE breakers (
    app           TEXT PRIMARY KEY NOT NULL,
    silent        INTEGER NOT NULL DEFAULT 0,
    probe_ms      INTEGER NOT NULL,
    opened_at     INTEGER,
    probe_at      INTEGER,
    blocked_until INTEGER,
    updated_at    INTEGER NOT NULL,
    CHECK ((opened_at IS NULL) = (probe_at IS NULL))
) STRICT;
