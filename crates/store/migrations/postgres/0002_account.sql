-- The X account that a bot's access token names, so that another one is noticed. Mirrored in ../sqlite.

ALTER TABLE bots ADD COLUMN account TEXT COLLATE "C";
