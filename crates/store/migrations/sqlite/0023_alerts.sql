-- Alerts, and what is told to people and programs outside. Mirrored in ../postgres.
-- Expand only: a node of the version before tells nobody.

CREATE TABLE alerts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    rule        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    severity    TEXT NOT NULL,
    detail      TEXT NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1,
    seen_at     INTEGER NOT NULL,
    opened_at   INTEGER,
    told_at     INTEGER,
    resolved_at INTEGER
) STRICT;
CREATE UNIQUE INDEX alerts_open ON alerts (rule, subject) WHERE resolved_at IS NULL;
CREATE INDEX alerts_ended ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;

-- What a channel is still to be told; gathered into a delivery within a minute.
CREATE TABLE alert_notices (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX alert_notices_of_channel ON alert_notices (channel, id);

-- The outbox. `key` is the same at each try.
CREATE TABLE deliveries (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    target   TEXT NOT NULL,
    key      TEXT NOT NULL,
    kind     TEXT NOT NULL,
    body     TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state = 'waiting' OR state = 'delivered' OR state = 'dead'),
    made_at  INTEGER NOT NULL,
    tried_since INTEGER NOT NULL,
    tries    INTEGER NOT NULL DEFAULT 0,
    next_at  INTEGER NOT NULL,
    ended_at INTEGER,
    error    TEXT
) STRICT;
CREATE UNIQUE INDEX deliveries_once ON deliveries (target, key);
CREATE INDEX deliveries_due ON deliveries (target, next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_old ON deliveries (tried_since) WHERE state = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (id) WHERE state = 'dead';
CREATE INDEX deliveries_dead_of_target ON deliveries (target) WHERE state = 'dead';
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- One row for each channel and webhook that was ever told anything: up to which event, and how it goes.
CREATE TABLE delivery_targets (
    target    TEXT NOT NULL PRIMARY KEY,
    upto      INTEGER,
    ok_at     INTEGER,
    failed_at INTEGER,
    failures  INTEGER NOT NULL DEFAULT 0,
    error     TEXT
) STRICT;
