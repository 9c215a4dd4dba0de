-- Why a post needs a person, as review said it when the text came. Mirrored in ../sqlite.
-- Expand only: a node of the version before goes on, and says nothing here.

ALTER TABLE posts ADD COLUMN held_because TEXT;
