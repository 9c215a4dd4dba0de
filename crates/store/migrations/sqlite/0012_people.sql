-- Who may come in, and what they did. Mirrored in ../postgres. Expand only: a node of the version before
-- lets in whom it let in before.

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL CHECK (role = 'owner' OR role = 'editor' OR role = 'approver'
        OR role = 'viewer'),
    password_hash TEXT NOT NULL,
    totp          TEXT,
    totp_step     INTEGER NOT NULL DEFAULT 0,
    closed_at     INTEGER,
    logged_in_at  INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

-- Good once. Whoever holds the secret of which this is the hash joins, or has a new password.
CREATE TABLE links (
    hash       TEXT NOT NULL PRIMARY KEY,
    purpose    TEXT NOT NULL CHECK (purpose = 'join' OR purpose = 'reset'),
    role       TEXT NOT NULL,
    user_id    INTEGER REFERENCES users (id),
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX links_by_age ON links (expires_at);
CREATE INDEX links_by_user ON links (user_id);
CREATE INDEX links_by_maker ON links (created_by);

-- Buckets of tries to log in; a full one needs no row.
CREATE TABLE login_tries (
    bucket  TEXT NOT NULL PRIMARY KEY,
    full_at INTEGER NOT NULL
) STRICT;
CREATE INDEX login_tries_by_age ON login_tries (full_at);

-- Browsers that were let in: guessing strangers do not use up their tries.
CREATE TABLE devices (
    hash       TEXT NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_by_user ON devices (user_id, created_at);

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       TEXT NOT NULL UNIQUE,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    csrf       TEXT NOT NULL,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    proven_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_age ON sessions (seen_at);
CREATE INDEX sessions_by_start ON sessions (created_at);

CREATE TABLE api_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    rights     TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX api_tokens_by_maker ON api_tokens (created_by) WHERE revoked_at IS NULL;

-- What people did; each line's hash covers the one before it. Only ever appended to.
CREATE TABLE audit_log (
    number  INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    object  TEXT NOT NULL,
    detail  TEXT,
    address TEXT,
    hash    TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_log_stays_as_written BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only ever appended to');
END;
CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only ever appended to');
END;
-- `INSERT OR REPLACE` deletes without asking the trigger above.
CREATE TRIGGER audit_log_stays_in_place BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log l WHERE l.number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only ever appended to');
END;
