//! The mark of lost history: this database is a copy that was put back, so X may have acted on
//! intents that it does not hold. It stands in `meta`, so it goes wherever the file goes; the next
//! start doubts every bot and takes the mark away in one transaction.

use domain::ports::store::StoreError;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::arg::args;
use crate::db::{Db, Tx, in_transaction};
use crate::dialect::Sql;
use crate::fault::Fault;
use crate::nodes;

/// Since when intents may be lost, in milliseconds since 1970.
const LOST: &str = "history_lost_since";
/// When this copy was taken, in milliseconds since 1970.
const TAKEN: &str = "backup_taken_at";

/// The rows of `meta` that are not about being a copy.
pub(crate) const UNMARKED: &str =
    "WHERE key NOT IN ('history_lost_since', 'backup_taken_at', 'moved_to')";

pub(crate) static LOST_SINCE: Sql =
    Sql::new("meta", "SELECT value FROM meta WHERE key = 'history_lost_since'");

pub(crate) static CLEAR: Sql =
    Sql::new("meta", "DELETE FROM meta WHERE key IN ('history_lost_since', 'backup_taken_at')");

/// What the database knows of itself reaches to the last sign of life, or where no node ever ran, to
/// the first bot; before `$1` in any case.
static MARK_ALL: Sql = Sql::new(
    "meta",
    "INSERT INTO meta (key, value)
     SELECT 'history_lost_since', CAST(COALESCE(
        (SELECT max(heartbeat_at) FROM nodes WHERE heartbeat_at <= $1),
        (SELECT min(created_at) FROM bots WHERE created_at <= $1), $1) AS TEXT)
     WHERE true
     ON CONFLICT (key) DO UPDATE SET value = excluded.value
     WHERE CAST(excluded.value AS BIGINT) < CAST(meta.value AS BIGINT)",
);

static MOVED_TO: Sql = Sql::new("meta", "SELECT value FROM meta WHERE key = 'moved_to'");

static LET_LIVE: Sql = Sql::new("meta", "DELETE FROM meta WHERE key = 'moved_to'");

pub(crate) static TEXTS: [&Sql; 5] = [&LOST_SINCE, &CLEAR, &MARK_ALL, &MOVED_TO, &LET_LIVE];

impl Db {
    /// Marks a database that was put back by other means, and ends every lease: a node that still
    /// runs takes a new one, and with it reads every timeline. Returns how many leases ended.
    pub async fn mark_history_lost(&self, now: Timestamp) -> Result<u64, StoreError> {
        in_transaction!(self, |tx| mark(tx, now.as_millisecond()))
    }

    /// Where this database lives on, if it moved.
    pub(crate) async fn moved_to(&self) -> Result<Option<String>, StoreError> {
        Ok(self.one::<(String,)>(&MOVED_TO, &[]).await?.map(|(to,)| to))
    }

    /// It did not move after all.
    pub(crate) async fn unmark_moved(&self) -> Result<(), StoreError> {
        in_transaction!(self, |tx| async { tx.run(&LET_LIVE, &[]).await.map(|_| ()) })
    }
}

pub(crate) async fn mark(tx: &mut Tx, now: i64) -> Result<u64, Fault> {
    tx.run(&MARK_ALL, &args![now]).await?;
    tx.run(&LET_LIVE, &[]).await?;
    tx.run(&nodes::END_ALL, &args![now]).await
}

/// Marks a fresh copy, before anybody else opens it.
pub(crate) fn mark_copy(copy: &Connection, taken_at: Timestamp) -> Result<(), rusqlite::Error> {
    let set = "INSERT INTO meta (key, value) VALUES (?1, ?2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    let millis = taken_at.as_millisecond();
    // A database that was itself put back and not started yet has lost what it lost before.
    let since = read(copy, LOST)?.map_or(millis, |since| since.min(millis));
    for (key, value) in [(TAKEN, millis), (LOST, since)] {
        copy.execute(set, params![key, value.to_string()])?;
    }
    Ok(())
}

/// Takes the mark of a database that moved elsewhere away: this copy of it shall live again.
pub(crate) fn let_live(copy: &Connection) -> Result<(), rusqlite::Error> {
    copy.execute("DELETE FROM meta WHERE key = 'moved_to'", []).map(|_| ())
}

/// When the copy was taken; `None` in a database that is none.
pub(crate) fn taken_at(copy: &Connection) -> Result<Option<i64>, rusqlite::Error> {
    read(copy, TAKEN)
}

fn read(connection: &Connection, key: &str) -> Result<Option<i64>, rusqlite::Error> {
    let value: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
        .optional()?;
    Ok(value.and_then(|value| value.parse().ok()))
}
