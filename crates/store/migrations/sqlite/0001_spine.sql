-- The spine: everything one bot's life needs. Mirrored in ../postgres, same numbers, same names.
-- Times are UTC milliseconds; booleans are 0 and 1; the words of CHECKs are those of the domain. Three
-- words or more are joined by OR: for an IN of so many SQLite makes a table each time it checks a row.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta (key, value) VALUES ('identity', lower(hex(randomblob(16)))), ('kill_switch', 'off');

CREATE TABLE bots (
    bot_id           TEXT PRIMARY KEY NOT NULL,
    state            TEXT NOT NULL CHECK (state = 'active' OR state = 'paused' OR state = 'needs_login'
        OR state = 'closed'),
    state_reason     TEXT,
    managed_by       TEXT NOT NULL CHECK (managed_by = 'environment' OR managed_by = 'file'
        OR managed_by = 'dashboard'),
    app              TEXT NOT NULL,
    blocked_until    INTEGER,
    refusals_in_row  INTEGER NOT NULL DEFAULT 0,
    distrusted_since INTEGER,
    x_user_id        TEXT,
    anchor           TEXT,
    last_topic       TEXT,
    version          INTEGER NOT NULL DEFAULT 1,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX bots_by_app ON bots (app, state);
CREATE INDEX bots_by_state ON bots (state, bot_id);

CREATE TABLE bot_configs (
    bot_id             TEXT PRIMARY KEY NOT NULL REFERENCES bots (bot_id),
    personality_prompt TEXT NOT NULL,
    content_sources    TEXT NOT NULL,
    posting_style      TEXT NOT NULL,
    topics             TEXT NOT NULL,
    tone               TEXT NOT NULL,
    max_length         INTEGER NOT NULL,
    schedule_cron      TEXT NOT NULL,
    timezone           TEXT NOT NULL,
    low_water          INTEGER NOT NULL,
    high_water         INTEGER NOT NULL,
    batch              INTEGER NOT NULL,
    is_rehearsal       INTEGER NOT NULL CHECK (is_rehearsal IN (0, 1)),
    looks_first        INTEGER NOT NULL CHECK (looks_first IN (0, 1)),
    config_hash        TEXT NOT NULL,
    persona_version    INTEGER NOT NULL DEFAULT 1,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) STRICT;

-- low_water is a copy, so that a partial index can find the queues below it; 0 while closed.
CREATE TABLE bot_stats (
    bot_id                TEXT PRIMARY KEY NOT NULL REFERENCES bots (bot_id),
    total_posts           INTEGER NOT NULL DEFAULT 0,
    remaining_posts       INTEGER NOT NULL DEFAULT 0,
    last_post_at          INTEGER,
    last_replenishment_at INTEGER,
    low_water             INTEGER NOT NULL DEFAULT 0,
    refill_not_before     INTEGER NOT NULL,
    refills               INTEGER NOT NULL DEFAULT 0,
    fruitless             INTEGER NOT NULL DEFAULT 0,
    last_error            TEXT,
    last_error_at         INTEGER,
    spend_micro_usd       INTEGER NOT NULL DEFAULT 0,
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL
) STRICT;
CREATE INDEX bot_stats_to_refill ON bot_stats (refill_not_before) WHERE remaining_posts < low_water;

CREATE TABLE schedules (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id        TEXT NOT NULL REFERENCES bots (bot_id),
    name          TEXT NOT NULL,
    place         INTEGER NOT NULL,
    cron          TEXT NOT NULL,
    timezone      TEXT NOT NULL,
    skips_gaps    INTEGER NOT NULL CHECK (skips_gaps IN (0, 1)),
    catch_up_ms   INTEGER NOT NULL,
    on_miss       TEXT NOT NULL CHECK (on_miss = 'skip' OR on_miss = 'latest_only'
        OR on_miss = 'next_free_slot'),
    jitter_ms     INTEGER NOT NULL,
    quiet_from    TEXT,
    quiet_until   TEXT,
    planned_until INTEGER NOT NULL,
    replan_at     INTEGER,
    is_retired    INTEGER NOT NULL DEFAULT 0 CHECK (is_retired IN (0, 1)),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (bot_id, name)
) STRICT;
CREATE INDEX schedules_to_plan ON schedules (replan_at) WHERE replan_at IS NOT NULL;

CREATE TABLE posts (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    content           TEXT NOT NULL,
    bot_id            TEXT NOT NULL REFERENCES bots (bot_id),
    category          TEXT,
    used              INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),
    state             TEXT NOT NULL
        CHECK (state = 'draft' OR state = 'queued' OR state = 'assigned' OR state = 'published'
            OR state = 'dry_run' OR state = 'rejected'),
    slot_id           INTEGER,
    is_front          INTEGER NOT NULL DEFAULT 0 CHECK (is_front IN (0, 1)),
    was_lost          INTEGER NOT NULL DEFAULT 0 CHECK (was_lost IN (0, 1)),
    generation_cost   REAL NOT NULL DEFAULT 0,
    generation_tokens INTEGER NOT NULL DEFAULT 0,
    generation_model  TEXT,
    content_hash      TEXT NOT NULL UNIQUE,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX posts_queue ON posts (bot_id, state, category, is_front, id);
CREATE INDEX posts_by_bot ON posts (bot_id, id);
-- One post for a slot. No foreign key: slots point at posts already.
CREATE UNIQUE INDEX posts_held ON posts (slot_id) WHERE state = 'assigned';

CREATE TABLE slots (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id           TEXT NOT NULL REFERENCES bots (bot_id),
    schedule_id      INTEGER REFERENCES schedules (id),
    local_time       TEXT NOT NULL,
    fold             INTEGER NOT NULL CHECK (fold IN (0, 1)),
    due_at           INTEGER NOT NULL,
    state            TEXT NOT NULL CHECK (state = 'planned' OR state = 'assigned' OR state = 'claimed'
        OR state = 'sending' OR state = 'retry_wait' OR state = 'unknown' OR state = 'reconciling'
        OR state = 'posted' OR state = 'skipped' OR state = 'failed' OR state = 'needs_attention'),
    reason           TEXT,
    wake_at          INTEGER,
    post_id          INTEGER REFERENCES posts (id),
    fence            INTEGER,
    version          INTEGER NOT NULL DEFAULT 1,
    attempts         INTEGER NOT NULL DEFAULT 0,
    ambiguous_rounds INTEGER NOT NULL DEFAULT 0,
    detail           TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    UNIQUE (schedule_id, local_time, fold),
    CHECK ((reason IS NOT NULL) = (state = 'skipped' OR state = 'failed' OR state = 'needs_attention'))
) STRICT;
-- Invariant I5: one in flight per bot.
CREATE UNIQUE INDEX slots_in_flight ON slots (bot_id)
    WHERE state = 'sending' OR state = 'unknown' OR state = 'reconciling';
-- A double click makes one slot.
CREATE UNIQUE INDEX slots_asked_for ON slots (bot_id) WHERE schedule_id IS NULL
    AND state IN ('planned', 'assigned', 'claimed', 'sending', 'retry_wait', 'unknown', 'reconciling');
CREATE INDEX slots_to_wake ON slots (state, wake_at) WHERE wake_at IS NOT NULL;
-- What waits, what needs a person, what is over. A send takes a row out of the first and its outcome
-- puts it into the last; everything else about it moves no index.
CREATE INDEX slots_next ON slots (due_at)
    WHERE state = 'planned' OR state = 'assigned' OR state = 'claimed' OR state = 'retry_wait';
CREATE INDEX slots_next_of_bot ON slots (bot_id, due_at)
    WHERE state = 'planned' OR state = 'assigned' OR state = 'claimed' OR state = 'retry_wait';
CREATE INDEX slots_attention ON slots (due_at) WHERE state = 'needs_attention';
CREATE INDEX slots_gone ON slots (due_at) WHERE state = 'posted' OR state = 'skipped'
    OR state = 'failed';
CREATE INDEX slots_by_bot ON slots (bot_id, due_at);
CREATE INDEX slots_by_post ON slots (post_id) WHERE post_id IS NOT NULL;

-- The slot is the key to the bot and the post: they are its own, copied.
CREATE TABLE attempts (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    slot_id             INTEGER NOT NULL REFERENCES slots (id),
    bot_id              TEXT NOT NULL,
    post_id             INTEGER NOT NULL,
    number              INTEGER NOT NULL,
    fence               INTEGER NOT NULL,
    state               TEXT NOT NULL
        CHECK (state = 'sending' OR state = 'posted' OR state = 'refused' OR state = 'unknown'
            OR state = 'absent'),
    payload             TEXT NOT NULL,
    payload_hash        TEXT NOT NULL,
    anchor              TEXT,
    first_intent_at     INTEGER NOT NULL,
    intent_at           INTEGER NOT NULL,
    send_by             INTEGER NOT NULL,
    closed_at           INTEGER,
    class               TEXT,
    status              INTEGER,
    detail              TEXT,
    request_id          TEXT,
    is_duplicate_answer INTEGER NOT NULL DEFAULT 0 CHECK (is_duplicate_answer IN (0, 1)),
    absence_votes       INTEGER NOT NULL DEFAULT 0,
    looks               INTEGER NOT NULL DEFAULT 0,
    updated_at          INTEGER NOT NULL,
    UNIQUE (slot_id, number),
    CHECK (state = 'sending' OR closed_at IS NOT NULL)
) STRICT;

-- One for a post at most, so the post is the key.
CREATE TABLE receipts (
    post_id    INTEGER PRIMARY KEY REFERENCES posts (id),
    slot_id    INTEGER UNIQUE REFERENCES slots (id),
    bot_id     TEXT NOT NULL,
    x_post_id  TEXT NOT NULL UNIQUE,
    posted_at  INTEGER NOT NULL,
    is_adopted INTEGER NOT NULL CHECK (is_adopted IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE topic_use (
    bot_id       TEXT NOT NULL REFERENCES bots (bot_id),
    topic        TEXT NOT NULL,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (bot_id, topic)
) STRICT;

-- Only ever appended to.
CREATE TABLE ledger (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    at               INTEGER NOT NULL,
    bot_id           TEXT NOT NULL,
    slot_id          INTEGER,
    kind             TEXT NOT NULL CHECK (kind = 'post' OR kind = 'read' OR kind = 'model'),
    amount_micro_usd INTEGER NOT NULL
) STRICT;

CREATE TABLE nodes (
    fence         INTEGER PRIMARY KEY AUTOINCREMENT,
    node          TEXT NOT NULL,
    identity      TEXT NOT NULL,
    started_at    INTEGER NOT NULL,
    heartbeat_at  INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER
) STRICT;
CREATE INDEX nodes_by_heartbeat ON nodes (heartbeat_at);

-- Only ever appended to.
CREATE TABLE events (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    bot_id  TEXT,
    slot_id INTEGER,
    detail  TEXT
) STRICT;
