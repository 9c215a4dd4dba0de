//! What the engines' errors mean. Classified here once; nobody else looks at a code.

use domain::ports::store::StoreError;
use rusqlite::ffi;
use sqlx::error::ErrorKind;

use crate::rows;

/// Why a step of a transaction did not work.
pub(crate) enum Fault {
    /// Another transaction was preferred, or came first: the same step may work when run again.
    Conflict(StoreError),
    /// Anything else.
    Error(StoreError),
}

impl Fault {
    /// What the caller of the port is told.
    pub(crate) fn into_error(self) -> StoreError {
        match self {
            Self::Conflict(error) | Self::Error(error) => error,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Error(error)
    }
}

/// The meaning of a server's error while working on `table`.
pub(crate) fn classify(table: &'static str, error: &sqlx::Error) -> Fault {
    let text = || error.to_string();
    match error {
        sqlx::Error::Database(database) => {
            if database.kind() == ErrorKind::UniqueViolation {
                Fault::Conflict(StoreError::Failed(text()))
            } else {
                postgres(&database.code().unwrap_or_default(), text())
            }
        }
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => StoreError::Unavailable(text()).into(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            rows::undecodable(table, text()).into()
        }
        _ => StoreError::Failed(format!("{table}: {error}")).into(),
    }
}

/// The meaning of SQLite's error while working on `table`.
pub(crate) fn classify_file(table: &'static str, error: &rusqlite::Error) -> Fault {
    let text = error.to_string();
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => sqlite(table, failure.extended_code, text),
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::InvalidColumnType(..) => rows::undecodable(table, text).into(),
        _ => StoreError::Failed(format!("{table}: {text}")).into(),
    }
}

/// By SQLite's extended result code, whose lowest byte is the primary one.
fn sqlite(table: &'static str, code: i32, text: String) -> Fault {
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
            return Fault::Conflict(StoreError::Failed(text));
        }
        // Two that say nothing of the disk: no memory, and no room for the log's index.
        ffi::SQLITE_IOERR_NOMEM => return StoreError::Unavailable(text).into(),
        ffi::SQLITE_IOERR_SHMSIZE => return StoreError::Full(text).into(),
        _ => {}
    }
    match code & 0xff {
        ffi::SQLITE_IOERR => StoreError::DiskFailed(text).into(),
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_CANTOPEN => {
            StoreError::Unavailable(text).into()
        }
        ffi::SQLITE_FULL => StoreError::Full(text).into(),
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => rows::undecodable(table, text).into(),
        _ => StoreError::Failed(format!("{table}: {text}")).into(),
    }
}

/// By PostgreSQL's SQLSTATE.
fn postgres(code: &str, text: String) -> Fault {
    match code {
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Fault::Conflict(StoreError::Unavailable(text)),
        // disk_full
        "53100" => StoreError::Full(text).into(),
        // too_many_connections, query_canceled (the time-out), lock_not_available, read-only
        "53300" | "57014" | "55P03" | "25006" => StoreError::Unavailable(text).into(),
        // connection exceptions; shut down, crashed, starting up
        code if code.starts_with("08") || code.starts_with("57P") => {
            StoreError::Unavailable(text).into()
        }
        _ => StoreError::Failed(text).into(),
    }
}
