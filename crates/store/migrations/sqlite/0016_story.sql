-- What one post's story asks for. Mirrored in ../postgres. Expand only: a node of the version before goes on.

-- A post that went back to its queue was tried in more than one slot.
CREATE INDEX attempts_by_post ON attempts (post_id);
