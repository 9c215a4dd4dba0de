-- The trace in which a slot is told, as it was when the send was intended: a node that takes the attempt
-- over tells on in the same one. Nobody looks for an attempt by it. Mirrored in ../postgres.
-- Expand only: a node of the version before leaves it out.

ALTER TABLE attempts ADD COLUMN trace_id TEXT;
