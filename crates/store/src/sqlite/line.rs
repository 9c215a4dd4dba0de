//! One connection, with every promise of durability switched on, and what is done when it is lost.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, OpenFlags, ffi};

use super::connections::BUSY_TIMEOUT;
use crate::fault::{Fault, classify_file};

/// Texts that stay prepared: all of ours.
const STATEMENTS_MAX: usize = 512;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Reading,
    Writing {
        /// Pages kept in memory.
        cache_kib: u32,
    },
}

/// Opens a connection to a file that is there.
///
/// No `PRAGMA optimize`: without statistics SQLite plans every text the same way in every file, which
/// the tests check. Statistics of a quiet moment make it walk all held posts in the next burst.
///
/// A batch of the writer with some hundred rows touches some thousand pages: they stay in memory, and so
/// do the old versions that an aborted statement would need again. The log grows to 16 MiB before it is
/// emptied into the file, which in a burst costs as much as a dozen commits.
pub(crate) fn connect(path: &Path, purpose: Use) -> Result<Connection, Error> {
    let mode = match purpose {
        Use::Reading => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Use::Writing { .. } => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "foreign_keys", true)?;
    // A plan that looks at a parameter, as one with `LIMIT ?` does, is made anew whenever it is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    match purpose {
        Use::Reading => connection.pragma_update(None, "cache_size", -2_000)?,
        Use::Writing { cache_kib } => {
            connection.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
            connection.pragma_update(None, "temp_store", "MEMORY")?;
            // A secret that was sealed, or taken away, does not stay readable in what the file no longer uses.
            connection.pragma_update(None, "secure_delete", true)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        }
    }
    Ok(connection)
}

/// The writer's connection.
pub(crate) struct Line {
    path: PathBuf,
    cache_kib: u32,
    state: State,
}

enum State {
    Open(Connection),
    /// The next who needs it opens another.
    Lost,
    Closed,
}

impl Line {
    /// To the file at `path`; opened when it is first needed.
    pub(crate) fn to(path: &Path, cache_kib: u32) -> Self {
        Self { path: path.to_owned(), cache_kib, state: State::Lost }
    }

    /// The connection, opened anew where it was lost.
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, Error> {
        if matches!(self.state, State::Lost) {
            self.state =
                State::Open(connect(&self.path, Use::Writing { cache_kib: self.cache_kib })?);
        }
        match &mut self.state {
            State::Open(connection) => Ok(connection),
            State::Lost | State::Closed => Err(closed()),
        }
    }

    pub(super) fn begin(&mut self) -> Result<(), Fault> {
        self.say("BEGIN IMMEDIATE").map_err(|error| classify_file("(transaction)", &error))
    }

    pub(super) fn commit(&mut self) -> Result<(), Fault> {
        let done = self.say("COMMIT").map_err(|error| classify_file("(commit)", &error));
        if done.is_err() {
            self.undo();
        }
        done
    }

    /// Undoes what is not committed. Out of room, SQLite may have undone it by itself, and may then
    /// believe that it is still inside the transaction: such a connection is dropped, so that the node
    /// goes on by itself as soon as there is room (fault 15).
    pub(super) fn undo(&mut self) {
        let is_idle = |line: &Self| match &line.state {
            State::Open(connection) => connection.is_autocommit(),
            State::Lost | State::Closed => true,
        };
        if !is_idle(self) && (self.say("ROLLBACK").is_err() || !is_idle(self)) {
            self.state = State::Lost;
        }
    }

    /// Empties the log into the file and closes it.
    pub(super) fn close(&mut self) {
        let State::Open(connection) = std::mem::replace(&mut self.state, State::Closed) else {
            return;
        };
        // Otherwise the log stays beside the file and is read at the next start: nothing is lost.
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        match connection.query_row(sql, [], |row| row.get::<_, bool>(0)) {
            Ok(false) => {}
            Ok(true) => tracing::debug!("The log was not emptied at the end: somebody reads it"),
            Err(error) => tracing::debug!(%error, "The log was not emptied at the end"),
        }
    }

    /// Something went wrong in the middle of a step: the next one gets another connection.
    pub(super) fn lose(&mut self) {
        if matches!(self.state, State::Open(_)) {
            self.state = State::Lost;
        }
    }

    fn say(&mut self, words: &str) -> Result<(), Error> {
        self.connection()?.prepare_cached(words)?.execute([]).map(|_| ())
    }
}

fn closed() -> Error {
    let cannot_open = ffi::Error::new(ffi::SQLITE_CANTOPEN);
    Error::SqliteFailure(cannot_open, Some("the database was closed".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault 13: what was committed is on the disk before anything follows from it.
    #[test]
    fn a_commit_waits_for_the_disk() {
        let folder = std::env::temp_dir().join(format!("flockwork-line-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("flockwork.db");
        std::fs::write(&file, "").unwrap();
        let line = connect(&file, Use::Writing { cache_kib: 64 }).unwrap();
        let setting = |name| line.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        assert_eq!(setting("synchronous").unwrap(), 2, "FULL");
        let mode: String = line.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        drop(line);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
