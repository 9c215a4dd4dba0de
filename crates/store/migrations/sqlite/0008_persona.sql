-- Who wrote a post, and as whom. Mirrored in ../postgres. Expand only: a node of the version before goes on.

-- What a persona has beyond the seed's columns, as JSON, and what tells one persona from another.
ALTER TABLE bot_configs ADD COLUMN manner TEXT NOT NULL DEFAULT '{}';
ALTER TABLE bot_configs ADD COLUMN persona_hash TEXT NOT NULL DEFAULT '';

-- What a bot's file says that nothing else remembers, as JSON.
ALTER TABLE bot_configs ADD COLUMN bot_file TEXT NOT NULL DEFAULT '{}';

-- Topics that a schedule keeps to, as a JSON list; an empty one means any.
ALTER TABLE schedules ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';

-- Each state of a bot's persona. Only ever appended to.
CREATE TABLE persona_versions (
    bot_id     TEXT NOT NULL REFERENCES bots (bot_id),
    version    INTEGER NOT NULL,
    hash       TEXT NOT NULL,
    persona    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (bot_id, version)
) STRICT;

-- What models were asked, by its SHA-256: the part that stays the same for every batch, and the part of
-- one batch. Only ever appended to.
CREATE TABLE prompts (
    hash       TEXT PRIMARY KEY NOT NULL,
    text       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- How a post was written; a post of an older database, or of a person, has no row. What it cost stands
-- beside its text.
CREATE TABLE post_origins (
    post_id         INTEGER PRIMARY KEY NOT NULL REFERENCES posts (id),
    persona_version INTEGER NOT NULL,
    system_prompt   TEXT REFERENCES prompts (hash),
    batch_prompt    TEXT REFERENCES prompts (hash),
    seed            INTEGER NOT NULL,
    angle           TEXT,
    format          TEXT
) STRICT;
-- Without them a new prompt is looked for in every origin.
CREATE INDEX post_origins_by_system_prompt ON post_origins (system_prompt);
CREATE INDEX post_origins_by_batch_prompt ON post_origins (batch_prompt);
