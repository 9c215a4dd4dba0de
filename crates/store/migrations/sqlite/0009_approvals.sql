-- Who decides whether posts go out, and what people said of them. Mirrored in ../postgres. Expand only:
-- a node of the version before goes on, and what needs an approval it cannot send.

-- The persona's policy by its fingerprint: an approval under another one is none.
ALTER TABLE bot_configs ADD COLUMN mode TEXT NOT NULL DEFAULT 'auto'
    CHECK (mode = 'auto' OR mode = 'approval' OR mode = 'risk');
ALTER TABLE bot_configs ADD COLUMN policy_hash TEXT NOT NULL DEFAULT '';

-- A rule of review wants a person to look, whatever the mode.
ALTER TABLE posts ADD COLUMN needs_person INTEGER NOT NULL DEFAULT 0 CHECK (needs_person IN (0, 1));
CREATE INDEX posts_drafts ON posts (updated_at, id) WHERE state = 'draft';

-- A queue is filled when it is low with its drafts: else a bot whose drafts nobody reads writes on.
ALTER TABLE bot_stats ADD COLUMN draft_posts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX bot_stats_with_drafts ON bot_stats (bot_id) WHERE draft_posts > 0;
DROP INDEX bot_stats_to_refill;
CREATE INDEX bot_stats_to_refill ON bot_stats (refill_not_before)
    WHERE low_water > remaining_posts + draft_posts;

-- Only ever appended to. The newest row of a post is the one that counts, and it counts for its bytes.
CREATE TABLE approvals (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id      INTEGER NOT NULL REFERENCES posts (id),
    bot_id       TEXT NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict = 'approved' OR verdict = 'edited'
        OR verdict = 'rejected' OR verdict = 'expired'),
    content      TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    policy_hash  TEXT NOT NULL,
    who          TEXT NOT NULL,
    at           INTEGER NOT NULL,
    reason       TEXT,
    CHECK (verdict = 'approved' OR verdict = 'edited' OR reason IS NOT NULL)
) STRICT;
CREATE INDEX approvals_by_post ON approvals (post_id, id);
CREATE INDEX approvals_rejected ON approvals (bot_id, id) WHERE verdict = 'rejected';

CREATE TRIGGER approvals_stay_as_said BEFORE UPDATE ON approvals
BEGIN
    SELECT RAISE(ABORT, 'what was said of a post is only ever appended to');
END;
CREATE TRIGGER approvals_stay BEFORE DELETE ON approvals
BEGIN
    SELECT RAISE(ABORT, 'what was said of a post is only ever appended to');
END;

-- The last door before X, whoever knocks: an intent is stored only for the bytes of its post, and for
-- those that a person approved where the post needs it.
CREATE TRIGGER attempts_approved BEFORE INSERT ON attempts
WHEN NEW.state = 'sending' AND NOT EXISTS (
    SELECT 1 FROM posts p JOIN bot_configs k ON k.bot_id = p.bot_id
    WHERE p.id = NEW.post_id AND p.content = NEW.payload
        AND ((k.mode <> 'approval' AND p.needs_person = 0)
            OR EXISTS (SELECT 1 FROM approvals a WHERE a.post_id = p.id AND a.verdict = 'approved'
                AND a.content = NEW.payload AND a.policy_hash = k.policy_hash
                AND a.id = (SELECT max(n.id) FROM approvals n WHERE n.post_id = p.id))))
BEGIN
    SELECT RAISE(ABORT, 'unapproved: nobody approved exactly these bytes of this post');
END;
CREATE TRIGGER attempts_stay_approved BEFORE UPDATE OF state, payload, post_id ON attempts
WHEN NEW.state = 'sending'
    AND (OLD.state <> 'sending' OR OLD.payload <> NEW.payload OR OLD.post_id <> NEW.post_id)
BEGIN
    SELECT RAISE(ABORT, 'unapproved: an intent is new, or it is not one');
END;
