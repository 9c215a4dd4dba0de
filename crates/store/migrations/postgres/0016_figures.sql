-- What pages count. Mirrored in ../sqlite. Expand only: a node of the version before goes on, and the
-- auditor sets right what it did not count.

-- How the slots of all bots ended, by the hour (since 1970) in which they were due: `posted` with how late,
-- `skipped` and `failed` with why. Of one bot the rows themselves are read.
CREATE TABLE endings (
    hour   BIGINT NOT NULL,
    state  TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    slots  BIGINT NOT NULL,
    PRIMARY KEY (hour, state, detail)
);
INSERT INTO endings (hour, state, detail, slots)
SELECT s.due_at / 3600000, s.state,
    CASE WHEN s.state <> 'posted' THEN s.reason WHEN x.posted_at IS NULL THEN ''
        WHEN x.posted_at - s.due_at < 1000 THEN '1s' WHEN x.posted_at - s.due_at < 10000 THEN '10s'
        WHEN x.posted_at - s.due_at < 60000 THEN '1min' WHEN x.posted_at - s.due_at < 600000 THEN '10min'
        WHEN x.posted_at - s.due_at < 3600000 THEN '1h' ELSE 'longer' END,
    count(*)
FROM slots s LEFT JOIN receipts x ON x.slot_id = s.id
WHERE s.state = 'posted' OR s.state = 'skipped' OR s.state = 'failed'
GROUP BY 1, 2, 3;

-- What all bots spent on a day, of UTC.
CREATE TABLE spend_days (
    day              TEXT COLLATE "C" NOT NULL,
    purse            TEXT COLLATE "C" NOT NULL CHECK (purse IN ('x', 'model')),
    amount_micro_usd BIGINT NOT NULL,
    PRIMARY KEY (day, purse)
);
INSERT INTO spend_days (day, purse, amount_micro_usd)
SELECT day, CASE WHEN kind = 'model' THEN 'model' ELSE 'x' END,
    CAST(sum(amount_micro_usd) AS BIGINT)
FROM ledger WHERE day IS NOT NULL GROUP BY 1, 2;

-- Which rules refused how many candidates on a day, of a bot; of all bots under no name.
CREATE TABLE review_drops (
    bot_id     TEXT COLLATE "C" NOT NULL,
    day        TEXT COLLATE "C" NOT NULL,
    rule       TEXT COLLATE "C" NOT NULL,
    candidates BIGINT NOT NULL,
    PRIMARY KEY (bot_id, day, rule)
);

-- The bill of one bot.
CREATE INDEX ledger_by_bot ON ledger (bot_id, at, id);
