-- What several nodes share. Mirrored in ../sqlite. Expand only: a node of the version before goes on.

-- Fingerprint of the bots that this start of the node declared.
ALTER TABLE nodes ADD COLUMN declared TEXT COLLATE "C";

-- Bots that a node cannot send for, because it has no keys of theirs: it leaves them to the others.
CREATE TABLE strangers (
    fence  BIGINT NOT NULL,
    bot_id TEXT COLLATE "C" NOT NULL REFERENCES bots (bot_id),
    PRIMARY KEY (bot_id, fence)
);

-- The node that is filling this queue now.
ALTER TABLE bot_stats ADD COLUMN refill_fence BIGINT;
CREATE INDEX bot_stats_refilling ON bot_stats (refill_fence) WHERE refill_fence IS NOT NULL;

-- How X answers an app, whichever node asks. A row is there while something is not as it should be.
CREATE TABLE breakers (
    app           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    silent        BIGINT NOT NULL DEFAULT 0,
    probe_ms      BIGINT NOT NULL,
    opened_at     BIGINT,
    probe_at      BIGINT,
    blocked_until BIGINT,
    updated_at    BIGINT NOT NULL,
    CHECK ((opened_at IS NULL) = (probe_at IS NULL))
);
