-- Who wrote a post, and as whom. Mirrored in ../sqlite. Expand only: a node of the version before goes on.

-- What a persona has beyond the seed's columns, as JSON, and what tells one persona from another.
ALTER TABLE bot_configs ADD COLUMN manner TEXT COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE bot_configs ADD COLUMN persona_hash TEXT COLLATE "C" NOT NULL DEFAULT '';

-- What a bot's file says that nothing else remembers, as JSON.
ALTER TABLE bot_configs ADD COLUMN bot_file TEXT COLLATE "C" NOT NULL DEFAULT '{}';

-- Topics that a schedule keeps to, as a JSON list; an empty one means any.
ALTER TABLE schedules ADD COLUMN topics TEXT COLLATE "C" NOT NULL DEFAULT '[]';

-- Each state of a bot's persona. Only ever appended to.
CREATE TABLE persona_versions (
    bot_id     TEXT COLLATE "C" NOT NULL REFERENCES bots (bot_id),
    version    BIGINT NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    persona    TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (bot_id, version)
);

-- What models were asked, by its SHA-256: the part that stays the same for every batch, and the part of
-- one batch. Only ever appended to.
CREATE TABLE prompts (
    hash       TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- How a post was written; a post of an older database, or of a person, has no row. What it cost stands
-- beside its text.
CREATE TABLE post_origins (
    post_id         BIGINT PRIMARY KEY NOT NULL REFERENCES posts (id),
    persona_version BIGINT NOT NULL,
    system_prompt   TEXT COLLATE "C" REFERENCES prompts (hash),
    batch_prompt    TEXT COLLATE "C" REFERENCES prompts (hash),
    seed            BIGINT NOT NULL,
    angle           TEXT COLLATE "C",
    format          TEXT COLLATE "C"
);
-- Without them a new prompt is looked for in every origin.
CREATE INDEX post_origins_by_system_prompt ON post_origins (system_prompt);
CREATE INDEX post_origins_by_batch_prompt ON post_origins (batch_prompt);
