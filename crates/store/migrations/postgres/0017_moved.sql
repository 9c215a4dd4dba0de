-- Slots that a person moved. Mirrored in ../sqlite. Expand only: a node of the version before goes on; while
-- one does, a changed schedule takes back a moved slot as any other.

-- When it was due by its schedule; its civil time stays what it is.
ALTER TABLE slots ADD COLUMN moved_from BIGINT;
