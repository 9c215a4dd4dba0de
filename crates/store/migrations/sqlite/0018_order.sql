-- Posts that a person put into an order. Mirrored in ../postgres. Expand only: a node of the version before goes
-- on, and picks as if there were no order.

ALTER TABLE posts ADD COLUMN place INTEGER;
CREATE INDEX posts_placed ON posts (bot_id, place, id) WHERE state = 'queued' AND place IS NOT NULL;
