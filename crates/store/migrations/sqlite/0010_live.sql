-- Which bots post to the real X, and what people confirmed of their accounts. Mirrored in ../postgres.
-- Expand only: a node of the version before goes on.

ALTER TABLE bot_configs ADD COLUMN is_live INTEGER NOT NULL DEFAULT 0 CHECK (is_live IN (0, 1));
ALTER TABLE bot_configs ADD COLUMN warms_up INTEGER NOT NULL DEFAULT 1 CHECK (warms_up IN (0, 1));

-- Each is confirmed once for an account: another one has its own. Only ever appended to.
CREATE TABLE go_live (
    bot_id  TEXT NOT NULL REFERENCES bots (bot_id),
    account TEXT NOT NULL,
    item    TEXT NOT NULL CHECK (item = 'label' OR item = 'bio' OR item = 'human_account'
        OR item = 'spend_cap'),
    who     TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (bot_id, account, item)
) STRICT;
