-- Feeds that cannot be read, for the auditor. Mirrored in ../sqlite.
-- Expand only.

CREATE INDEX feeds_failing ON feeds (failures, id) WHERE is_retired = 0 AND failures > 0;
