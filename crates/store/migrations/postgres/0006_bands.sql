-- What posts that are nearly the same are found by. Mirrored in ../sqlite. Expand only: a node of the
-- version before goes on, and what it stores is made findable by the others.

-- Under which version of the bands a post can be found; 0 where it cannot be yet. The index holds those
-- that wait for it; a new version of the bands brings a new index.
ALTER TABLE posts ADD COLUMN bands_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX posts_without_bands ON posts (id) WHERE bands_version < 1;

-- By far the most rows of all tables, so nothing but the key. No foreign key: posts stay for ever.
CREATE TABLE post_bands (
    band    BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    PRIMARY KEY (band, post_id)
);
