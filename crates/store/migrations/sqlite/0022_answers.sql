-- Answers to requests that a program may send again under the same key, for a day. Mirrored in ../postgres.
-- Expand only: a node of the version before knows no keys.

CREATE TABLE kept_answers (
    caller       TEXT NOT NULL,
    once_key     TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    begun_at     INTEGER NOT NULL,
    status       INTEGER,
    location     TEXT,
    body         TEXT,
    PRIMARY KEY (caller, once_key)
) STRICT;
CREATE INDEX kept_answers_by_age ON kept_answers (begun_at);
