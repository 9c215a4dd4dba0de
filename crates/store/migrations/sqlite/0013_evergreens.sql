-- Texts kept aside for the day when a queue is empty and nobody can write. Mirrored in ../postgres. Expand
-- only: a node of the version before goes on, and knows nothing of them.

-- No posts yet, so that no queue, no counter and no older node takes them for some. A yes of a person is
-- kept with the policy under which it was given, and holds for no other. No foreign keys: bots and posts
-- stay for ever.
CREATE TABLE evergreens (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id       TEXT NOT NULL,
    content      TEXT NOT NULL,
    category     TEXT,
    content_hash TEXT NOT NULL,
    needs_person INTEGER NOT NULL CHECK (needs_person IN (0, 1)),
    approved_by  TEXT,
    policy_hash  TEXT NOT NULL,
    -- The post that it became, or why it never becomes one.
    post_id      INTEGER,
    dropped      TEXT,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    CHECK (post_id IS NULL OR dropped IS NULL)
) STRICT;
-- One text once, over all bots; what was taken away may come again.
CREATE UNIQUE INDEX evergreens_texts ON evergreens (content_hash) WHERE dropped IS NULL;
CREATE INDEX evergreens_unused ON evergreens (bot_id, id) WHERE post_id IS NULL AND dropped IS NULL;
