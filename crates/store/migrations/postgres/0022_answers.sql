-- Answers to requests that a program may send again under the same key, for a day. Mirrored in ../sqlite.
-- Expand only: a node of the version before knows no keys.

CREATE TABLE kept_answers (
    caller       TEXT COLLATE "C" NOT NULL,
    once_key     TEXT COLLATE "C" NOT NULL,
    request_hash TEXT COLLATE "C" NOT NULL,
    begun_at     BIGINT NOT NULL,
    status       BIGINT,
    location     TEXT COLLATE "C",
    body         TEXT COLLATE "C",
    PRIMARY KEY (caller, once_key)
);
CREATE INDEX kept_answers_by_age ON kept_answers (begun_at);
