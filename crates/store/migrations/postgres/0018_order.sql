-- Posts that a person put into an order. Mirrored in ../sqlite. Expand only: a node of the version before goes
-- on, and picks as if there were no order.

ALTER TABLE posts ADD COLUMN place BIGINT;
CREATE INDEX posts_placed ON posts (bot_id, place, id) WHERE state = 'queued' AND place IS NOT NULL;
