-- Until when a target asked to be left alone (`Retry-After`). Mirrored in ../postgres.
-- Expand only: a node of the version before asks it earlier.

ALTER TABLE delivery_targets ADD COLUMN not_before INTEGER;
