-- The X account that a bot's access token names, so that another one is noticed. Mirrored in ../postgres.

ALTER TABLE bots ADD COLUMN account TEXT;
