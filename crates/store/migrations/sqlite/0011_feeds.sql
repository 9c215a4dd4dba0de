-- Feeds that bots follow, and their items. Mirrored in ../postgres. Expand only: a node of the version
-- before goes on, and follows none.

CREATE TABLE feeds (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id        TEXT NOT NULL REFERENCES bots (bot_id),
    -- As it is declared, and the whole declaration as JSON.
    url           TEXT NOT NULL,
    feed          TEXT NOT NULL,
    is_retired    INTEGER NOT NULL DEFAULT 0 CHECK (is_retired IN (0, 1)),
    -- Where it is now, and what the last answer gave.
    at_url        TEXT NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    title         TEXT,
    was_read      INTEGER NOT NULL DEFAULT 0 CHECK (was_read IN (0, 1)),
    read_at       INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    moves         INTEGER NOT NULL DEFAULT 0,
    error         TEXT,
    -- None: it is asked no more until its declaration changes.
    next_at       INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (bot_id, url)
) STRICT;
CREATE INDEX feeds_due ON feeds (next_at) WHERE is_retired = 0 AND next_at IS NOT NULL;

-- What feeds showed. An item that passed is known, and was never more.
CREATE TABLE feed_items (
    feed_id      INTEGER NOT NULL REFERENCES feeds (id),
    item         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state = 'passed' OR state = 'waiting' OR state = 'posted'
        OR state = 'dropped'),
    title        TEXT NOT NULL DEFAULT '',
    summary      TEXT NOT NULL DEFAULT '',
    link         TEXT,
    published_at INTEGER,
    tries        INTEGER NOT NULL DEFAULT 0,
    -- When it is tried, and which of one answer goes first.
    due_at       INTEGER NOT NULL,
    place        INTEGER NOT NULL DEFAULT 0,
    post_id      INTEGER REFERENCES posts (id),
    reason       TEXT,
    seen_at      INTEGER NOT NULL,
    shown_at     INTEGER NOT NULL,
    PRIMARY KEY (feed_id, item)
) STRICT;
CREATE INDEX feed_items_due ON feed_items (due_at, place) WHERE state = 'waiting';
CREATE INDEX feed_items_shown ON feed_items (feed_id, shown_at);
CREATE INDEX feed_items_told ON feed_items (feed_id, seen_at) WHERE state <> 'passed';
-- Whoever touches a post asks whether an item became it.
CREATE INDEX feed_items_by_post ON feed_items (post_id);
