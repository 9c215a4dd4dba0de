-- In which run of its machine a node worked, for files: a disk that lies loses what it said was written when
-- the machine stops without warning. Mirrored in ../postgres.
-- Expand only.

ALTER TABLE nodes ADD COLUMN boot TEXT;
