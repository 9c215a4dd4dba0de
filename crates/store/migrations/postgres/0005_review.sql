-- What a persona lets its bot write, as JSON, beside its longest post. Mirrored in ../sqlite. Expand
-- only: a node of the version before goes on.

ALTER TABLE bot_configs ADD COLUMN review_policy TEXT COLLATE "C" NOT NULL DEFAULT '{}';
