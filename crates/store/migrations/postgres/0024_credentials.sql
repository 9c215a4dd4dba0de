-- What bots of the dashboard sign with, sealed: only who holds the master key can read it. Mirrored in ../sqlite.
-- Expand only: a node of the version before looks for such a bot's keys in its own environment.

-- The four values are sealed together or, where somebody took them away, all gone. `change_number` is the
-- place of the last change among all of them, so that each node reads only what is new to it.
CREATE TABLE credentials (
    bot_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES bots (bot_id),
    api_key       TEXT COLLATE "C",
    api_secret    TEXT COLLATE "C",
    access_token  TEXT COLLATE "C",
    access_secret TEXT COLLATE "C",
    key_id        TEXT COLLATE "C",
    app           TEXT COLLATE "C",
    account       TEXT COLLATE "C",
    change_number BIGINT NOT NULL,
    set_by        TEXT COLLATE "C" NOT NULL,
    set_at        BIGINT NOT NULL,
    CHECK ((key_id IS NULL) = (api_key IS NULL) AND (key_id IS NULL) = (api_secret IS NULL)
        AND (key_id IS NULL) = (access_token IS NULL) AND (key_id IS NULL) = (access_secret IS NULL))
);
CREATE UNIQUE INDEX credentials_by_change ON credentials (change_number);
CREATE INDEX credentials_sealed_under ON credentials (key_id, bot_id);

-- Keys that sealed something here: since when, and since when nothing is sealed under them any more.
CREATE TABLE seal_keys (
    key_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    since      BIGINT NOT NULL,
    retired_at BIGINT
);
