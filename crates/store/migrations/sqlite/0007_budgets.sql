-- What may be spent and what is. Mirrored in ../postgres. Expand only: a node of the version before goes on.

-- What is gone of each budget on its last day and in that day's month, UTC: spent, or reserved for what
-- is on its way. Running totals, so that a cap costs the same however much was ever spent; the lines of
-- the ledger sum to them. The name `*` holds the caps of those that have none of their own.
CREATE TABLE budgets (
    purse            TEXT NOT NULL CHECK (purse IN ('x', 'model')),
    scope            TEXT NOT NULL CHECK (scope = 'bot' OR scope = 'app' OR scope = 'all'),
    name             TEXT NOT NULL,
    day_cap          INTEGER,
    month_cap        INTEGER,
    day              TEXT NOT NULL,
    gone_today       INTEGER NOT NULL DEFAULT 0,
    gone_this_month  INTEGER NOT NULL DEFAULT 0,
    updated_at       INTEGER NOT NULL,
    PRIMARY KEY (purse, scope, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX budgets_capped ON budgets (purse, scope, name)
    WHERE day_cap IS NOT NULL OR month_cap IS NOT NULL;

-- What a request to a model may cost, until it is known.
CREATE TABLE reservations (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id           TEXT NOT NULL REFERENCES bots (bot_id),
    fence            INTEGER NOT NULL,
    day              TEXT NOT NULL,
    amount_micro_usd INTEGER NOT NULL,
    made_at          INTEGER NOT NULL
) STRICT;

-- What counts for this attempt: reserved while it is on its way, spent when X has it, 0 when it has not.
ALTER TABLE attempts ADD COLUMN charged_micro_usd INTEGER NOT NULL DEFAULT 0;

-- What a line is, for which day it counts, and to which promise it belongs.
ALTER TABLE ledger ADD COLUMN entry TEXT;
ALTER TABLE ledger ADD COLUMN day TEXT;
ALTER TABLE ledger ADD COLUMN attempt_id INTEGER;
ALTER TABLE ledger ADD COLUMN reservation_id INTEGER;
