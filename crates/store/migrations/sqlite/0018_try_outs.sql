-- Texts that a person asked for to see what a persona writes. Mirrored in ../postgres.

CREATE TABLE try_outs (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id           TEXT NOT NULL REFERENCES bots (bot_id),
    persona          TEXT NOT NULL,
    form             TEXT NOT NULL,
    asked_by         TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state = 'asked' OR state = 'writing'
        OR state = 'written' OR state = 'given_up'),
    is_open          INTEGER NOT NULL,
    fence            INTEGER,
    texts            TEXT,
    model            TEXT,
    cost_micro_usd   INTEGER NOT NULL DEFAULT 0,
    detail           TEXT,
    asked_at         INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX try_outs_open ON try_outs (asked_by) WHERE is_open = 1;
CREATE INDEX try_outs_asked ON try_outs (id) WHERE state = 'asked';
CREATE INDEX try_outs_late ON try_outs (updated_at) WHERE is_open = 1;
CREATE INDEX try_outs_old ON try_outs (asked_at);
CREATE INDEX try_outs_of_bot ON try_outs (bot_id);
