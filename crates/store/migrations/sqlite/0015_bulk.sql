-- Posts that were ordered in bulk, until their bill is known. Mirrored in ../postgres.
-- Expand only: a node of the version before goes on, and writes off what was reserved for them.

CREATE TABLE bulk_orders (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id           TEXT NOT NULL REFERENCES bots (bot_id),
    persona_version  INTEGER NOT NULL,
    model            TEXT NOT NULL,
    requests         TEXT NOT NULL,
    stage            TEXT NOT NULL CHECK (stage = 'made' OR stage = 'uploaded'
        OR stage = 'creating' OR stage = 'running'),
    file_name        TEXT,
    batch_name       TEXT,
    looks            INTEGER NOT NULL DEFAULT 0,
    reservation_id   INTEGER NOT NULL,
    amount_micro_usd INTEGER NOT NULL,
    detail           TEXT,
    fence            INTEGER NOT NULL,
    look_at          INTEGER NOT NULL,
    made_at          INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX bulk_orders_of_bot ON bulk_orders (bot_id);
CREATE INDEX bulk_orders_to_look ON bulk_orders (look_at);
CREATE INDEX bulk_orders_promised ON bulk_orders (reservation_id);
